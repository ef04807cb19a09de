"""An edit by a person: the row and the log change together, in the tenant's transaction only."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from postsale.events.models import Event, EventSubject, Inbox
from postsale.orders.edit_by_person import UnknownOrderError, edit_order
from postsale.orders.models import Order
from postsale.tenants.scope import TenantMixupError, tenant
from tests.api.kit import order_in
from tests.factories import make_tenant

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MARIA = {"kind": "person", "name": "maria@shop.example"}


def test_an_edit_changes_the_row_and_tells_of_it_in_the_log() -> None:
    shop = make_tenant()
    with tenant(shop.id):
        order_id, _ = order_in(shop.id, "1001")

        told = edit_order(order_id, {"ops_status": "resolved", "add_tag": "vip"}, MARIA, NOW)

        order = Order.objects.get(tenant_id=shop.id, id=order_id)
        events = list(Event.objects.filter(tenant_id=shop.id).order_by("received_at"))
        about = EventSubject.objects.filter(tenant_id=shop.id, subject_id=order_id)
        assert (order.ops_status, order.tags, order.version) == ("resolved", ["vip"], 2)
        assert [(event.type, event.received_at, event.actor) for event in events] == [
            ("order.ops_status_changed", NOW, MARIA),
            ("order.tag_added", NOW + timedelta(microseconds=1), MARIA),
        ]
        assert [event.id for event in events] == told
        assert set(about.values_list("event_id", flat=True)) == set(told)
    assert list(Inbox.objects.order_by("seq").values_list("event_id", flat=True)) == told


def test_an_edit_that_says_nothing_new_leaves_no_trace() -> None:
    shop = make_tenant()
    with tenant(shop.id):
        order_id, _ = order_in(shop.id, "1001")

        assert edit_order(order_id, {"ops_status": "new", "tags": []}, MARIA, NOW) == []
        assert Event.objects.filter(tenant_id=shop.id).count() == 0


def test_only_the_tenants_own_orders_can_be_edited_and_only_in_its_transaction() -> None:
    shop, other = make_tenant(), make_tenant()
    with tenant(shop.id):
        order_id, _ = order_in(shop.id, "1001")

    with tenant(other.id), pytest.raises(UnknownOrderError):
        edit_order(order_id, {"notes": "mine"}, MARIA, NOW)
    with pytest.raises(TenantMixupError):
        edit_order(uuid4(), {"notes": "mine"}, MARIA, NOW)
