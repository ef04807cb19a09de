"""What is published, made ready to decide: plans, their index, their checks, one set a tenant, kept in the process.

A set is never changed, only replaced when the tenant's revision has moved; then only versions that are new are read and
compiled again. Checks and programs are made when they are first needed: of 10,000 workflows few ever come to the gate.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

import structlog
from django.db import connection

from postsale.tenants.scope import TenantMixupError, current_tenant
from workflows.catalog.fields import is_settled, kind_of
from workflows.definitions.layered import Entry, LayeredIndex, layered
from workflows.definitions.memory import Memory
from workflows.definitions.models import Version
from workflows.definitions.reads import all_of, indexed_by, needs_of, reads_of
from workflows.definitions.store import documents_of, tenant_at_work
from workflows.engine import index, machine
from workflows.engine.calendar import Calendar
from workflows.engine.conditions import keep_condition, leading_gates, must_hold
from workflows.engine.document import parse
from workflows.engine.evaluate import Check, compile_condition
from workflows.engine.grammar import Condition, Plan

#: Workflows kept ready in one process, over all tenants; the tenants that were asked for longest ago go first.
MOST_WORKFLOWS = 20_000
#: Old versions kept ready for the runs that are pinned to them.
MOST_PINNED = 2_000

log = structlog.get_logger(__name__)


class BrokenVersionError(ValueError):
    """A stored version that today's format does not allow any more; nothing can run it."""


@dataclass(frozen=True, kw_only=True)
class CompiledWorkflow:
    """A version of a workflow, ready to run. `live_since` is None for a version that no longer decides.

    `reads` are the subjects (order, customer, address, items, parcel) that its conditions, texts, actions or `once_per`
    speak of.
    """

    id: UUID
    version_id: UUID
    number: int
    name: str
    plan: Plan
    reads: frozenset[str]
    is_watch: bool = False
    live_since: datetime | None = None

    @cached_property
    def needs(self) -> frozenset[str]:
        """`reads` without what it only counts its runs by."""
        return needs_of(self.plan)

    @cached_property
    def program(self) -> machine.Program:
        """The steps, assembled."""
        return machine.assemble(self.plan, kind_of)

    @cached_property
    def leading(self) -> Check | None:
        """All gates at the head as one check: what decides whether a run starts. None: nothing does."""
        return _check(all_of(gate.if_ for gate in leading_gates(self.plan)))

    @cached_property
    def opening(self) -> Check | None:
        """The gates at the head before the first that has `else` steps: unless it holds, a run would leave no trace."""
        return _check(must_hold(self.plan))

    @cached_property
    def first(self) -> Check | None:
        """The first gate alone: what a schedule's tick asks of each order. None: it takes them all."""
        gates = leading_gates(self.plan)
        return _check(gates[0].if_) if gates else None

    @cached_property
    def leading_has_else(self) -> bool:
        """Whether something is to be done when the gates at the head don't hold."""
        return any(gate.else_ for gate in leading_gates(self.plan))

    @cached_property
    def _kept(self) -> dict[tuple[str, ...], Condition | None]:
        return {}

    def keep(self, passed: Collection[str]) -> Condition | None:
        """What must stay true for what this run did to stay right: the trigger's `to` and the `passed` gates."""
        way = tuple(passed)  # most runs of a workflow come by the same one
        if way not in self._kept:
            self._kept[way] = keep_condition(self.plan, passed)
        return self._kept[way]

    def begin(self) -> machine.State:
        """The state of a run that has not taken a step."""
        return machine.begin(self.program)

    def advance(self, state: machine.State, facts: machine.Facts, now: datetime, calendar: Calendar) -> machine.Move:
        """Run on from `state` until an action, a wait or the end."""
        return machine.advance(self.program, state, facts, now, calendar)

    def wake(self, state: machine.State, event_type: str | None, now: datetime) -> machine.State:
        """The state after its wait ended by an event, or (None) by time."""
        return machine.wake(self.program, state, event_type=event_type, now=now)

    def follows(self, state: machine.State) -> bool:
        """Whether `state` waits until a field, which news of the subject may move."""
        return machine.follows(self.program, state)

    def hears(
        self, state: machine.State, event_type: str, facts: machine.Facts, now: datetime, calendar: Calendar
    ) -> bool:
        """Whether the event ends the wait in which `state` stands."""
        return machine.hears(self.program, state, event_type=event_type, facts=facts, now=now, calendar=calendar)

    def again(self, state: machine.State) -> machine.State:
        """The state that offers the pending action once more."""
        return machine.again(self.program, state)


@dataclass(frozen=True, kw_only=True)
class CompiledRules:
    """All workflows of a tenant that decide, at one revision."""

    tenant_id: int
    revision: int
    by_id: Mapping[UUID, CompiledWorkflow]
    index: LayeredIndex[CompiledWorkflow]

    @cached_property
    def by_version(self) -> Mapping[UUID, CompiledWorkflow]:
        """The same workflows by their version's id."""
        return {workflow.version_id: workflow for workflow in self.by_id.values()}

    @cached_property
    def triggers(self) -> frozenset[str]:
        """The event types that any of them is triggered by: what else happens needs no look."""
        return frozenset(workflow.plan.trigger.type for workflow in self.by_id.values())

    @cached_property
    def scheduled(self) -> tuple[CompiledWorkflow, ...]:
        """The workflows that the clock triggers."""
        return tuple(workflow for workflow in self.by_id.values() if workflow.plan.trigger.type == "schedule")


def load_rules(tenant_id: int, revision: int) -> CompiledRules:
    """The tenant's rules at `revision` (`publish.revision_of`), from memory when they are there.

    Must run in the tenant's transaction: raises TenantMixupError elsewhere, for an empty answer would be remembered;
    and in one that has not published itself, for what it saw would be remembered even if it were rolled back.
    """
    if current_tenant() != tenant_id:
        raise TenantMixupError(f"rules of tenant {tenant_id} outside of its transaction")
    known = _rules.get(tenant_id)
    if known is not None and known.revision == revision:
        return known
    rules = rules_from(_published(tenant_id, known), tenant_id=tenant_id, revision=revision, before=known)
    _rules.put(tenant_id, rules)
    return rules


def rules_from(
    workflows: Iterable[CompiledWorkflow], *, tenant_id: int, revision: int = 0, before: CompiledRules | None = None
) -> CompiledRules:
    """A set of rules from workflows at hand: what is published, or what a back-test asks about.

    `before` is the set that they came from, as far as there was one: where little has changed its index is built upon.
    """
    by_id = {workflow.id: workflow for workflow in sorted(workflows, key=lambda workflow: workflow.id.int)}
    found = layered(by_id, before=before.index if before is not None else None, entry_of=_entry_of, build=_build)
    return CompiledRules(tenant_id=tenant_id, revision=revision, by_id=by_id, index=found)


def compile_version(version_id: UUID) -> CompiledWorkflow:
    """One version, whatever its standing: for runs that are pinned to it and for tries of a draft.

    Raises Version.DoesNotExist (also for another tenant's), BrokenVersionError.
    """
    tenant_id = tenant_at_work()
    rules = _rules.get(tenant_id)
    if rules is not None and version_id in rules.by_version:
        return rules.by_version[version_id]
    key = (tenant_id, version_id)
    pinned = _pinned.get(key)
    if pinned is None:
        version = Version.objects.get(tenant_id=tenant_id, id=version_id)
        pinned = compile_document(
            documents_of([version_id])[version_id],
            workflow_id=version.workflow_id,
            version_id=version_id,
            number=version.number,
        )
        _pinned.put(key, pinned)
    return pinned


def compile_document(
    document: object,
    *,
    workflow_id: UUID,
    version_id: UUID,
    number: int,
    is_watch: bool = False,
    live_since: datetime | None = None,
) -> CompiledWorkflow:
    """A document, ready to run. Raises BrokenVersionError when its structure is wrong."""
    plan, problems = parse(document)
    if plan is None:
        raise BrokenVersionError(f"version {version_id}: {problems[0].path}: {problems[0].problem}")
    return CompiledWorkflow(
        id=workflow_id, version_id=version_id, number=number, name=plan.name, plan=plan, reads=reads_of(plan),
        is_watch=is_watch, live_since=live_since,
    )  # fmt: skip


def forget() -> None:
    """Drop all that this process remembers."""
    _rules.clear()
    _pinned.clear()


def _entry_of(workflow: CompiledWorkflow) -> Entry:
    return workflow.id, workflow.plan.trigger, indexed_by(workflow.plan)


def _build(entries: Sequence[Entry]) -> index.Index[UUID]:
    return index.build(entries, kinds=kind_of, is_settled=is_settled)


def _check(condition: Condition | None) -> Check | None:
    return compile_condition(condition, kind_of) if condition is not None else None


# What the process remembers.

_rules: Memory[int, CompiledRules] = Memory(weigh=lambda rules: len(rules.by_id), most=lambda: MOST_WORKFLOWS)
_pinned: Memory[tuple[int, UUID], CompiledWorkflow] = Memory(weigh=lambda _: 1, most=lambda: MOST_PINNED)

_PUBLISHED = """
select w.id, w.state = 'watching', w.live_since, v.id, v.number
from workflows_workflow w
join workflows_version v on v.tenant_id = w.tenant_id and v.workflow_id = w.id and v.number = w.published
where w.tenant_id = %s and w.state in ('live', 'watching') order by w.id"""


def _published(tenant_id: int, known: CompiledRules | None) -> Iterator[CompiledWorkflow]:
    """The workflows that decide now: those that stayed as they were from `known`, the others read and compiled."""
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISHED, [tenant_id])
        rows: list[tuple[UUID, bool, datetime, UUID, int]] = cursor.fetchall()
    ready = known.by_version if known is not None else {}
    as_before = {
        row[3] for row in rows
        if (kept := ready.get(row[3])) is not None and kept.live_since == row[2] and kept.is_watch is row[1]
    }  # fmt: skip
    documents = documents_of([row[3] for row in rows if row[3] not in as_before])
    for workflow_id, is_watch, live_since, version_id, number in rows:
        if version_id in as_before:
            yield ready[version_id]
            continue
        try:
            yield compile_document(
                documents.pop(version_id), workflow_id=workflow_id, version_id=version_id, number=number,
                is_watch=is_watch, live_since=live_since,
            )  # fmt: skip
        except BrokenVersionError:
            log.exception("workflow_broken", tenant=tenant_id, workflow=str(workflow_id))
