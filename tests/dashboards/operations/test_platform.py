"""The platform area: there for staff only, every act noted twice, and behind the walls nothing but names and counts."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.operations import health, tenants
from dashboards.operations.models import PlatformEntry
from postsale.orders.models import Order
from postsale.tenants.models import AuditEntry, Member, Tenant, User
from postsale.tenants.scope import platform, tenant
from postsale.tenants.shop import Shop
from tests.dashboards.kit import make_order, make_shop
from workflows.runs.models import Dispatch, Outbox

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ["/platform/", "/platform/new/", "/platform/operations/", "/platform/log/"]


@pytest.fixture
def shop() -> Shop:
    """A shop."""
    return make_shop()


@pytest.fixture
def staff() -> Client:
    """Somebody of the staff, who belongs to no shop."""
    client = Client()
    client.force_login(User.objects.create_superuser("staff@postsale.example", "harbour-lights-88"))
    return client


def dead_message(shop: Shop) -> Outbox:
    """A message that was given up."""
    with tenant(shop.id):
        return Outbox.objects.create(
            tenant_id=shop.id,
            kind="webhook",
            to="https://x.example",
            status="dead",
            attempts=10,
            created_at=timezone.now(),
        )


def acts_in(shop: Shop) -> list[str]:
    """What the shop's audit log says of the platform."""
    with tenant(shop.id):
        rows = AuditEntry.objects.filter(action__startswith="platform.").order_by("at")
        return list(rows.values_list("action", flat=True))


def test_to_everybody_else_it_is_not_there(shop: Shop) -> None:
    owner = Client()
    owner.force_login(User.objects.get(email="owner@north.example"))
    writes = [f"/platform/{shop.id}/{what}/" for what in ("suspend", "resume", "limits")] + [
        "/platform/operations/retry/"
    ]

    for client in (owner, Client()):
        for path in [*PAGES, f"/platform/{shop.id}/"]:
            assert client.get(path).status_code == 404
        for path in [*writes, "/platform/new/"]:
            assert client.post(path, {"reason": "x"}).status_code == 404
    assert PlatformEntry.objects.count() == 0
    assert "Platform" not in owner.get("/").text


@pytest.mark.parametrize("path", PAGES)
def test_staff_find_their_pages(shop: Shop, staff: Client, path: str) -> None:
    page = staff.get(path)

    assert page.status_code == 200
    assert "Back to your shop" not in page.text


def test_staff_without_a_shop_arrive_here_and_have_their_account(shop: Shop, staff: Client) -> None:
    assert staff.get("/")["Location"] == "/platform/"
    assert staff.get("/welcome/start/")["Location"] == "/platform/"
    assert staff.get("/orders/").status_code == 403
    assert "Platform log" in staff.get("/account/").text


def test_staff_with_a_shop_find_the_way_back(shop: Shop) -> None:
    User.objects.filter(email="owner@north.example").update(is_staff=True)
    owner = Client()
    owner.force_login(User.objects.get(email="owner@north.example"))

    assert "Back to your shop" in owner.get("/platform/").text


def test_tenants_are_found_by_name(shop: Shop, staff: Client) -> None:
    make_shop("south")

    def found(query: str) -> list[str]:
        return [line.tenant.slug for line in staff.get(f"/platform/{query}").context["lines"]]

    assert found("") == ["south", "north"]
    assert found("?q=nor") == ["north"]
    assert found("?state=suspended") == []
    assert found("?before=rubbish") == ["south", "north"]
    line = staff.get(f"/platform/{shop.id}/").context["line"]
    assert (line.members, line.dead, line.quarantined, line.waiting.events) == (1, 0, 0, 0)
    assert staff.get("/platform/999999/").status_code == 404


def test_suspending_says_why_and_resuming_opens_again(shop: Shop, staff: Client) -> None:
    owner = Client()
    owner.force_login(User.objects.get(email="owner@north.example"))

    unsaid = staff.post(f"/platform/{shop.id}/suspend/", {"reason": ""})
    staff.post(f"/platform/{shop.id}/suspend/", {"reason": "unpaid invoice"})
    staff.post(f"/platform/{shop.id}/suspend/", {"reason": "again"})
    shut = owner.get("/", headers={"Accept": "text/html"})
    staff.post(f"/platform/{shop.id}/resume/")

    assert unsaid.status_code == 422
    assert shut.status_code == 403
    assert "unpaid invoice" in shut.text
    assert owner.get("/").status_code == 200
    assert acts_in(shop) == ["platform.suspended", "platform.resumed"]
    log = list(PlatformEntry.objects.order_by("at").values_list("actor", "action", "tenant"))
    assert log == [
        ("staff@postsale.example", "tenant.suspended", shop.id), ("staff@postsale.example", "tenant.resumed", shop.id),
    ]  # fmt: skip
    assert "unpaid invoice" in staff.get("/platform/log/").text


def test_limits_are_changed_and_noted(shop: Shop, staff: Client) -> None:
    staff.post(f"/platform/{shop.id}/limits/", {"events_per_second": "50", "burst": ""})
    wrong = staff.post(f"/platform/{shop.id}/limits/", {"events_per_second": "-1"})

    with tenant(shop.id):
        row = Tenant.objects.get(id=shop.id)
    assert row.settings["limits"] == {"events_per_second": 50.0}
    assert row.revision == shop.revision + 1
    assert wrong.status_code == 422
    assert acts_in(shop) == ["platform.limits"]


def test_a_tenant_is_made_with_an_owner_who_can_sign_in(staff: Client) -> None:
    said = {"name": "West", "slug": "west", "timezone": "Europe/Berlin", "owner": "Ann@West.example", "password": ""}

    made = staff.post("/platform/new/", said)
    again = staff.post("/platform/new/", said)

    assert made.status_code == 200
    assert made.context["made"].api_key in made.text
    assert User.objects.get(email="ann@west.example").check_password(made.context["password"])
    assert again.status_code == 422
    assert "there is a tenant with the slug" in again.text.lower()
    assert PlatformEntry.objects.get().action == "tenant.created"


def test_dead_messages_are_sent_again_many_at_once(shop: Shop, staff: Client) -> None:
    south = make_shop("south")
    messages = [dead_message(shop), dead_message(shop), dead_message(south)]
    page = staff.get("/platform/operations/")

    staff.post("/platform/operations/retry/", {"tenant": [shop.id, south.id, 99999]})

    assert page.context["health"].dead == 3
    assert set(Dispatch.objects.values_list("outbox_id", flat=True)) == {message.id for message in messages}
    assert acts_in(shop) == ["platform.messages_retried"]
    assert acts_in(south) == ["platform.messages_retried"]
    with tenant(shop.id):
        assert set(Outbox.objects.values_list("status", flat=True)) == {"queued"}


def test_what_is_wrong_comes_with_what_to_do(shop: Shop) -> None:
    found = {sign.name: sign for sign in health.look(now=timezone.now()).signs}

    assert found["Worker"].tone == "crit"
    assert "Start it with" in found["Worker"].fix
    assert found["Queue"].value == "up to date"
    assert found["Given up"].tone == "ok"


def test_the_platforms_eye_sees_names_and_nothing_else_and_writes_nothing(shop: Shop) -> None:
    with tenant(shop.id):
        make_order(shop)

    with platform():
        assert [row.slug for row in Tenant.objects.all()] == ["north"]
        assert Order.objects.count() == 0
        assert Member.objects.count() == 0
        assert AuditEntry.objects.count() == 0
    with pytest.raises(DatabaseError), platform():
        Tenant.objects.all().delete()
    assert Tenant.objects.count() == 0


def test_the_platforms_log_can_only_grow(staff: Client, shop: Shop) -> None:
    staff.post(f"/platform/{shop.id}/suspend/", {"reason": "x"})

    for sql in ("update dashboards_platformentry set actor = 'me'", "delete from dashboards_platformentry"):
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute(sql)


def test_a_page_of_tenants_asks_alike_for_each(staff: Client) -> None:
    make_shop("one")
    with CaptureQueriesContext(connection) as few:
        tenants.described(tenants.find("")[0], now=datetime.now(UTC))
    make_shop("two")
    with CaptureQueriesContext(connection) as more:
        tenants.described(tenants.find("")[0], now=datetime.now(UTC))

    # A short transaction a tenant, of one page at most: that is the price of the walls.
    assert len(more.captured_queries) - len(few.captured_queries) <= 8
