"""Handing one message to the outside world, and what became of it. Runs outside any transaction; never raises."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, Literal, Self
from uuid import UUID

from django.conf import settings

from postsale.integrations.branded import dressed
from postsale.integrations.http import Answer, Refused, Unreachable, post
from postsale.integrations.letters import Permanent, Temporary, build
from postsale.integrations.mail import Transport, open_transport
from postsale.integrations.ours import mail_domain, own_hosts
from postsale.integrations.outgoing import sign
from postsale.integrations.post_office import default_sender
from postsale.tenants.shop import Shop
from workflows.runs.kept import MOST_OF_BODY, Json, answer_kept, letter_kept

GONE = 410
#: A letter of UTF-8 takes up to four bytes; one more says that there was more, and some are for secrets to be hidden.
MOST_BYTES = 4 * MOST_OF_BODY + 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcelled:
    """A message with all that sending it needs, read beforehand: `secrets` sign a webhook, newest first."""

    id: UUID
    kind: str
    is_customer: bool
    to: str
    subject: str
    content: Mapping[str, Any]
    shop: Shop
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of an attempt; `after`: the receiver asked us to wait that long.

    `letter` is an e-mail as it left, `answer` what a web call came to: see `workflows.runs.kept`.
    """

    status: Literal["sent", "failed", "dead", "suppressed"]
    words: str
    after: timedelta | None = None
    letter: Json | None = None
    answer: Json | None = None


class Sender:
    """Sends messages, over one mail connection for as long as it lasts. A context; belongs to one thread."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._transports: dict[bool, Transport] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def send(self, message: Parcelled, *, now: datetime) -> Fate:
        """Try once. The same message has the same Message-ID or webhook-id at every attempt."""
        return self._mail(message, now) if message.kind == "email" else call(message, now=now)

    def _mail(self, message: Parcelled, now: datetime) -> Fate:
        to = redirected_to(message) or message.to
        try:
            transport = self._transport(message.shop)
        except ValueError as error:
            # A wrong EMAIL_URL is the admin's to mend; until then every e-mail waits.
            return Fate(status="failed", words=str(error))
        try:
            mail = letter(message, to=to, now=now)
            transport.send(mail)
        except Permanent as error:
            return Fate(status="dead", words=str(error))
        except Temporary as error:
            return Fate(status="failed", words=str(error))
        instead = f" instead of {message.to}" if to != message.to else ""
        return Fate(status="sent", words=f"sent to {to}{instead}", letter=letter_kept(mail))

    def _transport(self, shop: Shop) -> Transport:
        """The demo shop's mail always goes to files, never to EMAIL_URL."""
        if shop.is_demo not in self._transports:
            url = None if shop.is_demo else settings.EMAIL_URL
            opened = open_transport(url, data_dir=settings.POSTSALE_DATA)
            self._transports[shop.is_demo] = self._open.enter_context(opened)
        return self._transports[shop.is_demo]


def redirected_to(message: Parcelled) -> str | None:
    """Where a customer's mail goes in redirect mode: as the shop says today, or said when it was written."""
    if not message.is_customer:
        return None
    return message.shop.settings.get("redirect_mail_to") or message.content.get("redirect_to")


def letter(message: Parcelled, *, to: str, now: datetime) -> EmailMessage:
    """The e-mail. Raises Permanent when an address or the subject can't be used."""
    sender = message.shop.settings.get("sender") or {}
    subject, text, html = message.subject, str(message.content.get("text", "")), message.content.get("html")
    if to != message.to:
        said = f"Redirected: this e-mail was written to {message.to}."
        subject, text = f"[to {message.to}] {subject}", f"{said}\n\n{text}"
        html = f"<p>{said}</p>{html}" if html is not None else None
    if message.is_customer and html is None:
        text, html = dressed(text, message.shop)
    return build(
        message_id=f"{message.id}@postsale.{mail_domain()}",
        at=now,
        from_=sender.get("from") or default_sender(message.shop),
        to=to,
        subject=subject,
        text=text,
        html=html,
        reply_to=message.content.get("reply_to") or sender.get("reply_to"),
    )


def call(message: Parcelled, *, now: datetime) -> Fate:
    """POST a webhook: 2xx is success, 410 the end, everything else is tried again."""
    body = str(message.content["body"]).encode()
    key = str(message.id)
    theirs = message.content.get("headers", {})
    ours = {"idempotency-key": key, "webhook-id": key, "webhook-timestamp": str(int(now.timestamp()))}
    try:
        signed = sign(message.secrets, message_id=key, at=now, body=body) if message.secrets else {}
        answer = post(
            message.content["url"],
            body=body,
            headers={**theirs, **ours, **signed},
            allow=settings.POSTSALE_EGRESS_ALLOW,
            own_hosts=own_hosts(),
            max_bytes=MOST_BYTES,
        )
    except (Refused, ValueError) as error:
        return Fate(status="dead", words=str(error), answer=answer_kept(str(error), at=now, sent=theirs))
    except Unreachable as error:
        return Fate(status="failed", words=str(error), answer=answer_kept(str(error), at=now, sent=theirs))
    words = f"answered {answer.status}"
    kept = answer_kept(words, at=now, answer=answer, sent={**theirs, **signed}, secrets=message.secrets)
    return _fate_of(answer, words, kept)


def _fate_of(answer: Answer, words: str, kept: Json) -> Fate:
    if answer.is_success:
        return Fate(status="sent", words=words, answer=kept)
    if answer.status == GONE:
        return Fate(status="dead", words=f"{words}: the receiver wants no more calls", answer=kept)
    after = timedelta(seconds=answer.retry_after) if answer.retry_after is not None else None
    return Fate(status="failed", words=words, after=after, answer=kept)
