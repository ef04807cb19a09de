"""An index that is built upon finds what an index built anew would find."""

from collections.abc import Set
from random import Random
from uuid import UUID

import pytest

from tests.workflows.definitions.conftest import a_document
from workflows.definitions import layered as layering
from workflows.definitions.compile import CompiledRules, CompiledWorkflow, compile_document, rules_from

CHANNELS = ("shopify-us", "ebay", "amazon")


def workflow(number: int, channel: str) -> CompiledWorkflow:
    document = a_document(channel=channel)
    return compile_document(document, workflow_id=UUID(int=number), version_id=UUID(int=number), number=1)


def answers(rules: CompiledRules) -> list[tuple[list[UUID], Set[UUID]]]:
    worlds = [{"order.sales_channel": channel} for channel in CHANNELS]
    return [rules.index.sift("label.created", None, None, facts) for facts in (*worlds, {})]


@pytest.mark.parametrize("seed", range(8))
def test_any_history_of_changes_finds_the_same_as_a_fresh_index(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layering, "FEW", 6)
    rng = Random(seed)  # noqa: S311 -- a seed, not a secret
    at_hand = {number: workflow(number, rng.choice(CHANNELS)) for number in range(20)}
    rules = rules_from(at_hand.values(), tenant_id=1)

    for _ in range(30):
        number = rng.randrange(30)
        if rng.random() < 0.3:
            at_hand.pop(number, None)
        else:
            at_hand[number] = workflow(number, rng.choice(CHANNELS))
        rules = rules_from(at_hand.values(), tenant_id=1, before=rules)

        assert answers(rules) == answers(rules_from(at_hand.values(), tenant_id=1))


def test_a_small_change_keeps_the_big_layer_and_a_large_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layering, "FEW", 2)
    at_hand = [workflow(number, "ebay") for number in range(10)]
    rules = rules_from(at_hand, tenant_id=1)

    small = rules_from([*at_hand[:9], workflow(9, "amazon")], tenant_id=1, before=rules)
    large = rules_from([*at_hand[:7], *(workflow(at, "amazon") for at in (7, 8, 9))], tenant_id=1, before=small)

    assert small.index.base is rules.index.base
    assert large.index.base is not rules.index.base
