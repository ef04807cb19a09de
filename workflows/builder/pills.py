"""Trying the working copy on one real order: a pill for each card and a line how the run would go. Nothing is done."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.utils import timezone

from postsale.orders.identity import order_key
from postsale.orders.models import Order
from workflows.builder.draft import Working
from workflows.builder.finished import finished_part
from workflows.builder.names import title_of
from workflows.builder.operations import steps_of
from workflows.builder.recent import recent
from workflows.catalog.fields import CUSTOM, kind_of
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.compile import BrokenVersionError
from workflows.engine.words import found_words
from workflows.replay.attempt import try_document

type Json = dict[str, Any]
type State = Literal["met", "unmet", "missing", "would", "waits", "failed", "held", "skipped", "unfinished"]

#: What a pill says, and its tone.
WORDS: Mapping[str, tuple[str, str]] = {
    "met": ("Met", "ok"), "unmet": ("Not met", "mute"), "missing": ("Missing", "warn"), "would": ("Would do", "ok"),
    "waits": ("Would wait", "info"), "failed": ("Would fail", "crit"), "held": ("Would hold back", "warn"),
    "skipped": ("Not reached", "mute"), "unfinished": ("Unfinished", "warn"),
}  # fmt: skip
#: Orders that are suggested, steps that the line names.
MOST_FOUND, MOST_NAMED = 8, 6
#: How a text says that a variable has no value (catalog.text_filters.MissingValue).
_NO_VALUE = re.compile(r"(\S+) has no value here").match


@dataclass(frozen=True, slots=True, kw_only=True)
class Pill:
    """What would become of one step; `reason` says it in a sentence."""

    step_id: str
    state: State
    reason: str = ""

    @property
    def words(self) -> str:
        """Two words for the card."""
        return WORDS[self.state][0]

    @property
    def tone(self) -> str:
        """Its colour class."""
        return WORDS[self.state][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How the run would go on an order: a line, and a pill for every step of the working copy."""

    words: str
    pills: tuple[Pill, ...]


def try_on(working: Working, order_id: UUID, *, now: datetime) -> Tried:
    """What the working copy would make of the order. Steps that are unfinished are left out. Raises Order.DoesNotExist."""
    unfinished = {problem.step_id for problem in working.problems if problem.step_id}
    every = list(steps_of(working.document))
    runnable = finished_part(working.document, unfinished)
    if "trigger" in unfinished:
        return Tried(words="Choose what starts it first.", pills=_idle(every, unfinished))
    if runnable is None:
        words = "Add a step to see what would happen." if not every else "Finish the steps to see what would happen."
        return Tried(words=words, pills=_idle(every, unfinished))
    try:
        answer = try_document(runnable, order_id, now=now)
    except BrokenVersionError:
        return Tried(words="Finish the steps to see what would happen.", pills=_idle(every, unfinished))
    pills = dict(_pills(runnable, answer))
    shown = tuple(
        Pill(step_id=step["id"], state="unfinished", reason="It was left out of this try.")
        if step["id"] in unfinished
        else pills.get(step["id"], Pill(step_id=step["id"], state="skipped"))
        for step in every
    )
    left_out = " Unfinished steps were left out." if unfinished else ""
    return Tried(words=_line(answer, shown, every) + left_out, pills=shown)


def newest_order(tenant_id: int, trigger: Mapping[str, Any]) -> UUID | None:
    """The order that an event of the trigger's type was about last; None when there is none."""
    for some in recent(tenant_id, trigger, most=100):
        for each in some:
            if each.order is not None:
                return each.order.id
    return Order.objects.filter(tenant_id=tenant_id).order_by("-id").values_list("id", flat=True).first()


def found_orders(tenant_id: int, text: str) -> list[Order]:
    """The newest orders whose number is, or begins with, `text`; without text the newest ones."""
    orders = Order.objects.filter(tenant_id=tenant_id).only("id", "number", "sales_channel").order_by("-id")
    wanted = order_key(text)
    if not wanted:
        return list(orders[:MOST_FOUND])
    exact = list(orders.filter(number_key=wanted)[:MOST_FOUND])
    return exact or list(orders.filter(number_key__istartswith=wanted)[:MOST_FOUND])


def _idle(steps: Sequence[Json], unfinished: set[str]) -> tuple[Pill, ...]:
    return tuple(
        Pill(step_id=step["id"], state="unfinished" if step["id"] in unfinished else "skipped") for step in steps
    )


# What the try answered


def _pills(document: Json, answer: Json) -> Iterator[tuple[str, Pill]]:
    yield from ((step_id, pill) for step_id, pill in _leading(document, answer))
    for row in answer["steps"]:
        yield row["id"], _of_row(row)


def _leading(document: Json, answer: Json) -> Iterator[tuple[str, Pill]]:
    """The gates at the head, which are asked as one before the run begins."""
    verdict = answer["verdict"]
    gates = []
    for step in document["steps"]:
        if step["kind"] != "condition":
            break
        gates.append(step["id"])
    if verdict is None or not gates:
        return
    said = [verdict] if len(gates) == 1 else verdict["children"]
    for step_id, one in zip(gates, said, strict=False):
        yield step_id, _of_verdict(step_id, one)


def _of_row(row: Json) -> Pill:
    step_id, result = row["id"], row.get("result") or {}
    if row.get("verdict") is not None:
        told = _of_verdict(step_id, row["verdict"])
        # The guard of an action holds back that action alone.
        return told if row["kind"] != "action" else Pill(step_id=step_id, state="held", reason=told.reason)
    match row["kind"], row["state"]:
        case "wait", _:
            return Pill(step_id=step_id, state="waits", reason=_until(result.get("until")))
        case "branch", _:
            return Pill(step_id=step_id, state="met", reason=_sentence(str(result.get("words", ""))))
        case _, "failed":
            return Pill(step_id=step_id, state="failed", reason=_why_failed(str(row.get("error", ""))))
        case _, "suppressed" | "skipped":
            return Pill(step_id=step_id, state="held", reason=_sentence(str(result.get("words", ""))))
    return Pill(step_id=step_id, state="would", reason=_would(str(result.get("words", ""))))


def _why_failed(error: str) -> str:
    """Why an action would fail; a text without a value that it asks for is said by the value's name."""
    missing = _NO_VALUE(error)
    if missing is None:
        return _sentence(error)
    return f"Its text asks for {VOCABULARY.field(missing[1])}, which is not known for this order."


def _of_verdict(step_id: str, verdict: Json) -> Pill:
    holds = verdict["holds"]
    state: State = "met" if holds is True else "unmet" if holds is False else "missing"
    return Pill(step_id=step_id, state=state, reason="; ".join(dict.fromkeys(_reasons(verdict, holds)))[:300])


def _reasons(verdict: Json, wanted: bool | None) -> Iterator[str]:
    """What decided, leaf by leaf: what each field is, or that it is missing."""
    if "field" in verdict:
        yield _found(verdict)
        return
    children = verdict["children"]
    alike = [child for child in children if child["holds"] is wanted] or children
    for child in alike:
        yield from _reasons(child, child["holds"])


def _found(leaf: Json) -> str:
    path, found = leaf["field"], leaf["found"]
    label = _upper(VOCABULARY.field(path).removeprefix("the "))
    if leaf["holds"] is None and not leaf.get("problem"):
        return f"{label} is missing"
    if found is None:
        return f"{label} is missing"
    if isinstance(found, bool) and not path.startswith(CUSTOM):
        return _upper(VOCABULARY.claim(path) if found else VOCABULARY.denial(path))
    happened = VOCABULARY.happening(path)
    if happened is not None:
        return f"{_upper(happened[0])} on {_value(path, found)}"
    return f"{label} is {_value(path, found)}"


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _value(path: str, found: object) -> str:
    if isinstance(found, list):
        return ", ".join(_value(path, each) for each in found) or "none"
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, str):
        try:
            return f"{timezone.localtime(datetime.fromisoformat(found)):%-d %b %Y, %H:%M}"
        except ValueError:
            return VOCABULARY.value(path, found)
    return found_words(found, kind_of(path).removeprefix("items:"))


def _until(at: object) -> str:
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        return ""
    return f"Until {timezone.localtime(moment):%a %-d %b %Y, %H:%M}."


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}." if words else ""


def _would(words: str) -> str:
    return _sentence(words.replace(" queued", ""))


def _line(answer: Json, pills: Sequence[Pill], steps: Sequence[Json]) -> str:
    if answer["waits_until"] is not None:
        return f"It would wait, and decide later. {_until(answer['waits_until'])}"
    kinds = {step["id"]: step["kind"] for step in steps}
    titles = {step["id"]: title_of(step) for step in steps}
    done = [titles[pill.step_id] for pill in pills if pill.state == "would"]
    ended = next((pill for pill in pills if _ends(pill, kinds[pill.step_id])), None)
    where = f" at “{titles[ended.step_id]}”" if ended is not None else ""
    why = f" {ended.reason.rstrip('.')}." if ended is not None and ended.reason else ""
    if not done:
        return (
            f"It would do nothing for this order: it stops{where}.{why}"
            if ended
            else "It would do nothing for this order."
        )
    said = f"It would act: {', '.join(done[:MOST_NAMED])}{' …' if len(done) > MOST_NAMED else ''}."
    return f"{said} It stops{where}.{why}" if ended is not None else said


def _ends(pill: Pill, kind: str) -> bool:
    """Whether the run would end at this step, or be asked no further."""
    return pill.state == "failed" or (kind == "condition" and pill.state in ("unmet", "missing"))
