"""The templates that a shop can start from."""

import json
from pathlib import Path
from typing import Any

import pytest

from postsale.tenants.shop import OPS_STATUSES
from workflows.definitions.library import templates
from workflows.definitions.names import Names
from workflows.definitions.store import InvalidDocumentError
from workflows.definitions.validate import problems_of

EXAMPLES = Path(__file__).parent / "examples"
#: What every new tenant has.
NEW = Names(
    boards={"exceptions": "Exceptions", "late-shipments": "Late Shipments"},
    dashboards={"operations": "Operations"},
    ops_statuses=OPS_STATUSES,
    members=frozenset({"owner@shop.example"}),
)


def example(name: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return said


def test_the_founding_stories_come_first_and_say_what_the_contract_says() -> None:
    first, second = list(templates().values())[:2]

    assert first.document(channel="shopify-us") == example("shipment_exception")
    assert second.document() == example("late_handoff")


@pytest.mark.parametrize("key", list(templates()))
def test_every_template_is_valid_for_a_new_tenant(key: str) -> None:
    document = templates()[key].document()

    assert problems_of(document, NEW) == []
    assert "[[" not in json.dumps(document)


@pytest.mark.parametrize("key", list(templates()))
def test_every_template_takes_the_least_and_the_most_of_its_inputs(key: str) -> None:
    template = templates()[key]
    wholes = [each for each in template.inputs if each.kind == "whole"]

    for bound in ("least", "most"):
        document = template.document(**{each.key: getattr(each, bound) for each in wholes})

        assert problems_of(document, NEW) == []


def test_there_are_enough_templates_with_titles_of_their_own() -> None:
    titles = {template.title for template in templates().values()}

    assert len(titles) == len(templates()) == 19


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "one day"), (2, "two days"), (12, "twelve days"), (13, "13 days")],
)
def test_texts_count_as_people_do(days: int, words: str) -> None:
    document = templates()["late_handoff"].document(days=days)

    assert document["description"] == f"Labels that the carrier has not picked up {words} after they were created."
    assert document["steps"][0]["if"]["all"][0]["value"] == {"days": days}


@pytest.mark.parametrize(("total", "said"), [("250", "250.00"), (99.5, "99.50"), (1000, "1000.00")])
def test_money_is_decimal_text(total: object, said: str) -> None:
    document = templates()["high_value_watch"].document(total=total)

    assert document["steps"][0]["if"]["any"][0]["value"] == said


@pytest.mark.parametrize(
    ("key", "values", "path"),
    [
        ("late_handoff", {"days": 0}, "inputs.days"),
        ("late_handoff", {"days": 61}, "inputs.days"),
        ("late_handoff", {"days": "2"}, "inputs.days"),
        ("late_handoff", {"days": True}, "inputs.days"),
        ("late_handoff", {"hours": 2}, "inputs.hours"),
        ("customs_hold", {"days": 2}, "inputs.days"),
        ("shipment_exception", {"channel": " "}, "inputs.channel"),
        ("shipment_exception", {"channel": "x" * 201}, "inputs.channel"),
        ("shipment_exception", {"channel": None}, "inputs.channel"),
        ("high_value_watch", {"total": "12.345"}, "inputs.total"),
        ("high_value_watch", {"total": "-1"}, "inputs.total"),
        ("high_value_watch", {"total": True}, "inputs.total"),
        ("high_value_watch", {"total": "much"}, "inputs.total"),
    ],
)
def test_an_input_that_does_not_fit_is_named(key: str, values: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidDocumentError) as refused:
        templates()[key].document(**values)

    assert [problem.path for problem in refused.value.problems] == [path]


def test_an_input_never_becomes_another_input() -> None:
    document = templates()["shipment_exception"].document(channel="[[channel]]")

    assert document["steps"][0]["if"]["all"][0]["value"] == "[[channel]]"


def test_two_documents_of_one_template_share_nothing() -> None:
    template = templates()["late_handoff"]

    template.document()["steps"].clear()

    assert template.document() == example("late_handoff")
