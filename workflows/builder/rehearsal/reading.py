"""A finished back-test as people read it: the funnel in words, bars, days, letters, what really happened later."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from postsale.orders.models import Order, Shipment
from postsale.web.charts import Series, stacked
from workflows.builder.gallery.cards import said
from workflows.builder.walking import steps_of
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.names import Names
from workflows.engine.document import parse
from workflows.engine.grammar import Do, Gate, Plan
from workflows.engine.sentences import condition_words, step_words, trigger_sentence
from workflows.replay.models import Backtest

_FILLED_IN = re.compile(r"\{\{.*?\}\}")
#: From this share of all orders on, acting is unusual enough to say so; and this many letters to one customer.
UNUSUAL_SHARE = 0.25
MANY_LETTERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One bar of the funnel: how many went on from here, how many stopped, and which orders those are."""

    key: str
    words: str
    count: int
    stopped: int
    has_list: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One order (or parcel) in a list: when, what would be done, and what really happened to it later."""

    number: str
    order_id: UUID | None
    tracking_number: str
    at: datetime
    does: str
    later: str


def stages(test: Backtest, names: Names) -> list[Stage]:
    """The funnel, from all events to what acted."""
    result, plan = test.result or {}, plan_of(test)
    if plan is None:
        return []
    gates = {step.id: step for step in steps_of(plan) if isinstance(step, Gate)}
    trigger = _upper(trigger_sentence(plan.trigger, names, VOCABULARY))
    words = {
        "trigger": f"{trigger}: orders asked, each time anew" if plan.trigger.type == "schedule" else trigger,
        "once": "Not handled before",
        "waiting": "Still waiting at the end",
    }
    found = [Stage(key="events", words="Events of all kinds", count=result["events"], stopped=0, has_list=False)]
    for stage in result.get("funnel", ()):
        gate = gates.get(stage["id"])
        label = words.get(stage["id"]) or (
            _upper(condition_words(gate.if_, names, VOCABULARY)) if gate else stage["id"]
        )
        found.append(
            Stage(key=stage["id"], words=label, count=stage["count"], stopped=stage["stopped"],
                  has_list=bool(stage["first"]))
        )  # fmt: skip
    return [*found, Stage(key="acted", words="Acted", count=result["fired"], stopped=0, has_list=bool(result["runs"]))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An action in words (`subject` of a letter), and how often it would have been done, held back, or have failed."""

    words: str
    subject: str
    done: int
    held: int
    failed: int


def step_lines(test: Backtest, names: Names) -> list[Deed]:
    """Every action, in the order of the workflow."""
    plan, reached = plan_of(test), (test.result or {}).get("steps", {})
    if plan is None:
        return []
    return [
        Deed(
            words=_upper(step_words(step, names, VOCABULARY)), subject=_subject_words(step),
            done=ends.get("done", 0), held=ends.get("suppressed", 0), failed=ends.get("failed", 0),
        )
        for step in steps_of(plan) if isinstance(step, Do) for ends in [reached.get(step.id, {})]
    ]  # fmt: skip


def days_chart(test: Backtest, zone: Any) -> tuple[str, list[tuple[str, int]]]:
    """How often it would have acted each day: the chart, and the same as a table."""
    per_day = {row["day"]: row["fired"] for row in (test.result or {}).get("per_day", ())}
    first, last = test.from_at.astimezone(zone).date(), test.to_at.astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    table = [(f"{day:%-d %b}", per_day.get(day.isoformat(), 0)) for day in days]
    series = [Series(name="acted", tone="c1", values=[n for _, n in table])]
    return stacked("How often it would have acted, by day", [label for label, _ in table], series), table


def warnings(test: Backtest) -> list[str]:
    """What somebody should think about before publishing."""
    result = test.result or {}
    orders, everybody = result.get("orders", 0), result.get("all_orders", 0)
    found = []
    if everybody >= 20 and orders / everybody >= UNUSUAL_SHARE:
        found.append(
            f"It would have acted on {orders:,} orders, and something happened to {everybody:,}. Is that what you want?"
        )
    letters = result.get("letters", {})
    if letters.get("most", 0) >= MANY_LETTERS:
        found.append(f"One customer would have got {letters['most']} e-mails.")
    failed = sum(ends.get("failed", 0) for ends in result.get("steps", {}).values())
    if failed:
        found.append(f"{failed:,} steps would have failed. Look at the orders below to see why.")
    if result.get("set_aside"):
        found.append(f"{result['set_aside']:,} events could not be decided and were left out.")
    return found


def lines(tenant_id: int, rows: Sequence[Mapping[str, Any]], does: Iterable[str]) -> list[Line]:
    """Rows of a back-test's result, with their orders and what happened to them; two queries."""
    orders = _by_id(Order, tenant_id, [row["order"] for row in rows])
    parcels = _by_id(Shipment, tenant_id, [row["parcel"] for row in rows])
    found = []
    for row, words in zip(rows, does, strict=True):
        order, parcel = orders.get(row["order"] or ""), parcels.get(row["parcel"] or "")
        at = datetime.fromisoformat(row["at"])
        found.append(
            Line(
                number=order.number if order else "", order_id=order.id if order else None,
                tracking_number=parcel.tracking_number if parcel else "", at=at, does=words,
                later=later(parcel, at) if parcel else "",
            )
        )  # fmt: skip
    return found


def later(parcel: Any, at: datetime) -> str:
    """What really became of a parcel after `at`: "Picked up 1 day later", "Delivered 3 h later", or how it stands."""
    moments = [_moment(parcel.body.get(name)) for name in ("delivered_at", "handed_over_at")]
    for words, moment in zip(("Delivered", "Picked up"), moments, strict=True):
        if moment is not None and moment > at:
            return f"{words} {_span(moment - at)} later"
    if moments[0] is not None:
        return "Was delivered already"
    return f"Now: {VOCABULARY.value('parcel.tracking_status', parcel.tracking_status)}"


def does_words(row: Mapping[str, Any], plan: Plan | None, names: Names) -> str:
    """What a run would do, action by action."""
    if plan is None:
        return ""
    done = {step["id"]: step["state"] for step in row.get("steps", ())}
    said_ = [
        step_words(step, names, VOCABULARY) + (" (fails)" if done[step.id] == "failed" else "")
        for step in steps_of(plan) if isinstance(step, Do) and step.id in done
    ]  # fmt: skip
    return _upper("; ".join(said_)) if said_ else "Nothing but look"


def _subject_words(step: Do) -> str:
    """A letter's subject as people recognise it, what is filled in for each order as "…"."""
    said, tag, _ = str(step.with_.get("subject", "")).partition("{%")
    words = _FILLED_IN.sub("…", said).strip()
    return f"{words}…" if tag and not words.endswith("…") else words


def plan_of(test: Backtest) -> Plan | None:
    """What was tried, read again; None when today's format refuses it."""
    return parse(test.document)[0]


def sentence_of(test: Backtest, names: Names) -> str:
    """What was tried, in one sentence."""
    plan = plan_of(test)
    return said(plan, names) if plan else ""


def _by_id(model: Any, tenant_id: int, ids: Iterable[str | None]) -> dict[str, Any]:
    wanted = {each for each in ids if each}
    return {str(row.id): row for row in model.objects.filter(tenant_id=tenant_id, id__in=wanted)}


def _span(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    if hours < 1:
        return f"{max(1, round(hours * 60))} min"
    count = round(hours) if hours < 48 else round(hours / 24)
    return f"{count} h" if hours < 48 else f"{count} days"


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _moment(said: object) -> datetime | None:
    return datetime.fromisoformat(said) if isinstance(said, str) else None
