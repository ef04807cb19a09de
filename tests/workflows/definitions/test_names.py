"""The names a document may mention."""

from collections.abc import Callable

import pytest

from postsale.tenants.models import Member, Tenant, User
from postsale.tenants.scope import tenant
from workflows.definitions.names import NAMES, names_of


def test_a_new_tenant_has_the_ops_statuses_and_what_upper_floors_registered(shop: int) -> None:
    with tenant(shop):
        names = names_of(shop)

    assert names.ops_statuses["exception"] == "Exception"
    assert sorted(names.boards) == ["exceptions", "late-shipments"]
    assert sorted(names.dashboards) == ["operations"]
    assert names.members == frozenset()


def test_what_nobody_registered_is_empty(shop: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(NAMES, "boards")

    with tenant(shop):
        names = names_of(shop)

    assert names.boards == {}


def test_members_are_known_by_their_address_to_their_own_tenant_only(shop: int, stranger: int) -> None:
    mia = User.objects.create_user("mia@shop.example")
    with tenant(shop):
        Member.objects.create(tenant_id=shop, user=mia, email=mia.email, role="owner")

    with tenant(shop):
        ours = names_of(shop)
    with tenant(stranger):
        theirs = names_of(stranger)

    assert ours.members == {"mia@shop.example"}
    assert theirs.members == frozenset()


def test_another_tenants_names_are_out_of_reach(shop: int, new_tenant: Callable[[], int]) -> None:
    other = new_tenant()

    with tenant(shop), pytest.raises(Tenant.DoesNotExist):
        names_of(other)
