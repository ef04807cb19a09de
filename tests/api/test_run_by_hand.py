"""`POST /api/v1/workflows/{id}/run/`: a person runs a workflow for one order; its conditions and once_per count."""

from typing import Any
from uuid import uuid4

import pytest

from postsale.models import AuditEntry, Order
from postsale.tenants.scope import tenant
from tests.api.kit import Api, order_in, person
from tests.factories import MadeTenant, make_member, make_tenant
from workflows.runs.models import RunKey
from workflows.runs.process import process_some

pytestmark = pytest.mark.django_db(transaction=True)


def by_hand(**changed: Any) -> dict[str, Any]:
    """Tags the order, if it is still new."""
    return {
        "format": "postsale.workflow/1", "name": "Check by hand", "trigger": {"type": "manual"},
        "steps": [
            {"id": "new", "kind": "condition", "if": {"field": "order.ops_status", "op": "is", "value": "new"}},
            {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "checked"}},
        ],
    } | changed  # fmt: skip


def published(api: Api, document: dict[str, Any], mode: str = "live") -> str:
    """The id of a workflow that is in force."""
    made = api.ask("POST", "workflows/", document).json()
    assert api.ask("POST", f"workflows/{made['id']}/publish/", {"mode": mode}).status_code == 200
    return str(made["id"])


def an_order(shop: MadeTenant, number: str = "1001") -> str:
    """The id of an order."""
    with tenant(shop.id):
        return str(order_in(shop.id, number)[0])


def test_it_runs_once_for_the_order_and_says_who_wanted_it() -> None:
    shop = make_tenant()
    api, order = Api(shop.api_key), an_order(shop)
    workflow = published(api, by_hand())

    answer = api.ask("POST", f"workflows/{workflow}/run/", {"order": order})
    again = api.ask("POST", f"workflows/{workflow}/run/", {"order": order})
    process_some()

    assert (answer.status_code, again.status_code) == (202, 409)
    run = api.get(f"runs/{answer.json()['runs'][0]}/")
    assert (run["state"], run["order"], run["trigger"]["type"]) == ("done", order, "manual")
    assert api.get(f"orders/{order}/")["tags"] == ["checked"]
    with tenant(shop.id):
        assert [entry.target for entry in AuditEntry.objects.filter(action="workflow.started")] == [workflow]


def test_where_its_conditions_do_not_hold_it_stops_says_why_and_may_be_tried_again() -> None:
    shop = make_tenant()
    api, order = Api(shop.api_key), an_order(shop)
    workflow = published(api, by_hand())
    api.ask("PATCH", f"orders/{order}/", {"ops_status": "closed"})

    first = api.ask("POST", f"workflows/{workflow}/run/", {"order": order}).json()["runs"][0]
    process_some()
    api.ask("PATCH", f"orders/{order}/", {"ops_status": "new"})
    second = api.ask("POST", f"workflows/{workflow}/run/", {"order": order}).json()["runs"][0]
    process_some()

    stopped = api.get(f"runs/{first}/")
    assert (stopped["state"], stopped["steps"][0]["verdict"]["holds"]) == ("stopped", False)
    assert "closed" in stopped["steps"][0]["verdict"]["words"].lower()
    assert api.get(f"runs/{second}/")["state"] == "done"


def test_in_watch_mode_nothing_is_done() -> None:
    shop = make_tenant()
    api, order = Api(shop.api_key), an_order(shop)
    workflow = published(api, by_hand(), mode="watch")

    run = api.ask("POST", f"workflows/{workflow}/run/", {"order": order}).json()["runs"][0]
    process_some()

    assert api.get(f"runs/{run}/")["state"] == "watched"
    assert api.get(f"orders/{order}/")["tags"] == []


def test_once_per_event_means_each_time_somebody_asks() -> None:
    shop = make_tenant()
    api, order = Api(shop.api_key), an_order(shop)
    workflow = published(api, by_hand(once_per="event"))

    answers = [api.ask("POST", f"workflows/{workflow}/run/", {"order": order}).status_code for _ in range(2)]
    process_some()

    assert answers == [202, 202]
    with tenant(shop.id):
        assert RunKey.objects.filter(tenant_id=shop.id, fired_at__isnull=False).count() == 2


def test_what_can_not_be_run_is_refused() -> None:
    shop, stranger = make_tenant(), make_tenant()
    api, order = Api(shop.api_key), an_order(shop)
    draft = api.ask("POST", "workflows/", by_hand()).json()["id"]
    other = published(api, by_hand(trigger={"type": "label.created"}, name="Not by hand"))
    workflow = published(api, by_hand(name="By hand"))
    foreign = an_order(stranger)

    asked = [(draft, order), (other, order), (workflow, foreign), (workflow, str(uuid4())), (str(uuid4()), order)]
    answers = [api.ask("POST", f"workflows/{each}/run/", {"order": about}).status_code for each, about in asked]

    assert answers == [409, 409, 404, 404, 404]
    assert api.ask("POST", f"workflows/{workflow}/run/", {"order": "x"}).status_code == 422


def test_a_viewer_may_not_run_anything() -> None:
    shop = make_tenant()
    api, order = Api(shop.api_key), an_order(shop)
    workflow = published(api, by_hand())
    make_member(shop.id, role="viewer", email="vera@shop.example")

    answer = person("vera@shop.example").post(
        f"/api/v1/workflows/{workflow}/run/", {"order": order}, content_type="application/json"
    )

    assert answer.status_code == 403
    with tenant(shop.id):
        assert Order.objects.get(id=order).tags == []
