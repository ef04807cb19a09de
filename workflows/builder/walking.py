"""Walking through a plan: every step, however deep, with the conditions that lead to it."""

from collections.abc import Iterable, Iterator

from workflows.engine.grammar import Branch, Gate, Plan, Step


def steps_of(plan: Plan) -> Iterator[Step]:
    """Every step of the plan, in the order in which it is read."""
    return _within(plan.steps)


def _within(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        match step:
            case Gate():
                yield from _within(step.else_)
            case Branch():
                for path in step.paths:
                    yield from _within(path.steps)
                yield from _within(step.otherwise)
