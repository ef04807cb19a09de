"""Why, or why not: any order, any workflow, in words that are true, with the smallest change that flips it."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.workflows.history.kit import DAY, NOW, Shop, make_shop, words
from tests.workflows.runs.kit import label, say, scan
from workflows.definitions.models import Workflow

pytestmark = pytest.mark.django_db(transaction=True)


def tags(trigger: Mapping[str, Any], condition: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A workflow that tags what passes one gate."""
    return {
        "format": "postsale.workflow/1", "name": "Tagger", "trigger": dict(trigger), "once_per": "parcel",
        "steps": [{"id": "gate", "kind": "condition", "if": dict(condition)},
                  {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "x"}}], **more,
    }  # fmt: skip


LABEL = {"type": "label.created"}


def answer(shop: Shop, workflow: Workflow, order: str = "1001") -> str:
    """What the page says, from the answer on."""
    page = words(shop.owner.get(f"/workflows/{workflow.id}/why/", {"order": order}))
    return page.partition('aria-label="The answer"')[2] or page.partition('class="empty card"')[2]


@pytest.mark.parametrize(
    ("condition", "said", "flip"),
    [
        (
            {"field": "order.total", "op": "gte", "value": "100"},
            "the order total is missing",
            "if the order total were",
        ),
        (
            {"field": "order.sales_channel", "op": "is", "value": "ebay-de"},
            "Shopify US",
            "if the sales channel were eBay DE",
        ),
        ({"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 3}}, "Waiting", ""),
    ],
    ids=["a missing value", "the wrong channel", "its time has not come"],
)
def test_the_answer_names_what_stands_in_the_way(
    shop: Shop, condition: Mapping[str, Any], said: str, flip: str
) -> None:
    workflow = shop.workflow(tags(LABEL, condition))
    shop.labels(1, at=NOW - DAY)

    page = answer(shop, workflow)

    assert said in page
    assert (f"It would act {flip}" in page) if flip else ("It would act" not in page)


@pytest.fixture
def shop() -> Shop:
    return make_shop()


def test_what_acted_leads_to_its_run(shop: Shop) -> None:
    workflow = shop.workflow(tags(LABEL, {"field": "order.sales_channel", "op": "is", "value": "shopify-us"}))
    shop.labels(1, at=NOW - DAY)

    page = answer(shop, workflow)

    assert ("Acted" in page, "It would act" in page) == (True, False)
    assert f"/runs/{shop.run().id}/" in page


def test_what_came_before_it_was_switched_on_was_not_heard(shop: Shop) -> None:
    shop.labels(1, at=NOW - DAY)
    workflow = shop.workflow(tags(LABEL, {"field": "order.sales_channel", "op": "is", "value": "shopify-us"}), now=NOW)

    page = answer(shop, workflow)

    assert "Never triggered" in page
    assert "It was not listening yet" in page
    assert "It would act" not in page


def test_what_never_happened_says_what_it_waits_for(shop: Shop) -> None:
    trigger = {"type": "tracking.status_changed", "to": ["exception"]}
    workflow = shop.workflow(tags(trigger, {"field": "order.sales_channel", "op": "is", "value": "shopify-us"}))
    shop.labels(1, at=NOW - DAY)

    assert "It would act when the tracking status changes to Exception." in answer(shop, workflow)


def test_a_run_leads_to_the_question(shop: Shop) -> None:
    gate = {"field": "parcel.tracking_status", "op": "is", "value": "exception"}
    workflow = shop.workflow(tags({"type": "tracking.updated"}, gate))
    say(shop.id, label("1001", "1Z1", at=NOW - DAY), scan("1Z1", "exception", at=NOW - DAY), at=NOW - DAY)
    shop.decide(NOW)
    run = shop.run()

    link = f"/workflows/{workflow.id}/why/?order={run.order_id}"

    assert link in words(shop.owner.get(f"/runs/{run.id}/"))
    assert "Order 1001" in words(shop.owner.get(link))
    assert f"/workflows/{workflow.id}/why/" in words(shop.owner.get(f"/workflows/{workflow.id}/runs/"))


def test_an_order_that_there_is_not_and_another_shops(shop: Shop) -> None:
    workflow, other = shop.workflow(tags(LABEL, {"field": "order.number", "op": "is", "value": "1"})), make_shop()
    other.labels(1, at=NOW - DAY, start=7)

    assert "There is no order zebra." in answer(shop, workflow, "zebra")
    assert "There is no order 7." in answer(shop, workflow, "7")
    assert other.owner.get(f"/workflows/{workflow.id}/why/").status_code == 404
    assert shop.member("viewer").get(f"/workflows/{workflow.id}/why/").status_code == 200
