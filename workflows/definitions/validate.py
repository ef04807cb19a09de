"""Everything wrong with a document, found at once: its structure, and whether what it says means anything here.

`problems_of` of a document that may be stored is empty. Nothing here raises, whatever the document is, and nothing is
looked up: the shop's names come with the call. Texts and the members of `with` are each action's own business.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from difflib import get_close_matches

from cronsim import CronSim, CronSimError

from workflows.catalog import fields, triggers
from workflows.catalog.shelf import ACTIONS, ShopNames
from workflows.engine.document import parse
from workflows.engine.grammar import (
    Branch,
    Condition,
    Do,
    Gate,
    Group,
    Leaf,
    Plan,
    Problem,
    Step,
    Trigger,
    WaitEvent,
    WaitFor,
    WaitUntil,
)
from workflows.engine.operators import OPERATORS, operators_for, value_problem
from workflows.engine.phrases import leaves, parse_condition
from workflows.engine.reading import brief, join

MOST_SUGGESTED = 12
#: Operators whose value names choices of the field.
_NAMING = frozenset({"is", "is_not", "in", "not_in", "equals", "not_equals", "has_been", "has_not_been", "was"})
_NAMING_CHANGES = frozenset({"changed_to", "changed_from"})
#: Operators that ask what was before: nobody remembers that of the clock and of items.
_OF_THE_PAST = frozenset({"was", "has_been", "has_not_been", "changed", "changed_to", "changed_from"})
_WITHOUT_PAST = ("now.", "items.")


def problems_of(document: object, shop: ShopNames) -> list[Problem]:
    """All that is wrong with `document` (decoded JSON) in the shop with these names; empty when it may be stored."""
    plan, problems = parse(document)
    return problems if plan is None else list(_of_plan(plan, shop))


def condition_problems(value: object, path: str, shop: ShopNames) -> list[Problem]:
    """All that is wrong with a condition on its own: a board's rule, the `until` of `board.add`."""
    condition, problems = parse_condition(value, path)
    return problems if condition is None else list(_of_condition(condition, path, shop))


def _of_plan(plan: Plan, shop: ShopNames) -> Iterator[Problem]:
    yield from _of_trigger(plan.trigger, shop)
    yield from _of_steps(plan.steps, "steps", shop)


def _of_trigger(trigger: Trigger, shop: ShopNames) -> Iterator[Problem]:
    if trigger.type == "schedule":
        yield from _of_cron(trigger.at)
        return
    row = triggers.trigger_of(trigger.type)
    if row is None or not row.starts:
        yield from _unknown_event(trigger.type, "trigger.type")
        return
    for key, values in (("to", trigger.to), ("from", trigger.from_)):
        if values and row.field is None:
            yield Problem(
                path=f"trigger.{key}", problem=f"{trigger.type} has no {key!r}", expected="a trigger about a change"
            )
        elif values and row.field is not None:
            yield from _of_choices(row.field, list(values), f"trigger.{key}", shop, each=True)


def _of_cron(at: str) -> Iterator[Problem]:
    expected = "five fields of cron, such as 0 9 * * mon-fri"
    if len(at.split()) != 5 or len(at) > 200:
        yield Problem(path="trigger.at", problem=f"{brief(at)} has not five fields", expected=expected)
        return
    try:
        next(CronSim(at, datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration) as error:
        yield Problem(path="trigger.at", problem=f"not a schedule: {error!s}", expected=expected)


def _of_steps(steps: tuple[Step, ...], path: str, shop: ShopNames) -> Iterator[Problem]:
    for at, step in enumerate(steps):
        yield from _of_step(step, f"{path}[{at}]", shop)


def _of_step(step: Step, path: str, shop: ShopNames) -> Iterator[Problem]:
    match step:
        case Gate():
            yield from _of_condition(step.if_, join(path, "if"), shop)
            yield from _of_steps(step.else_, join(path, "else"), shop)
        case Branch():
            for at, way in enumerate(step.paths):
                yield from _of_condition(way.if_, f"{path}.paths[{at}].if", shop)
                yield from _of_steps(way.steps, f"{path}.paths[{at}].steps", shop)
            yield from _of_steps(step.otherwise, join(path, "otherwise"), shop)
        case WaitFor():
            pass
        case WaitUntil():
            yield from _of_moment(step.field, join(path, "until.field"))
        case WaitEvent():
            row = triggers.trigger_of(step.type)
            if row is None or not row.starts or row.origin in ("time", "person"):
                yield from _unknown_event(step.type, join(path, "until_event.type"))
            if step.if_ is not None:
                yield from _of_condition(step.if_, join(path, "until_event.if"), shop)
        case Do():  # pragma: no branch -- the last kind of step
            yield from _of_action(step, path, shop)


def _of_action(step: Do, path: str, shop: ShopNames) -> Iterator[Problem]:
    if step.action in ACTIONS:
        yield from ACTIONS[step.action].problems(step.with_, join(path, "with"), shop)
    else:
        keys = sorted(action.key for action in ACTIONS)
        yield Problem(
            path=join(path, "action"),
            problem=f"unknown action {brief(step.action)}",
            expected=_one_of(step.action, keys),
        )
    if step.guard is not None:
        yield from _of_condition(step.guard, join(path, "guard"), shop)


def _of_moment(name: str, path: str) -> Iterator[Problem]:
    if not fields.known(name):
        yield _unknown_field(name, path)
    elif fields.kind_of(name) not in ("datetime", "any"):
        moments = [each.path for each in fields.FIELDS.values() if each.kind == "datetime"]
        yield Problem(path=path, problem=f"{name} is not a moment", expected=_one_of(name, moments))


def _of_condition(condition: Condition, path: str, shop: ShopNames) -> Iterator[Problem]:
    yield from _of_groups(condition, path)
    for at, leaf in leaves(condition, path):
        yield from _of_leaf(leaf, at, shop)


def _of_groups(condition: Condition, path: str) -> Iterator[Problem]:
    if isinstance(condition, Leaf):
        return
    if condition.kind == "at_least" and condition.k > len(condition.of):
        yield Problem(
            path=join(path, "at_least"),
            problem=f"{condition.k} of {len(condition.of)} can never hold",
            expected=f"at most {len(condition.of)}",
        )
    for at, child in enumerate(condition.of):
        yield from _of_groups(child, f"{join(path, _word_of(condition))}[{at}]")


def _word_of(group: Group) -> str:
    return "of" if group.kind == "at_least" else group.kind


def _of_leaf(leaf: Leaf, path: str, shop: ShopNames) -> Iterator[Problem]:
    """A leaf's field, then its operator, then its value: each only where the one before makes sense."""
    operator = OPERATORS.get(leaf.op)
    if operator is None:
        yield Problem(
            path=join(path, "op"),
            problem=f"unknown operator {brief(leaf.op)}",
            expected=_one_of(leaf.op, list(OPERATORS)),
        )
    if not fields.known(leaf.field):
        yield _unknown_field(leaf.field, join(path, "field"))
        return
    if operator is None:
        return
    kind = fields.kind_of(leaf.field)
    if leaf.op in _OF_THE_PAST and leaf.field.startswith(_WITHOUT_PAST):
        fitting = [op for op in operators_for(kind) if op not in _OF_THE_PAST]
        problem = f"what {leaf.field} was before is not kept, so {leaf.op} can't be asked"
        yield Problem(path=join(path, "op"), problem=problem, expected=f"one of {', '.join(fitting)}")
        return
    wrong = value_problem(leaf.op, kind, leaf.value, leaf.for_)
    if wrong is not None:
        problem, expected = wrong
        yield Problem(path=join(path, _member_of(leaf, kind)), problem=problem, expected=expected)
    elif leaf.op in _NAMING | _NAMING_CHANGES:
        values = leaf.value if isinstance(leaf.value, list) else [leaf.value]
        yield from _of_choices(leaf.field, values, join(path, "value"), shop, each=isinstance(leaf.value, list))


def _member_of(leaf: Leaf, kind: str) -> str:
    """Which member the problem is about: the operator if it doesn't fit or lacks its `for`, else the `for` or value."""
    operator = OPERATORS[leaf.op]
    if kind.partition(":")[0] not in operator.kinds or (operator.needs_for and leaf.for_ is None):
        return "op"
    return "for" if leaf.for_ is not None and not (operator.needs_for or operator.takes_for) else "value"


def _of_choices(name: str, values: list[object], path: str, shop: ShopNames, *, each: bool) -> Iterator[Problem]:
    """The values that a choice field can't have; `each`: they stand in a list."""
    choices = _choices_of(name, shop)
    if not choices:
        return
    known = {choice.casefold() for choice in choices}
    for at, value in enumerate(values):
        if isinstance(value, str) and value.casefold() not in known:
            yield Problem(
                path=f"{path}[{at}]" if each else path,
                problem=f"{name} is never {brief(value)}",
                expected=_one_of(value, sorted(choices)),
            )


def _choices_of(name: str, shop: ShopNames) -> Collection[str]:
    """What a field can be; empty: anything."""
    if name == "order.ops_status":
        return shop.ops_statuses
    field = fields.field_at(name)
    return [key for key, _ in field.choices] if field is not None else []


def _unknown_field(name: str, path: str) -> Problem:
    meant = fields.suggest(name)
    expected = f"did you mean {meant}?" if meant else "a field such as order.number or order.custom.<name>"
    return Problem(path=path, problem=f"unknown field {brief(name)}", expected=expected)


def _unknown_event(event_type: str, path: str) -> Iterator[Problem]:
    meant = triggers.suggest(event_type)
    expected = f"did you mean {meant}?" if meant else "an event type such as label.created or custom.<name>"
    yield Problem(path=path, problem=f"unknown event type {brief(event_type)}", expected=expected)


def _one_of(said: str, known: list[str]) -> str:
    """What was probably meant, or what there is."""
    close = get_close_matches(said, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    more = ", …" if len(known) > MOST_SUGGESTED else ""
    return f"one of {', '.join(known[:MOST_SUGGESTED])}{more}"
