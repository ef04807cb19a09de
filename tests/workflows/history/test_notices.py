"""Notices: whose they are, what the bell counts, and how they are read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postsale.tenants.ids import new_id
from postsale.tenants.models import Member
from postsale.tenants.scope import tenant
from tests.workflows.history.kit import NOW, WATCHED, Shop, make_shop, words
from workflows.history.notices import reading
from workflows.runs.models import Notification

pytestmark = pytest.mark.django_db(transaction=True)

TELLS = {"id": "tell", "kind": "action", "action": "notify.team",
         "with": {"to": {"role": "owner"}, "subject": "Look at {{ order.number }}", "body": "It is <b>new</b>."}}  # fmt: skip


def test_a_workflow_that_tells_the_team_rings_the_bell() -> None:
    shop = make_shop()
    shop.workflow({**WATCHED, "steps": [TELLS]})
    shop.labels(2, at=NOW)

    page = words(shop.owner.get("/notifications/"))

    assert page.count('class="notice unread"') == 2
    assert 'data-n="2"' in page
    assert "Look at 1001" in page
    assert "&lt;b&gt;new&lt;/b&gt;" in page
    assert f"/runs/{shop.run().id}/" in page


def test_one_is_read_and_then_all() -> None:
    shop = make_shop()
    first, *_ = [_notice(shop, f"Notice {n}") for n in range(3)]
    client = shop.owner

    client.post("/notifications/read/", {"notice": str(first.id)})
    assert 'data-n="2"' in words(client.get("/notifications/"))
    assert "2 marked as read." in words(client.post("/notifications/read/", follow=True))
    assert "Nothing unread." in words(client.get("/notifications/"))


def test_notices_belong_to_one_member() -> None:
    shop, other = make_shop(), make_shop()
    mine = _notice(shop, "Only for the owner")
    colleague = shop.member("admin")
    for client in (colleague, other.owner):
        assert "Only for the owner" not in words(client.get("/notifications/"))
        client.post("/notifications/read/", {"notice": str(mine.id)})
    with tenant(shop.id):
        assert Notification.objects.get().read_at is None
    assert colleague.post("/notifications/read/", {"notice": "zebra"}).status_code == 404


def test_the_bell_is_rung_for_the_member_alone() -> None:
    shop = make_shop()
    _notice(shop, "Look")
    with tenant(shop.id):
        owner = _owner(shop)
        assert reading.picture(owner.id.hex, None).counts == {"notices": 1}
        assert reading.is_there(owner.id.hex)
        assert not reading.is_there(new_id().hex)


def test_older_ones_are_on_the_next_page() -> None:
    shop = make_shop()
    with tenant(shop.id):
        owner = _owner(shop)
        Notification.objects.bulk_create(
            Notification(tenant_id=shop.id, member_id=owner.id, subject=f"Notice {n}", body="", created_at=NOW.replace(second=n))
            for n in range(55)
        )  # fmt: skip
    page = words(shop.owner.get("/notifications/"))
    assert page.count('class="notice unread"') == 50
    older = page.split('href="?cursor=')[1].split('"')[0]
    assert words(shop.owner.get(f"/notifications/?cursor={older}")).count('class="notice unread"') == 5
    assert shop.owner.get("/notifications/?cursor=zebra").status_code == 400


def test_the_list_asks_as_often_for_thirty_notices_as_for_one() -> None:
    shop = make_shop()
    shop.workflow({**WATCHED, "steps": [TELLS]})
    shop.labels(1, at=NOW)
    client = shop.owner
    client.get("/notifications/")
    with CaptureQueriesContext(connection) as one:
        client.get("/notifications/")
    shop.labels(29, at=NOW, start=2001)
    with CaptureQueriesContext(connection) as thirty:
        assert words(client.get("/notifications/")).count('class="notice unread"') == 30
    assert len(thirty) == len(one)


def _owner(shop: Shop) -> Member:
    return Member.objects.get(tenant_id=shop.id, email=shop.made.owner)


def _notice(shop: Shop, subject: str) -> Notification:
    with tenant(shop.id):
        return Notification.objects.create(
            tenant_id=shop.id, member_id=_owner(shop).id, subject=subject, body="Look at it", created_at=NOW
        )
