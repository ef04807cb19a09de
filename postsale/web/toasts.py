"""Toasts: a line that says what was just done, with a way back where there is one; shown on the next page."""

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

#: Marks the address that undoes it in a message's tags, which are the only other thing that a message carries.
_UNDO = "undo:"


def toast(request: HttpRequest, words: str, *, undo: str = "", is_problem: bool = False) -> None:
    """Say `words` on the next page, or out of band in the answer of htmx. `undo` takes a POST that takes it back."""
    say = messages.error if is_problem else messages.success
    say(request, words, extra_tags=f"{_UNDO}{undo}" if undo else "")


def undo_of(message: Message) -> str:
    """The address that takes back what `message` says, or ""."""
    tags = message.extra_tags or ""
    return tags.removeprefix(_UNDO) if tags.startswith(_UNDO) else ""
