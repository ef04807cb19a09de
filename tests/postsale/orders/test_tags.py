"""The tags' own rows say what the orders' tags are, whoever changed them."""

import pytest

from postsale.orders.edit_by_person import edit_order
from postsale.orders.models import Order, OrderTag
from postsale.tenants.scope import tenant
from tests.dashboards.orders.kit import NOW, order_of
from tests.factories import MadeTenant, make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def test_tags_have_rows_of_their_own_that_come_and_go_with_them() -> None:
    shop = make_tenant()
    order_id = order_of(shop, "1001", tags=["vip", "gift"])
    first = rows(shop)

    with tenant(shop.id):
        edit_order(order_id, {"tags": ["gift", "fragile"]}, {"kind": "person", "name": "ann@shop.example"}, NOW)

    with tenant(shop.id):
        assert Order.objects.get(tenant_id=shop.id, id=order_id).tags == ["gift", "fragile"]
    assert (first, rows(shop)) == (["gift", "vip"], ["fragile", "gift"])


def test_an_order_without_tags_has_no_rows() -> None:
    shop = make_tenant()
    order_of(shop, "1001")

    assert rows(shop) == []


def rows(shop: MadeTenant) -> list[str]:
    """The tags that have rows, by name."""
    with tenant(shop.id):
        return sorted(OrderTag.objects.filter(tenant_id=shop.id).values_list("tag", flat=True))
