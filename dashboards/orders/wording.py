"""An order's story in the merchant's words: what each thing was, who said so, and how it ended."""

import re
from collections.abc import Mapping
from typing import Any

from dashboards.boards.models import CaseEntry
from dashboards.orders.labels import ops_badge, tracking_badge, tracking_label
from dashboards.orders.lines import Line
from postsale.events.models import Event
from postsale.orders.identity import carrier_key
from postsale.tenants.shop import Shop
from workflows.catalog.fields import field_at
from workflows.catalog.names import carrier_name, channel_name, key_words
from workflows.catalog.triggers import trigger_of
from workflows.catalog.vocabulary import VOCABULARY
from workflows.history.words import humane, moment_words, sentence_case
from workflows.runs.models import Outbox, Run

_IS = re.compile(r" (?:is|are) ")
_ICONS: Mapping[str, str] = {
    "order.created": "receipt", "order.paid": "credit-card", "order.cancelled": "ban", "order.refunded": "credit-card",
    "order.held": "circle-pause", "order.released": "circle-play", "order.address_changed": "map-pin",
    "customer.message_received": "message-square", "customer.opted_out": "ban",
}  # fmt: skip
_FAMILIES: Mapping[str, str] = {
    "label": "tag", "shipment": "package", "tracking": "truck", "return": "undo-2", "order": "receipt", "custom": "zap",
}  # fmt: skip
_CASES: Mapping[str, tuple[str, str, str]] = {
    "opened": ("Put on the board {}", "bookmark", "warn"), "repeated": ("Seen again on the board {}", "repeat", "warn"),
    "cleared": ("Left the board {} by itself", "check", "ok"), "resolved": ("Card on {} resolved", "check", "ok"),
    "reopened": ("Card on {} opened again", "rotate-ccw", "warn"), "assigned": ("Card on {} assigned", "user-check", ""),
    "snoozed": ("Card on {} snoozed", "clock", ""), "woke": ("Snooze on {} is over", "bell", "warn"),
    "noted": ("Note on the card of {}", "sticky-note", ""),
    "removed": ("Taken off the board {}", "check", "ok"), "escalated": ("Card on {} became more urgent", "flag", "crit"),
}  # fmt: skip
_MESSAGES: Mapping[str, tuple[str, str, str]] = {
    "queued": ("About to be sent", "clock", "info"), "sent": ("Sent", "send", "ok"),
    "suppressed": ("Not sent", "ban", "warn"), "failed": ("Failed, tried again later", "triangle-alert", "warn"),
    "dead": ("Not sent: given up", "circle-x", "crit"),
}  # fmt: skip
_RUNS: Mapping[str, tuple[str, str, str]] = {
    "running": ("At work", "play", "info"), "waiting": ("Waiting", "hourglass", "info"),
    "done": ("Done", "check", "ok"), "stopped": ("Did not go on", "circle-minus", ""),
    "failed": ("Failed", "triangle-alert", "crit"), "cancelled": ("Cancelled", "ban", ""),
    "watched": ("Watched only", "eye", "info"),
}  # fmt: skip
_KINDS = {"email": "E-mail", "notification": "Notice", "webhook": "Webhook", "slack": "Slack message"}


def event_line(row: Event, *, is_only_parcel: bool) -> Line:
    """What was reported from outside."""
    family = row.type.partition(".")[0]
    parcel: Mapping[str, Any] = row.data.get("parcel") or {}
    carrier = carrier_name(carrier_key(str(parcel["carrier"]))) if parcel.get("carrier") else ""
    number = str(parcel.get("tracking_number") or "")
    status = str(parcel.get("status") or "")
    said = [str(parcel[name]) for name in ("raw_text", "raw_detail", "raw_status") if parcel.get(name)][:1]
    said += [str(row.data[name]) for name in ("text", "reason") if row.data.get(name)]
    place = ", ".join(str(part) for part in (parcel.get("location") or {}).values() if part)
    icon, tone = _ICONS.get(row.type, _FAMILIES.get(family, "zap")), ""
    if row.type == "tracking.updated" and status:
        badge = tracking_badge(status)
        label, icon, tone = f"{carrier or 'Carrier'}: {tracking_label(status)}", badge.icon, badge.tone
    else:
        label = past(row.type) + (f" ({carrier})" if carrier else "")
    return Line(
        words=label, quote=" · ".join(said), detail=" · ".join(part for part in (place, "" if is_only_parcel else number) if part),
        who=f"from {source_name(row.source)}", icon=icon, tone=tone, flags=tuple(_flags(row)),
    )  # fmt: skip


def edit_line(row: Event, *, shop: Shop, me: str) -> Line:
    """What a person or a workflow changed of the order."""
    actor: Mapping[str, Any] = row.actor or {}
    is_person = actor.get("kind") == "person"
    name = str(actor.get("name") or "")
    by = person(name, me) if is_person else sentence_case(workflow_name(name))
    changed: Mapping[str, Any] = row.data.get("changed") or {}
    before, after = changed.get("from"), changed.get("to")
    icon, tone, quote = "pencil", "", ""
    match str(changed.get("field", "")).removeprefix("order."):
        case "ops_status":
            badge = ops_badge(str(after), shop)
            said = f"set the status from {ops_badge(str(before), shop).label} to {badge.label}"
            icon, tone = badge.icon, badge.tone
        case "tags":
            said, icon = (f"added the tag {after}" if after else f"removed the tag {before}"), "tag"
        case "assignee":
            who = "you" if after == me else after
            said, icon = (f"assigned it to {who}" if after else "unassigned it"), "user-check"
        case "notes":
            said, quote, icon = "wrote a note" if after else "removed the notes", str(after or ""), "sticky-note"
        case field:
            known = field_at(f"order.{field}")
            name = known.label.lower() if known else key_words(field).lower()
            said = f"changed the {name} from {value(field, before)} to {value(field, after)}"
    return Line(words=f"{by} {said}", quote=quote, icon=icon, tone=tone)


def case_line(row: CaseEntry, *, shop: Shop, board: str, me: str) -> Line:
    """What happened to one of the order's cards."""
    said, icon, tone = _CASES.get(row.what, ("Card on {} changed", "bookmark", ""))
    by: Mapping[str, Any] = row.by or {}
    is_detail = row.what in ("assigned", "snoozed")
    # What a person wrote stays as it was written.
    words = row.words if by.get("kind") == "person" and not is_detail else sentence_case(humane(row.words, shop))
    is_told = row.words.casefold() not in ("", row.what, "the snooze is over")
    quote, detail = (words if is_told and not is_detail else ""), (words if is_detail else "")
    who = setter(by, me) if by.get("kind") != "cleared" else ""
    return Line(
        words=said.format(board), quote=quote, detail=detail, icon=icon, tone=tone,
        who=f"by {who}" if who else "",
    )  # fmt: skip


def message_line(row: Outbox, *, shop: Shop) -> Line:
    """A message that left, or why it did not."""
    said, icon, tone = _MESSAGES.get(row.status, (key_words(row.status), "mail", ""))
    kind = _KINDS.get(row.kind, key_words(row.kind))
    icon = "mail" if row.status == "sent" and row.kind == "email" else icon
    return Line(
        words=f"{kind} to {row.to}", quote=row.subject, state=said, icon=icon, tone=tone,
        detail=sentence_case(humane(row.reason, shop)),
    )  # fmt: skip


def run_line(row: Run, *, shop: Shop, name: str) -> Line:
    """What a workflow made of it."""
    said, icon, tone = _RUNS.get(row.state, (key_words(row.state), "workflow", ""))
    if row.state == "waiting" and row.wake_at is not None:
        said = f"Waiting until {moment_words(row.wake_at, shop)}"
    # While a run waits for a moment, the moment says it all.
    why = row.reason if row.state != "waiting" or row.wake_at is None else ""
    return Line(
        words=name, state=said, icon=icon, tone=tone, detail=sentence_case(humane(why, shop)),
        who=f"version {row.version}",
    )  # fmt: skip


def past(event_type: str) -> str:
    """An event type as something that happened: "Label created"."""
    trigger = trigger_of(event_type)
    if event_type == "tracking.updated":
        return "Carrier's report"
    return _IS.sub(" ", trigger.label, count=1) if trigger else key_words(event_type.replace(".", " "))


def person(address: str, me: str) -> str:
    """A member as the one who looks at it would say."""
    return "You" if address and address == me else address or "Somebody"


def setter(by: Mapping[str, Any], me: str) -> str:
    """Who did it, after "by": "you", an address, a workflow's name, a channel's."""
    name = str(by.get("name") or "")
    match by.get("kind"):
        case "person":
            who = person(name, me)
            return "you" if who == "You" else who
        case "workflow":
            return workflow_name(name)
    return channel_name(name)


def workflow_name(name: str) -> str:
    """A workflow where its name stands in a sentence."""
    return f"the workflow “{name}”" if name else "a workflow"


def source_name(source: str) -> str:
    """Who sent it: a connection's or a sender's name."""
    return channel_name(source) or "outside"


def value(field: str, said: object) -> str:
    """A value of an order's field in words."""
    if said in (None, ""):
        return "nothing"
    return VOCABULARY.value(f"order.{field}", said) if isinstance(said, str) else str(said)


def _flags(row: Event) -> list[str]:
    flags = [key_words(str(flag)) for flag in row.flags or ()]
    return [*flags, "History, triggered nothing"] if row.is_backfill else flags
