"""A message as it leaves: the e-mail's two bodies and headers, or the web call's request."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage

from postsale.integrations.letters import MailError
from postsale.tenants.shop import Shop
from workflows.runs.models import Outbox
from workflows.runs.send import Parcelled, letter, redirected_to

SECRETIVE = ("authorization", "cookie", "token", "secret", "key", "password", "signature")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An e-mail: its headers, its text, and its HTML where it has one."""

    headers: Sequence[tuple[str, str]]
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A web call's request; values of headers that look like secrets are hidden."""

    url: str
    headers: Sequence[tuple[str, str]]
    body: str
    is_signed: bool


def letter_of(message: Outbox, shop: Shop) -> Letter:
    """The e-mail as the mail server gets it. Of one that can't be built only the text."""
    parcelled = Parcelled(
        id=message.id, kind=message.kind, is_customer=message.is_customer, to=message.to, subject=message.subject,
        content=message.content, shop=shop,
    )  # fmt: skip
    text = str(message.content.get("text", ""))
    try:
        mail = letter(parcelled, to=redirected_to(parcelled) or message.to, now=message.sent_at or message.created_at)
    except MailError:
        return Letter(headers=[("To", message.to), ("Subject", message.subject)], text=text, html="")
    shown = [(name, str(mail[name])) for name in ("From", "To", "Reply-To", "Subject") if mail[name]]
    return Letter(headers=shown, text=_body(mail, "plain") or text, html=_body(mail, "html"))


def call_of(message: Outbox) -> Call:
    """The web call as the receiver gets it, but for the signature itself."""
    said = message.content.get("headers") or {}
    headers = [(str(name), "hidden" if _is_secretive(str(name)) else str(value)) for name, value in said.items()]
    return Call(
        url=str(message.content.get("url", message.to)), headers=headers, body=_readable(message.content.get("body", "")),
        is_signed="secret_ref" in message.content,
    )  # fmt: skip


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _is_secretive(name: str) -> bool:
    return any(word in name.lower() for word in SECRETIVE)


def _readable(body: object) -> str:
    text = str(body)
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
