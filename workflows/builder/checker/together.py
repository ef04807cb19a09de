"""What looks wrong between workflows: two letters for one event, a fight over a status, a circle."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from uuid import UUID

from workflows.builder.checker.findings import Finding
from workflows.builder.checker.logic import clash, parts_of
from workflows.builder.walking import steps_of
from workflows.engine.conditions import leading_gates
from workflows.engine.grammar import Do, Leaf, Plan, Trigger

#: What an action sets off: the event's type, and where in `with` its `to` stands.
SETS_OFF = {
    "order.set_status": ("order.ops_status_changed", "status"),
    "order.add_tag": ("order.tag_added", "tag"),
    "order.remove_tag": ("order.tag_removed", "tag"),
    "order.assign": ("order.assigned", "member"),
    "order.add_note": ("order.note_added", ""),
}

_SAME_CHANGE = {"tracking.exception_raised": ("exception",), "tracking.delivered": ("delivered",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A workflow that decides, as far as others meet it."""

    id: UUID
    name: str
    plan: Plan

    @property
    def asks(self) -> list[Leaf]:
        """The questions at its head, which must all hold."""
        return [leaf for gate in leading_gates(self.plan) for leaf in parts_of(gate.if_)]

    def does(self, action: str) -> list[Do]:
        """Its steps of that action."""
        return [step for step in steps_of(self.plan) if isinstance(step, Do) and step.action == action]


def findings(workflows: Sequence[Known]) -> list[Finding]:
    """All findings between workflows that decide at the same time."""
    pairs = [(one, other) for one, other in combinations(workflows, 2) if _meet(one, other)]
    return [*_letters(pairs), *_fights(pairs), *_circles(workflows)]


def _meet(one: Known, other: Known) -> bool:
    """May one event start both?"""
    mine, theirs = _plain(one.plan.trigger), _plain(other.plan.trigger)
    if mine.type != theirs.type or mine.type in ("schedule", "manual"):
        return False
    for said, also in ((mine.to, theirs.to), (mine.from_, theirs.from_)):
        if said and also and not set(said) & set(also):
            return False
    return clash(one.asks, other.asks) is None


def _plain(trigger: Trigger) -> Trigger:
    """Triggers that come from one and the same change of a parcel, said in one way."""
    to = _SAME_CHANGE.get(trigger.type)
    return replace(trigger, type="tracking.status_changed", to=to) if to is not None else trigger


def _letters(pairs: Sequence[tuple[Known, Known]]) -> Iterator[Finding]:
    for one, other in pairs:
        if one.does("email.customer") and other.does("email.customer"):
            yield Finding(
                workflow_id=one.id, others=(other.id,), weight="warn",
                words=f"“{one.name}” and “{other.name}” may both e-mail the same customer for the same event.",
                advice="Let their conditions exclude each other, or take the letter out of one.",
            )  # fmt: skip


def _fights(pairs: Sequence[tuple[Known, Known]]) -> Iterator[Finding]:
    for one, other in pairs:
        mine, theirs = ({str(do.with_.get("status")) for do in each.does("order.set_status")} for each in (one, other))
        if mine and theirs and mine != theirs:
            yield Finding(
                workflow_id=one.id, others=(other.id,), weight="warn",
                words=f"“{one.name}” and “{other.name}” set different order statuses for the same event.",
                advice="Which one stays depends on their order. Let only one of them set the status.",
            )  # fmt: skip


def _circles(workflows: Sequence[Known]) -> Iterator[Finding]:
    leads = {each.id: [other.id for other in workflows if _sets_off(each, other)] for each in workflows}
    names = {each.id: each.name for each in workflows}
    told: set[frozenset[UUID]] = set()
    for start in leads:
        circle = _way_back(start, leads)
        if circle is None or frozenset(circle) in told:
            continue
        told.add(frozenset(circle))
        way = " → ".join(f"“{names[each]}”" for each in (*circle, start))
        yield Finding(
            workflow_id=start, others=tuple(circle[1:]), weight="warn", words=f"These start each other: {way}.",
            advice="Postsale stops such a circle after one round; break it, so that it is clear what happens.",
        )  # fmt: skip


def _sets_off(one: Known, other: Known) -> bool:
    trigger = other.plan.trigger
    for step in steps_of(one.plan):
        if not isinstance(step, Do) or step.action not in SETS_OFF:
            continue
        event, where = SETS_OFF[step.action]
        to = step.with_.get(where) if where else None
        if event == trigger.type and (not trigger.to or to in trigger.to):
            return True
    return False


def _way_back(start: UUID, leads: dict[UUID, list[UUID]]) -> tuple[UUID, ...] | None:
    """The shortest way from a workflow to itself, without its end."""
    ways: list[tuple[UUID, ...]] = [(start,)]
    been: set[UUID] = set()
    for way in ways:
        for following in leads[way[-1]]:
            if following == start:
                return way
            if following not in been:
                been.add(following)
                ways.append((*way, following))
    return None
