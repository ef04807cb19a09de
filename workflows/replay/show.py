"""What a replay found, as JSON can carry it and as contract/http.md shows it."""

from dataclasses import fields, is_dataclass
from typing import Any

import msgspec

from workflows.replay.models import BacktestRun
from workflows.runs.state import StepRow

type Json = dict[str, Any]

#: What may be shown of a row that an action hands to a writer: what people would see of it, not its keys.
TELLING = (
    "kind", "to", "subject", "content", "text", "body", "url", "member", "slug", "severity", "reason", "dashboard",
    "measure",
)  # fmt: skip


def run_json(row: BacktestRun) -> Json:
    """A run that would have happened."""
    return {
        "order": str(row.order_id) if row.order_id else None,
        "parcel": str(row.shipment_id) if row.shipment_id else None,
        "at": row.at.isoformat(),
        "steps": row.steps,
    }


def step_json(step: StepRow) -> Json:
    """A step of a run."""
    shown: Json = {
        "id": step.step, "kind": step.kind, "state": step.state, "at": step.at.isoformat(), "attempts": step.attempts,
    }  # fmt: skip
    if step.verdict is not None:
        shown["verdict"] = step.verdict
    if step.result is not None:
        shown["result"] = step.result
    if step.error:
        shown["error"] = step.error
    plain: Json = msgspec.to_builtins(shown)
    return plain


def written_json(row: object) -> Json:
    """What a row for a writer would tell people: its subject, its text, its board."""
    if not is_dataclass(row):
        return {}
    told = {member.name: getattr(row, member.name) for member in fields(row) if member.name in TELLING}
    plain: Json = msgspec.to_builtins(told)
    return plain
