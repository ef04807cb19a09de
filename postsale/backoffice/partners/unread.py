"""Why a body could not be read, for people: what is wrong, and what to do. The reader's exact words stay beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

#: What to do when the sender has to change something.
SENDER = "Ask whoever sends it to correct it and send it again; what comes then is read by itself."
#: What to do when our reader has to learn something.
OURS = "Nothing is lost. After the next update of Postsale, press “Read again”."
AGAIN = "Press “Read again”. If that does not help, tell whoever runs this Postsale."


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What is wrong, as a sentence, what to do, and the reader's words."""

    words: str
    todo: str
    exactly: str


#: (what the reader's words begin with or contain, what is wrong, what to do), the first that fits counts.
KNOWN: Sequence[tuple[str, str, str]] = (
    ("could not be decided", "It was read, but working on it failed.", AGAIN),
    ("our reader failed", "Our reader stumbled over it.", OURS),
    ("not JSON", "The text is cut off, or is not in the format that was agreed (JSON).", SENDER),
    ("the body is empty", "It was empty.", "Often a test of the address, which needs nothing. Else: " + SENDER),
    ("not UTF-8", "Its letters are in an unknown encoding (not UTF-8).", SENDER),
    ("not an object", "It is in the agreed format, but says nothing about an order or a parcel.", SENDER),
    ("Topic header", "Shopify did not say what it is about.", "Make the webhook in Shopify anew, for the topics listed at the connection."),
    ("no number", "The order in it has no number.", SENDER),
    ("which order", "It does not say which order it is about.", SENDER),
    ("tracking_code is missing", "It has no tracking number.", SENDER),
    ("is missing", "Something that is needed is not in it.", SENDER),
    ("an empty list", "It is an empty list.", "Nothing needs to be done."),
    ("more than", "It is larger, or more deeply nested, than what is taken.", "Ask the sender to send smaller parts."),
    ("nested", "It is larger, or more deeply nested, than what is taken.", "Ask the sender to send smaller parts."),
    ("NUL", "It has characters in it that can't be kept.", SENDER),
    ("surrogate", "It has characters in it that can't be kept.", SENDER),
    ("too many digits", "A number in it is too long.", SENDER),
    ("out of range", "A number in it is too large.", SENDER),
    ("not a number", "Something that must be a number is none.", SENDER),
    ("stands there twice", "It says the same thing twice, in two ways.", SENDER),
    ("CloudEvent", "It is not in the agreed format (CloudEvents 1.0).", SENDER),
)  # fmt: skip


def unread(reason: str) -> Unread:
    """The reader's `reason` for people."""
    for sign, words, todo in KNOWN:
        if sign in reason:
            return Unread(words=words, todo=todo, exactly=reason)
    return Unread(words="It could not be understood.", todo=SENDER, exactly=reason)
