"""`match_10000`: one event against 10,000 rules of one trigger, exactly; beside generated code and zen's table."""

import gc
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from time import perf_counter, process_time
from typing import Any

import zen

from tests.bench.figures import Figure
from workflows.catalog.fields import is_settled, kind_of
from workflows.engine import index
from workflows.engine.calendar import Calendar
from workflows.engine.evaluate import compile_condition
from workflows.engine.grammar import Group, Leaf, Trigger

RULES = 10_000
ROUNDS = 3
TYPE = "tracking.status_changed"
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)

#: How many values a text field takes; as in the prototype that the goal was set with.
WORDS = {
    "order.sales_channel": 5, "order.currency": 8, "customer.locale": 11, "address.country": 14, "address.region": 17,
    "parcel.carrier": 20, "parcel.service": 23, "parcel.warehouse": 26, "parcel.location.country": 29,
    "order.ops_status": 32,
}  # fmt: skip
NUMBERS = ("order.item_count", "order.line_count", "parcel.weight_g", "parcel.attempts", "history.status_changes")

type Facts = Mapping[str, object]
type Matcher = Callable[[Facts], Sequence[int]]
type Rule = tuple[Leaf, ...]


def match(*, full: bool) -> list[Figure]:
    """Events a second, of one process and one core; the three answer alike, or it raises."""
    chance = Random(1)  # noqa: S311 -- the same rules each time
    rules = [_rule(chance) for _ in range(RULES)]
    events = [_event(chance) for _ in range(2_000)]
    (indexed, ours), generated, table = _ours(rules), _generated(rules), _zen(rules)
    for event in events[:20]:
        if not list(ours(event)) == list(generated(event)) == sorted(table(event)):
            raise AssertionError("the matchers don't agree")
    gc.collect()
    gc.freeze()
    seconds = {"ours": 0.0, "index": 0.0, "generated": 0.0, "zen": 0.0}
    counts = {"ours": 2_000, "index": 2_000, "generated": 100 if not full else 400, "zen": 10}
    cpu = 0.0
    for _ in range(ROUNDS):
        began = process_time()
        seconds["ours"] += _time(ours, events[: counts["ours"]])
        cpu += process_time() - began
        seconds["index"] += _time(indexed, events)
        seconds["generated"] += _time(generated, events[: counts["generated"]])
        seconds["zen"] += _time(table, events[: counts["zen"]])
    rate = {name: ROUNDS * counts[name] / seconds[name] for name in seconds}
    matches = sum(len(ours(event)) for event in events) / len(events)
    peers = (("generated", "generated code", "≥ 15x"), ("zen", "zen decision table", "≥ 500x"))
    return [
        Figure(
            name="match_10000", value=rate["ours"], unit="events/s", against=words, limit=rate[peer], goal=goal,
            cpu_ms_per_event=1000 * cpu / (ROUNDS * counts["ours"]),
            more={"rules": RULES, "matches_per_event": round(matches, 1), "index_alone": round(rate["index"])},
        )
        for peer, words, goal in peers
    ]  # fmt: skip


def _rule(chance: Random) -> Rule:
    leaves = []
    for name in chance.sample([*WORDS, *NUMBERS], chance.randint(3, 5)):
        if name in NUMBERS:
            leaves.append(Leaf(field=name, op=chance.choice(["gt", "lt"]), value=chance.randint(0, 100)))
        elif chance.random() < 0.7:
            leaves.append(Leaf(field=name, op="is", value=f"v{chance.randrange(WORDS[name])}"))
        else:
            leaves.append(Leaf(field=name, op="in", value=[f"v{n}" for n in chance.sample(range(WORDS[name]), 3)]))
    return tuple(leaves)


def _event(chance: Random) -> Facts:
    words = {name: f"v{chance.randrange(size)}" for name, size in WORDS.items()}
    return {**words, **{name: chance.randint(0, 100) for name in NUMBERS}}


def _ours(rules: Sequence[Rule]) -> tuple[Matcher, Matcher]:
    """The index alone; and the index, then the exact condition of those that it leaves in doubt: as the workers do."""
    conditions = [Group(kind="all", of=rule) for rule in rules]
    trigger = Trigger(type=TYPE)
    entries = [(at, trigger, condition) for at, condition in enumerate(conditions)]
    found = index.build(entries, kind_of, is_settled)
    checks = [compile_condition(condition, kind_of).holds for condition in conditions]
    calendar = Calendar()

    def indexed(facts: Facts) -> list[int]:
        return found.match(TYPE, None, None, facts)

    def matching(facts: Facts) -> list[int]:
        candidates, doubtful = found.sift(TYPE, None, None, facts)
        if not doubtful:
            return candidates
        return [at for at in candidates if at not in doubtful or checks[at](facts, NOW, calendar)]

    return indexed, matching


def _generated(rules: Sequence[Rule]) -> Matcher:
    """All rules as one Python function."""
    words: dict[str, Callable[[Leaf], str]] = {
        "is": lambda leaf: f"e[{leaf.field!r}] == {leaf.value!r}",
        "in": lambda leaf: f"e[{leaf.field!r}] in {tuple(leaf.value)!r}",  # type: ignore[arg-type]
        "gt": lambda leaf: f"e[{leaf.field!r}] > {leaf.value!r}",
        "lt": lambda leaf: f"e[{leaf.field!r}] < {leaf.value!r}",
    }
    lines = [
        f" if {' and '.join(words[leaf.op](leaf) for leaf in rule)}: out.append({at})" for at, rule in enumerate(rules)
    ]
    space: dict[str, Any] = {}
    source = "\n".join(["def scan(e):", " out = []", *lines, " return out"])
    exec(compile(source, "generated", "exec"), space)  # noqa: S102 -- the peer is code made of our own rules
    scan: Matcher = space["scan"]
    return scan


def _zen(rules: Sequence[Rule]) -> Matcher:
    """All rules as one decision table that collects its hits."""
    columns = {name: name.replace(".", "_") for name in [*WORDS, *NUMBERS]}
    cells: dict[str, Callable[[Leaf], str]] = {
        "is": lambda leaf: json.dumps(leaf.value),
        "in": lambda leaf: ", ".join(json.dumps(value) for value in leaf.value),  # type: ignore[attr-defined]
        "gt": lambda leaf: f"> {leaf.value}",
        "lt": lambda leaf: f"< {leaf.value}",
    }
    rows = [
        {"_id": str(at), "out": str(at), **{columns[leaf.field]: cells[leaf.op](leaf) for leaf in rule}}
        for at, rule in enumerate(rules)
    ]
    content = {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in"},
            {"id": "table", "type": "decisionTableNode", "name": "table", "content": {
                "hitPolicy": "collect",
                "inputs": [{"id": each, "name": each, "field": each} for each in columns.values()],
                "outputs": [{"id": "out", "name": "out", "field": "rule"}],
                "rules": rows,
            }},
            {"id": "end", "type": "outputNode", "name": "end"},
        ],
        "edges": [
            {"id": "a", "type": "edge", "sourceId": "in", "targetId": "table"},
            {"id": "b", "type": "edge", "sourceId": "table", "targetId": "end"},
        ],
    }  # fmt: skip
    decision = zen.ZenEngine().create_decision(json.dumps(content))

    def matching(facts: Facts) -> list[int]:
        answer = decision.evaluate({columns[name]: value for name, value in facts.items()})
        return [hit["rule"] for hit in answer["result"]]

    return matching


def _time(matcher: Matcher, events: Sequence[Facts]) -> float:
    began = perf_counter()
    for event in events:
        matcher(event)
    return perf_counter() - began
