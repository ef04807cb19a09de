"""A run that failed is tried again from its failed step, by the worker itself."""

from typing import Any

import pytest
from django.utils.timezone import now as clock

from dashboards.boards.models import Board, Case
from postsale.events.kinds import Reported
from postsale.events.record import record
from postsale.tenants.scope import tenant
from tests.api.kit import DOCUMENT, Api
from tests.factories import make_tenant
from workflows.runs.process import process_some

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_failed_run_goes_on_at_its_failed_step() -> None:
    shop = make_tenant()
    api = Api(shop.api_key)
    made = api.ask("POST", "workflows/", {**DOCUMENT, "steps": DOCUMENT["steps"][1:]}).json()
    assert api.ask("POST", f"workflows/{made['id']}/publish/").status_code == 200
    with tenant(shop.id):
        Board.objects.filter(tenant_id=shop.id, slug="late-shipments").delete()
    _label(shop.id)
    process_some()
    failed = _only_run(api)
    with tenant(shop.id):
        Board.objects.create(tenant_id=shop.id, slug="late-shipments", name="Late Shipments")

    answer = api.ask("POST", f"runs/{failed['id']}/retry/")
    process_some()

    done = _only_run(api)
    assert (failed["state"], failed["steps"][0]["state"], answer.status_code) == ("failed", "failed", 200)
    assert (done["id"], done["state"], done["steps"][0]["state"]) == (failed["id"], "done", "done")
    with tenant(shop.id):
        assert Case.objects.filter(tenant_id=shop.id).count() == 1


def _label(tenant_id: int) -> None:
    data = {
        "order": {"number": "1001", "sales_channel": "shopify-us"},
        "parcel": {"carrier": "ups", "tracking_number": "1Z1001"},
    }
    now = clock()
    with tenant(tenant_id):
        event = Reported(type="label.created", external_id="evt-1", occurred_at=now, data=data)
        record(tenant_id, [event], source="shopify-us", now=now)


def _only_run(api: Api) -> Any:
    (run,) = api.get("runs/")["results"]
    return run
