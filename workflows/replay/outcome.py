"""What a back-test came to: the summary that people read, and the difference between two versions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from postsale.tenants.shop import Shop
from workflows.replay.funnel import Funnel
from workflows.replay.models import BacktestRun
from workflows.replay.show import run_json
from workflows.runs.state import RunState, StepRow

#: What `result.runs` shows, and each list of a difference; all runs are rows.
FIRST_RUNS = 100

type _Subject = tuple[UUID | None, UUID | None]


def summary(rehearsal: Funnel, runs: Sequence[RunState], rows: Sequence[BacktestRun]) -> dict[str, Any]:
    """The `result` of contract/http.md, days are the shop's; beside it the funnel, what became of each step, and how
    many letters whom reached."""
    actions = Counter(
        str(step.result["action"])
        for run in runs for step in run.steps.values()
        if step.kind == "action" and step.state == "done" and step.result is not None
    )  # fmt: skip
    days = Counter(_day(row.at, rehearsal.shop) for row in rows)
    letters = letters_by_customer(runs)
    return {
        "events": rehearsal.events,
        "set_aside": rehearsal.set_aside,
        "fired": len(runs),
        "subjects": len({run.subject for run in runs}),
        "orders": len({run.order.id for run in runs if run.order is not None}),
        "all_orders": len(rehearsal.orders_seen),
        "actions": dict(sorted(actions.items())),
        "runs": [run_json(row) for row in rows[:FIRST_RUNS]],
        "per_day": [{"day": day, "fired": fired} for day, fired in sorted(days.items())],
        "funnel": rehearsal.stages(),
        "steps": rehearsal.reached(),
        "letters": {
            "sent": letters.total(), "customers": len(letters), "most": max(letters.values(), default=0),
            "customers_by_count": {str(n): c for n, c in sorted(Counter(letters.values()).items())},
        },
    }  # fmt: skip


def letters_by_customer(runs: Iterable[RunState]) -> Counter[str]:
    """How many e-mails each customer would have got."""
    return Counter(
        str(run.order.facts.customer.get("email", "")).lower()
        for run in runs if run.order is not None
        for step in run.steps.values() if _is_letter(step)
    )  # fmt: skip


def difference(asked: Funnel, other: Funnel) -> dict[str, Any]:
    """What the asked document does and the other does not, and the other way round: in orders (or parcels) and letters."""
    mine, theirs = _by_subject(asked.enacted), _by_subject(other.enacted)
    return {
        "fired": len(other.enacted),
        "added": _first(mine, mine.keys() - theirs.keys(), asked),
        "removed": _first(theirs, theirs.keys() - mine.keys(), other),
        "added_count": len(mine.keys() - theirs.keys()),
        "removed_count": len(theirs.keys() - mine.keys()),
        "letters": letters_by_customer(asked.enacted).total() - letters_by_customer(other.enacted).total(),
    }


def _by_subject(runs: Iterable[RunState]) -> dict[_Subject, RunState]:
    return {(run.order.id if run.order else None, run.parcel.id if run.parcel else None): run for run in runs}


def _first(runs: Mapping[_Subject, RunState], wanted: Iterable[_Subject], rehearsal: Funnel) -> list[dict[str, Any]]:
    found = sorted((rehearsal.fired_at(runs[each]), str(each[0] or ""), str(each[1] or "")) for each in wanted)
    return [
        {"order": order or None, "parcel": parcel or None, "at": at.isoformat()}
        for at, order, parcel in found[:FIRST_RUNS]
    ]


def _is_letter(step: StepRow) -> bool:
    return step.state == "done" and step.result is not None and step.result.get("action") == "email.customer"


def _day(at: datetime, shop: Shop) -> str:
    return at.astimezone(shop.zone).date().isoformat()
