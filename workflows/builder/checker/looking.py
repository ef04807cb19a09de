"""Looking: the findings of one working copy, or of all that the shop has published, with what back-tests showed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from workflows.builder.checker import alone, together
from workflows.builder.checker.findings import Finding
from workflows.builder.checker.together import Known
from workflows.builder.inspector.offers import seen_in
from workflows.builder.walking import steps_of
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.models import Version, Workflow
from workflows.definitions.names import Names, names_of
from workflows.definitions.store import documents_of
from workflows.engine.conditions import leading_gates
from workflows.engine.document import parse
from workflows.engine.grammar import Gate, Plan
from workflows.engine.sentences import condition_words
from workflows.replay.models import Backtest

#: A gate that was asked so often in a back-test not older than this, and stopped nothing, is worth a look.
ENOUGH, RECENT = 50, timedelta(days=90)
STANDING = ("live", "watching")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A published workflow and what was found in it alone."""

    workflow: Workflow
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The shop's: each workflow's own findings, and those between them."""

    checked: Sequence[Checked]
    between: Sequence[Finding]
    names: Mapping[UUID, str]


def of_document(document: Mapping[str, Any], *, workflow: Workflow, names: Names, now: datetime) -> list[Finding]:
    """The findings of a working copy: alone, with the newest back-test, and against what else is published."""
    plan, _ = parse(document)
    if plan is None:
        return []
    others = [each for each in _published(workflow.tenant_id) if each.id != workflow.id]
    mine = Known(id=workflow.id, name=plan.name, plan=plan)
    between = [each for each in together.findings([mine, *others]) if workflow.id in (each.workflow_id, *each.others)]
    seen = seen_in(workflow.tenant_id)
    alone_ = alone.findings(plan, workflow_id=workflow.id, names=names, seen=seen)
    return [*alone_, *_idle_gates(workflow.id, plan, names, _newest_tests(workflow.tenant_id, now)), *between]


def of_shop(tenant_id: int, *, now: datetime) -> Report:
    """The findings of all workflows that decide."""
    names, seen, tests = names_of(tenant_id), seen_in(tenant_id), _newest_tests(tenant_id, now)
    rows = {row.id: row for row in Workflow.objects.filter(tenant_id=tenant_id, state__in=STANDING).order_by("name")}
    known = {each.id: each for each in _published(tenant_id)}
    checked = [
        Checked(
            workflow=row,
            findings=[
                *alone.findings(known[row.id].plan, workflow_id=row.id, names=names, seen=seen),
                *_idle_gates(row.id, known[row.id].plan, names, tests),
            ],
        )
        for row in rows.values() if row.id in known
    ]  # fmt: skip
    return Report(
        checked=checked, between=together.findings(list(known.values())),
        names={row.id: row.name for row in rows.values()},
    )  # fmt: skip


def _published(tenant_id: int) -> list[Known]:
    rows = Workflow.objects.filter(tenant_id=tenant_id, state__in=STANDING).values_list("id", "published", "name")
    wanted = {(pk, number): name for pk, number, name in rows}
    versions = {
        row.id: row.workflow_id
        for row in Version.objects.filter(tenant_id=tenant_id, state="published", workflow_id__in=[pk for pk, _ in wanted])
    }  # fmt: skip
    names = {pk: name for (pk, _), name in wanted.items()}
    documents = documents_of(list(versions))
    plans = ((versions[pk], parse(document)[0]) for pk, document in documents.items())
    return [Known(id=pk, name=names[pk], plan=plan) for pk, plan in plans if plan is not None]


def _newest_tests(tenant_id: int, now: datetime) -> Mapping[UUID, Backtest]:
    """The newest finished back-test of each workflow over all sales channels."""
    rows = Backtest.objects.filter(
        tenant_id=tenant_id, state="done", workflow_id__isnull=False, created_at__gte=now - RECENT
    ).exclude(options__channels__0__isnull=False)
    newest = rows.order_by("workflow_id", "-id").distinct("workflow_id")
    return {row.workflow_id: row for row in newest if row.workflow_id is not None}


def _idle_gates(workflow_id: UUID, plan: Plan, names: Names, tests: Mapping[UUID, Backtest]) -> list[Finding]:
    """Gates that stopped nothing when they were tried as they are now, under the same trigger."""
    test = tests.get(workflow_id)
    tried = parse(test.document)[0] if test is not None else None
    if test is None or tried is None or tried.trigger != plan.trigger:
        return []
    same = {step.id for step in steps_of(tried) if isinstance(step, Gate) and step in leading_gates(plan)}
    funnel = {stage["id"]: stage for stage in (test.result or {}).get("funnel", ())}
    days = max(1, (test.to_at - test.from_at).days)
    return [
        Finding(
            workflow_id=workflow_id, step_id=gate.id,
            words=f"“{condition_words(gate.if_, names, VOCABULARY)}” stopped nothing in {days} days "
            f"({funnel[gate.id]['count']:,} times asked).",
            advice="It may be left out, or may not ask what you meant.",
        )
        for gate in leading_gates(plan)
        if gate.id in same and gate.id in funnel
        and funnel[gate.id]["stopped"] == 0 and funnel[gate.id]["count"] >= ENOUGH
    ]  # fmt: skip
