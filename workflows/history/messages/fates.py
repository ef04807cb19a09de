"""What became of messages, in words: sent, waiting, held back, failed, given up; and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from postsale.tenants.shop import Shop
from workflows.history.words import humane, moment_words, sentence_case
from workflows.runs.models import Dispatch, Outbox

#: status → (label, tone, icon).
STATUSES: Mapping[str, tuple[str, str, str]] = {
    "queued": ("Waiting to leave", "info", "clock"),
    "sent": ("Sent", "ok", "circle-check"),
    "suppressed": ("Not sent", "warn", "ban"),
    "failed": ("Trying again", "warn", "refresh-cw"),
    "dead": ("Given up", "crit", "circle-alert"),
}
#: kind → (label, icon).
KINDS: Mapping[str, tuple[str, str]] = {
    "email": ("E-mail", "mail"),
    "notification": ("Notice in Postsale", "bell"),
    "webhook": ("Web call", "webhook"),
}
RETRYABLE = ("failed", "dead")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """A message as lists show it."""

    id: UUID
    kind: str
    to: str
    subject: str
    status: str
    reason: str
    words: str
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    run_id: UUID | None
    order_id: UUID | None
    is_customer: bool
    order_number: str = ""

    @property
    def label(self) -> str:
        """What became of it, in two words."""
        return STATUSES.get(self.status, (self.status, "mute", "mail"))[0]

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return STATUSES.get(self.status, ("", "mute", ""))[1]

    @property
    def mark(self) -> str:
        """The badge's icon."""
        return STATUSES.get(self.status, ("", "", "mail"))[2]

    @property
    def title(self) -> str:
        """The head of the message's page."""
        return self.words if self.status == "sent" else self.label

    @property
    def kind_label(self) -> str:
        """What kind of message it is."""
        return KINDS.get(self.kind, (self.kind, ""))[0]

    @property
    def icon(self) -> str:
        """The kind's icon."""
        return KINDS.get(self.kind, ("", "mail"))[1]

    @property
    def may_retry(self) -> bool:
        """Whether it can be sent again."""
        return self.status in RETRYABLE

    @property
    def advice(self) -> str:
        """What to do about it; "" when there is nothing to do."""
        return advice(self.kind, self.status, self.reason)


def message_lines(
    tenant_id: int, found: Iterable[Outbox], shop: Shop, *, orders: Mapping[UUID, str] | None = None
) -> list[MessageLine]:
    """The messages with what became of them; one query for when the failed ones are tried again."""
    messages = list(found)
    waiting = [each.id for each in messages if each.status in ("queued", "failed")]
    asked = Dispatch.objects.filter(tenant=tenant_id, outbox_id__in=waiting)
    next_at = dict(asked.values_list("outbox_id", "next_at")) if waiting else {}
    numbers = orders or {}
    return [
        MessageLine(
            id=each.id, kind=each.kind, to=each.to, subject=each.subject, status=each.status, reason=each.reason,
            words=fate_words(each, shop, next_at=next_at.get(each.id)), attempts=each.attempts,
            created_at=each.created_at, sent_at=each.sent_at, run_id=each.run_id, order_id=each.order_id,
            is_customer=each.is_customer, order_number=numbers.get(each.order_id, "") if each.order_id else "",
        )
        for each in messages
    ]  # fmt: skip


def fate_words(message: Outbox, shop: Shop, *, next_at: datetime | None = None) -> str:
    """What became of a message, in a sentence."""
    reason = humane(message.reason, shop)
    match message.status:
        case "sent":
            at = moment_words(message.sent_at or message.created_at, shop)
            return f"Shown to {message.to} on {at}." if message.kind == "notification" else f"Sent on {at}."
        case "suppressed":
            _, is_stale, why = reason.partition("what it says is not so any more: ")
            return (
                f"By the time it would have left, it was no longer true: {why}."
                if is_stale
                else f"{sentence_case(reason)}."
            )
        case "failed":
            again = f" Tried again on {moment_words(next_at, shop)}." if next_at is not None else ""
            return f"Attempt {message.attempts} failed: {reason}.{again}"
        case "dead":
            return f"{sentence_case(reason)}."
    return "Waits for its turn; it leaves within seconds."


def advice(kind: str, status: str, reason: str) -> str:
    """What a person can do about a message that did not leave."""
    if status == "suppressed":
        return _held_back(reason)
    if status not in RETRYABLE:
        return ""
    if kind == "webhook":
        return (
            "Check the address and its server, then send it again. The receiver gets the same id, so it can tell "
            "a repeat."
        )
    return "Check the address and the mail settings, then send it again."


def _held_back(reason: str) -> str:
    if "opted out" in reason:
        return "The customer asked for no more e-mails. Write from your own mailbox if you must."
    if "no customer" in reason:
        return "Add the customer's e-mail address to the order at its source, then run the workflow again."
    if "not so any more" in reason:
        return "There is nothing to do."
    return ""
