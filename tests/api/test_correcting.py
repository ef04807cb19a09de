"""`PATCH /api/v1/parcels/{id}/`: a person's correction, in the facts at once, in the log, and to workflows."""

import pytest

from postsale.models import AuditEntry, Event
from postsale.orders.change import open_book
from postsale.tenants.scope import tenant
from tests.api.kit import Api, order_in, person
from tests.factories import make_member, make_tenant
from workflows.runs.models import Run
from workflows.runs.process import process_some

pytestmark = pytest.mark.django_db(transaction=True)
TAG = {
    "format": "postsale.workflow/1", "name": "Taken back", "trigger": {"type": "tracking.reversed"},
    "steps": [{"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "reversed"}}],
}  # fmt: skip


def test_a_correction_is_the_persons_moves_the_order_and_triggers() -> None:
    shop = make_tenant()
    api = Api(shop.api_key)
    with tenant(shop.id):
        order, parcel = order_in(shop.id, "1001")
    api.ask("PATCH", f"parcels/{parcel}/", {"tracking_status": "delivered"})
    process_some()
    made = api.ask("POST", "workflows/", TAG).json()
    api.ask("POST", f"workflows/{made['id']}/publish/")

    answer = api.ask("PATCH", f"parcels/{parcel}/", {"tracking_status": "in_transit"})
    process_some()

    said = answer.json()
    assert (answer.status_code, said["tracking_status"]) == (200, "in_transit")
    assert said["last_set_by"]["tracking_status"]["kind"] == "person"
    assert api.get(f"orders/{order}/")["delivery_status"] == "in_progress"
    assert api.get(f"orders/{order}/")["tags"] == ["reversed"]
    with tenant(shop.id):
        assert Run.objects.get().state == "done"
        types = set(Event.objects.filter(source="postsale").values_list("type", flat=True))
        assert {"tracking.status_changed", "tracking.reversed", "order.delivery_status_changed"} <= types
        assert AuditEntry.objects.filter(action="parcel.corrected").count() == 2
        assert open_book(shop.id, parcel_ids=[parcel], lock=False).parcels[parcel].facts.scans[-1].by is not None


def test_what_is_so_already_tells_nobody() -> None:
    shop = make_tenant()
    api = Api(shop.api_key)
    with tenant(shop.id):
        _, parcel = order_in(shop.id, "1001")

    answer = api.ask("PATCH", f"parcels/{parcel}/", {"tracking_status": "awaiting_carrier"})

    assert answer.status_code == 200
    with tenant(shop.id):
        assert not Event.objects.exists()
        assert not AuditEntry.objects.filter(action="parcel.corrected").exists()


def test_a_status_that_there_is_not_another_shops_parcel_and_a_viewer_are_refused() -> None:
    shop, stranger = make_tenant(), make_tenant()
    with tenant(shop.id):
        _, parcel = order_in(shop.id, "1001")
    make_member(shop.id, role="viewer", email="vera@shop.example")
    body = {"tracking_status": "delivered"}

    seen = person("vera@shop.example").patch(f"/api/v1/parcels/{parcel}/", body, content_type="application/json")

    assert Api(shop.api_key).ask("PATCH", f"parcels/{parcel}/", {"tracking_status": "lost"}).status_code == 422
    assert Api(stranger.api_key).ask("PATCH", f"parcels/{parcel}/", body).status_code == 404
    assert seen.status_code == 403
