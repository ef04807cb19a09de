"""Staff in somebody's shop: with a reason, for an hour, in a banner, in both logs; told nothing, given no work."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboards.operations.models import PlatformEntry
from postsale.tenants.models import AuditEntry, Member, User
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop, load_shop
from tests.dashboards.kit import make_shop

pytestmark = pytest.mark.django_db(transaction=True)

STAFF = "staff@postsale.example"
WHY = {"why": "Ticket 4711: cards missing", "role": "viewer"}


@pytest.fixture
def shop() -> Shop:
    """A shop."""
    return make_shop()


@pytest.fixture
def staff() -> Client:
    """Somebody of the staff, who belongs to no shop."""
    client = Client()
    client.force_login(User.objects.create_superuser(STAFF, "harbour-lights-88"))
    return client


def owner() -> Client:
    """The shop's owner."""
    client = Client()
    client.force_login(User.objects.get(email="owner@north.example"))
    return client


def logged(shop: Shop) -> list[str]:
    """What the shop's log says of the platform."""
    with tenant(shop.id):
        return list(
            AuditEntry.objects.filter(action__startswith="platform.").order_by("at").values_list("action", flat=True)
        )


def test_staff_go_in_with_a_reason_look_and_leave(shop: Shop, staff: Client) -> None:
    unsaid = staff.post(f"/platform/{shop.id}/enter/", {"why": "", "role": "viewer"})
    staff.post(f"/platform/{shop.id}/enter/", WHY)
    page = staff.get("/")
    seen = owner().get("/settings/members/")
    staff.post("/shops/leave/")

    assert unsaid.status_code == 422
    assert "You are in North as staff until" in page.text
    assert "Ticket 4711" in page.text
    assert f"{STAFF} as viewer until" in seen.text
    assert logged(shop) == ["platform.entered", "platform.left"]
    assert list(PlatformEntry.objects.values_list("action", "actor", "detail__reason")) == [
        ("tenant.entered", STAFF, WHY["why"])
    ]
    assert staff.get("/")["Location"] == "/platform/"


def test_a_visitor_looks_only_unless_they_came_as_admin(shop: Shop, staff: Client) -> None:
    staff.post(f"/platform/{shop.id}/enter/", WHY)
    as_viewer = staff.post("/settings/notices/", {"roles": ["owner"]})
    staff.post("/shops/leave/")
    staff.post(f"/platform/{shop.id}/enter/", WHY | {"role": "admin"})
    as_admin = staff.post("/settings/notices/", {"roles": ["owner"]})
    as_owner = staff.post(f"/platform/{shop.id}/enter/", WHY | {"role": "owner"})

    assert (as_viewer.status_code, as_admin.status_code, as_owner.status_code) == (403, 302, 422)
    with tenant(shop.id):
        assert AuditEntry.objects.get(action="settings.changed").actor == STAFF


def test_nobody_writes_to_a_visitor_or_counts_them(shop: Shop, staff: Client) -> None:
    staff.post(f"/platform/{shop.id}/enter/", WHY | {"role": "admin"})

    with tenant(shop.id):
        assert list(load_shop(shop.id).members) == ["owner@north.example"]
        assert Member.objects.count() == 1
    assert STAFF not in owner().get("/").context["request"].shop.members
    assert staff.get(f"/platform/{shop.id}/").context["line"].members == 1


def test_a_visit_ends_after_an_hour_or_when_the_shop_ends_it(shop: Shop, staff: Client) -> None:
    staff.post(f"/platform/{shop.id}/enter/", WHY)
    with tenant(shop.id):
        Member.everybody.exclude(visits_until=None).update(visits_until=timezone.now() - timedelta(seconds=1))
    late = staff.get("/")
    staff.post(f"/platform/{shop.id}/enter/", WHY)
    with tenant(shop.id):
        visit = Member.everybody.exclude(visits_until=None).get()
    owner().post(f"/settings/visitors/{visit.id}/out/")

    assert late["Location"] == "/platform/"
    assert staff.get("/")["Location"] == "/platform/"
    assert logged(shop) == ["platform.entered", "platform.left"] * 2


def test_who_is_a_member_anyhow_stays_what_they_are(shop: Shop) -> None:
    user = User.objects.get(email="owner@north.example")
    User.objects.filter(id=user.pk).update(is_staff=True)
    client = owner()

    client.post(f"/platform/{shop.id}/enter/", WHY)

    with tenant(shop.id):
        assert Member.everybody.get().visits_until is None
    assert "as staff until" not in client.get("/").text
    assert logged(shop) == []


def test_nobody_goes_into_a_suspended_shop(shop: Shop, staff: Client) -> None:
    staff.post(f"/platform/{shop.id}/suspend/", {"reason": "unpaid"})

    assert staff.post(f"/platform/{shop.id}/enter/", WHY).status_code == 422
    assert "Go in" not in staff.get(f"/platform/{shop.id}/").text
