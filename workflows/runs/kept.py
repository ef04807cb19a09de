"""What is kept of an attempt at sending: the letter as it left, the answer that a web call got. Never a secret.

Both live in the message's own row, and go with it when its time is over.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage

from postsale.integrations.http import Answer

type Json = dict[str, object]

#: So much of an answer's body is kept, in characters; so many headers, and of each so many characters.
MOST_OF_BODY, MOST_HEADERS, MOST_OF_HEADER = 2_048, 40, 300
#: The answers to the last attempts.
MOST_ANSWERS = 20
HIDDEN = "hidden"
SECRETIVE = ("auth", "cookie", "token", "secret", "key", "password", "signature", "session", "credential")
SHOWN_HEADERS = ("From", "To", "Reply-To", "Subject")
#: Shorter values are no secrets, and hiding them would hide half the answer.
SHORTEST_SECRET = 6


def letter_kept(mail: EmailMessage) -> Json:
    """A letter as it left: `{"headers": [[name, value]…], "text", "html"}`; `html` is "" where there was none."""
    headers = [[name, str(mail[name])] for name in SHOWN_HEADERS if mail[name]]
    return {"headers": headers, "text": _body(mail, "plain"), "html": _body(mail, "html")}


def answer_kept(
    words: str, *, at: datetime, answer: Answer | None = None, sent: Mapping[str, str], secrets: Collection[str] = ()
) -> Json:
    """One attempt at a web call: `{"at", "words"}`, and of an answer `{"status", "seconds", "headers", "body", "is_cut"}`.

    What looks like a secret among the headers `sent`, and each of `secrets`, is hidden wherever the answer repeats it.
    """
    kept: Json = {"at": at.astimezone(UTC).isoformat(), "words": words}
    if answer is None:
        return kept
    known = sorted({*_secrets_in(sent), *secrets}, key=len, reverse=True)
    headers = {
        name[:80]: HIDDEN if is_secretive(name) else _without(known, value)[:MOST_OF_HEADER]
        for name, value in list(answer.headers.items())[:MOST_HEADERS]
    }
    # Hidden first, then cut: a secret that the cut goes through would be shown in part.
    body = _without(known, _text(answer.body))
    return kept | {
        "status": answer.status, "seconds": round(answer.elapsed, 2), "headers": headers, "body": body[:MOST_OF_BODY],
        "is_cut": len(body) > MOST_OF_BODY,
    }  # fmt: skip


def is_secretive(name: str) -> bool:
    """Whether a header of that name may hold a secret."""
    return any(word in name.lower() for word in SECRETIVE)


def _secrets_in(headers: Mapping[str, str]) -> Iterator[str]:
    """The values of headers that look like secrets, and of "Bearer …" and the like the part that is one."""
    for name, value in headers.items():
        if is_secretive(name):
            yield from (each for each in (value, *value.split()) if len(each) >= SHORTEST_SECRET)


def _without(secrets: Collection[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def _text(body: bytes) -> str:
    """The body as text: what is none of it, and what no database keeps, as a mark."""
    lines = body.decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(each if each.isprintable() or each.isspace() else "\ufffd" for each in lines)


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
