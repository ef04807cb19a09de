"""A message as it left, or as it would: the e-mail's two bodies and headers; the web call's request and its answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postsale.integrations.letters import MailError
from postsale.tenants.shop import Shop
from workflows.runs.kept import HIDDEN, is_secretive, letter_kept
from workflows.runs.models import Outbox
from workflows.runs.send import Parcelled, letter, redirected_to


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An e-mail: its headers, its text, and its HTML where it has one; `is_kept`: exactly as it left."""

    headers: Sequence[tuple[str, str]]
    text: str
    html: str
    is_kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt at a web call: what it came to in `words`, and what was answered, if anybody answered (`status`)."""

    at: datetime
    words: str
    status: int | None = None
    seconds: float = 0.0
    headers: Sequence[tuple[str, str]] = ()
    body: str = ""
    is_cut: bool = False

    @property
    def is_taken(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A web call's request, and its attempts, the newest first; values of headers that look like secrets are hidden."""

    url: str
    headers: Sequence[tuple[str, str]]
    body: str
    is_signed: bool
    attempts: Sequence[Attempt]


def letter_of(message: Outbox, shop: Shop) -> Letter:
    """The e-mail as the mail server got it, or would get it today. Of one that can't be built only the text."""
    if message.letter is not None:
        return _letter(message.letter, is_kept=True)
    parcelled = Parcelled(
        id=message.id, kind=message.kind, is_customer=message.is_customer, to=message.to, subject=message.subject,
        content=message.content, shop=shop,
    )  # fmt: skip
    text = str(message.content.get("text", ""))
    try:
        mail = letter(parcelled, to=redirected_to(parcelled) or message.to, now=message.sent_at or message.created_at)
    except MailError:
        return Letter(headers=[("To", message.to), ("Subject", message.subject)], text=text, html="")
    return _letter(letter_kept(mail), is_kept=False)


def call_of(message: Outbox) -> Call:
    """The web call as the receiver gets it, but for the signature itself, and what came of it."""
    said = message.content.get("headers") or {}
    headers = [(str(name), HIDDEN if is_secretive(str(name)) else str(value)) for name, value in said.items()]
    return Call(
        url=str(message.content.get("url", message.to)), headers=headers, body=_readable(message.content.get("body", "")),
        is_signed="secret_ref" in message.content,
        attempts=[_attempt(each) for each in reversed(message.answers or ())],
    )  # fmt: skip


def _letter(kept: Mapping[str, Any], *, is_kept: bool) -> Letter:
    headers = [(str(name), str(value)) for name, value in kept["headers"]]
    return Letter(headers=headers, text=kept["text"], html=kept["html"], is_kept=is_kept)


def _attempt(kept: Mapping[str, Any]) -> Attempt:
    at = datetime.fromisoformat(kept["at"])
    if kept.get("status") is None:
        return Attempt(at=at, words=kept["words"])
    return Attempt(
        at=at, words=kept["words"], status=kept["status"], seconds=kept["seconds"], headers=list(kept["headers"].items()),
        body=_readable(kept["body"]), is_cut=kept["is_cut"],
    )  # fmt: skip


def _readable(body: object) -> str:
    text = str(body)
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
