"""What looks wrong in one workflow: questions that can't hold, paths nobody takes, values never seen."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from workflows.builder.checker.findings import Finding
from workflows.builder.checker.logic import clash, covers, follows, parts_of
from workflows.builder.walking import steps_of
from workflows.catalog.fields import field_at, is_settled
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.names import Names
from workflows.engine.conditions import ABOUT, leading_gates
from workflows.engine.grammar import Branch, Condition, Do, Gate, Group, Leaf, Plan, Step, Trigger
from workflows.engine.sentences import condition_words

#: What an action sets for sure, so that questions before it say nothing any more about the field.
_CHANGES = {
    "order.set_status": "order.ops_status", "order.add_tag": "order.tags", "order.remove_tag": "order.tags",
    "order.assign": "order.assignee", "order.add_note": "order.notes",
}  # fmt: skip
_TIMED = {"older_than", "has_been", "has_not_been", "was", "within_last", "within_next", "before", "after", "on"}
#: Fields whose values a shop brings itself; a value that its newest orders never had is worth a look.
_OWN_VALUES = {"order.sales_channel", "parcel.carrier", "order.currency", "address.country", "parcel.service",
               "parcel.warehouse"}  # fmt: skip


def findings(
    plan: Plan, *, workflow_id: UUID | None, names: Names, seen: Mapping[str, Collection[str]]
) -> list[Finding]:
    """All findings in `plan`, from top to bottom. `seen`: field → the values of the shop's newest orders."""
    reader = _Reader(workflow_id, names)
    return [*reader.read(plan.steps, _known_at_the_start(plan)), *_never_seen(plan, workflow_id, names, seen)]


class _Reader:
    """Reads steps with what is known to hold when they are reached."""

    def __init__(self, workflow_id: UUID | None, names: Names) -> None:
        self.workflow_id = workflow_id
        self.names = names

    def read(self, steps: Sequence[Step], known: list[Leaf]) -> Iterator[Finding]:
        held = list(known)
        for step in steps:
            match step:
                case Gate():
                    yield from self._gate(step, held)
                    yield from self.read(step.else_, list(known))
                    held += parts_of(step.if_)
                case Branch():
                    yield from self._branch(step, held)
                    held = self._after(step, held)
                case Do():
                    held = [leaf for leaf in held if leaf.field != _CHANGES.get(step.action)]
                case _:
                    # While it waits, everything may change but what is settled.
                    held = [leaf for leaf in held if is_settled(leaf.field)]

    def _gate(self, gate: Gate, held: list[Leaf]) -> Iterator[Finding]:
        asked = list(parts_of(gate.if_))
        found = clash(held, asked)
        if found is not None:
            yield self._never(gate.id, found, "Nothing gets past this step.")
        elif asked and covers_all(gate.if_, held):
            yield Finding(
                workflow_id=self.workflow_id, step_id=gate.id,
                words=f"“{self._said(gate.if_)}” always holds here: earlier steps asked it already.",
                advice="Leave this step out, or ask something else.",
            )  # fmt: skip

    def _branch(self, branch: Branch, held: list[Leaf]) -> Iterator[Finding]:
        for at, path in enumerate(branch.paths):
            name = path.name or f"Path {at + 1}"
            found = clash(held, parts_of(path.if_))
            earlier = next((e for e in branch.paths[:at] if covers(e.if_, path.if_)), None)
            if found is not None:
                yield self._never(branch.id, found, f"The path “{name}” is never taken.")
            elif earlier is not None:
                before = earlier.name or f"Path {branch.paths.index(earlier) + 1}"
                yield Finding(
                    workflow_id=self.workflow_id, step_id=branch.id, weight="warn",
                    words=f"The path “{name}” is never taken: “{before}” comes first and takes all that would go there.",
                    advice="Put the narrower path first.",
                )  # fmt: skip
            yield from self.read(path.steps, [*held, *parts_of(path.if_)])
        yield from self.read(branch.otherwise, list(held))

    def _after(self, branch: Branch, held: list[Leaf]) -> list[Leaf]:
        """What is still known behind a branch: nothing that a step inside may have changed."""
        inside = [*branch.otherwise, *(step for path in branch.paths for step in path.steps)]
        if any(not isinstance(step, Do) for step in inside):
            return [leaf for leaf in held if is_settled(leaf.field)]
        changed = {_CHANGES.get(step.action) for step in inside if isinstance(step, Do)}
        return [leaf for leaf in held if leaf.field not in changed]

    def _never(self, step_id: str, found: tuple[Leaf, Leaf], end: str) -> Finding:
        leaf, other = found
        return Finding(
            workflow_id=self.workflow_id, step_id=step_id, weight="warn",
            words=f"“{self._said(leaf)}” can't hold where “{self._said(other)}” holds. {end}",
            advice="Change one of the two.",
        )  # fmt: skip

    def _said(self, condition: Condition) -> str:
        return condition_words(condition, self.names, VOCABULARY)


def covers_all(condition: Condition, known: Sequence[Leaf]) -> bool:
    """Whether `condition` is nothing but questions that are answered by `known` already."""
    asked = list(parts_of(condition))
    plain = isinstance(condition, Leaf) or (condition.kind == "all" and len(asked) == len(condition.of))
    return plain and all(follows(leaf, known) for leaf in asked)


def _known_at_the_start(plan: Plan) -> list[Leaf]:
    """What the trigger says; where the leading gates ask for a time, they may be decided long after it."""
    said = _said_by(plan.trigger)
    asked = (leaf for gate in leading_gates(plan) for leaf in _leaves(gate.if_))
    waits = any(leaf.op in _TIMED or leaf.field.startswith("now.") for leaf in asked)
    return [leaf for leaf in said if is_settled(leaf.field)] if waits else said


def _said_by(trigger: Trigger) -> list[Leaf]:
    field = ABOUT.get(trigger.type, "")
    if not trigger.to or not field or field == "order.tags":
        return []
    return [Leaf(field=field, op="in", value=list(trigger.to))]


def _never_seen(
    plan: Plan, workflow_id: UUID | None, names: Names, seen: Mapping[str, Collection[str]]
) -> Iterator[Finding]:
    for step in steps_of(plan):
        for leaf in (leaf for condition in _conditions(step) for leaf in _leaves(condition)):
            known = {value.casefold() for value in seen.get(leaf.field, ())}
            if leaf.field not in _OWN_VALUES or not known or leaf.op not in ("is", "in", "equals"):
                continue
            said = leaf.value if isinstance(leaf.value, list | tuple) else [leaf.value]
            strange = [str(each) for each in said if isinstance(each, str) and each.casefold() not in known]
            if strange:
                field = field_at(leaf.field)
                yield Finding(
                    workflow_id=workflow_id, step_id=step.id,
                    words=f"None of your newest orders has the {field.label.lower() if field else leaf.field} "
                    f"“{'”, “'.join(strange)}”.",
                    advice=f"Seen so far: {', '.join(sorted(seen[leaf.field])[:6])}.",
                )  # fmt: skip


def _conditions(step: Step) -> list[Condition]:
    match step:
        case Gate():
            return [step.if_]
        case Branch():
            return [path.if_ for path in step.paths]
        case Do() if step.guard is not None:
            return [step.guard]
    return []


def _leaves(condition: Condition) -> Iterator[Leaf]:
    if isinstance(condition, Group):
        for each in condition.of:
            yield from _leaves(each)
    else:
        yield condition
