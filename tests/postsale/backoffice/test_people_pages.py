"""Members, keys and the audit log in the browser."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from postsale.tenants import audit
from postsale.tenants.keys import find_holder
from postsale.tenants.models import ApiKey, AuditEntry, Invitation, Member, Role
from postsale.tenants.scope import tenant
from tests.factories import NOW, PASSWORD, make_key, make_member, make_tenant
from tests.postsale.backoffice.kit import browser, house

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def mail(settings: Settings, tmp_path: Path) -> Path:
    settings.POSTSALE_DATA, settings.EMAIL_URL = tmp_path, ""
    return tmp_path / "mail"


def _link(text: str) -> str:
    found = re.search(r"/invitation/[\w-]+/", text)
    assert found is not None
    return found[0]


def _invite(client: Client, email: str = "new@shop.example", role: str = Role.BUILDER) -> str:
    answer = client.post("/settings/members/invite/", {"email": email, "role": role})
    assert answer.status_code == 200, answer.content
    return _link(answer.content.decode())


def test_an_invited_person_makes_an_account_and_is_in(mail: Path) -> None:
    shop = make_tenant(name="North")
    link = _invite(browser(shop.owner))
    newcomer = Client()

    page = newcomer.get(link).content.decode()
    answer = newcomer.post(link, {"name": "Nia", "password": "harbour-lights-88"}, follow=True)

    (letter,) = mail.glob("*.eml")
    assert _link(letter.read_text().replace("=\n", "")) == link
    assert "Join North" in page
    assert answer.status_code == 200
    with tenant(shop.id):
        member = Member.objects.get(tenant_id=shop.id, email="new@shop.example")
    assert (member.role, member.user.name) == ("builder", "Nia")
    assert newcomer.get("/settings/").status_code == 200
    assert Client().get(link).status_code == 404


def test_who_has_an_account_signs_in_and_joins() -> None:
    mine, theirs = make_tenant(), make_tenant()
    link = _invite(browser(mine.owner), theirs.owner)
    known, stranger = browser(theirs.owner), browser(make_tenant().owner)

    assert f"/accounts/login/?next={link}" in Client().get(link).content.decode()
    assert "The invitation is for" in stranger.get(link).content.decode()
    stranger.post(link)
    known.post(link)

    with tenant(mine.id):
        assert Member.objects.filter(tenant_id=mine.id, email=theirs.owner).exists()
        assert Member.objects.filter(tenant_id=mine.id).count() == 2


def test_a_weak_password_is_refused_with_words() -> None:
    shop = make_tenant()
    link = _invite(browser(shop.owner))

    answer = Client().post(link, {"name": "", "password": "password1"})

    assert answer.status_code == 200
    assert "too" in answer.content.decode()
    assert Client().get(link).status_code == 200


def test_a_link_is_sent_again_and_taken_back() -> None:
    shop = make_tenant()
    client = browser(shop.owner)
    first = _invite(client)
    with tenant(shop.id):
        pk = Invitation.objects.get(tenant_id=shop.id).id

    second = _link(client.post(f"/settings/invitations/{pk}/again/").content.decode())
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)
    with tenant(shop.id):
        pk = Invitation.objects.get(tenant_id=shop.id).id
    client.post(f"/settings/invitations/{pk}/withdraw/")

    assert Client().get(second).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 200), ("admin", 200), ("builder", 403), ("shipping_manager", 403), ("viewer", 403)]
)
def test_only_an_owner_invites_an_owner(who: str, status: int) -> None:
    made = house()

    answer = made[who].post("/settings/members/invite/", {"email": "x@shop.example", "role": Role.OWNER})

    assert answer.status_code == status
    with tenant(made.shop.id):
        assert Invitation.objects.filter(tenant_id=made.shop.id).exists() == (who == "owner")


@pytest.mark.parametrize(
    ("who", "role"), [("owner", "builder"), ("admin", "builder"), ("builder", "viewer"), ("stranger", "viewer")]
)
def test_owners_and_admins_change_roles(who: str, role: str) -> None:
    made = house()
    member = make_member(made.shop.id)

    made[who].post(f"/settings/members/{member.id}/role/", {"role": Role.BUILDER})

    with tenant(made.shop.id):
        assert Member.objects.get(tenant_id=made.shop.id, id=member.id).role == role


def test_a_removed_member_is_out_at_once() -> None:
    shop = make_tenant()
    member = make_member(shop.id, role=Role.ADMIN)
    theirs = browser(member.email)

    answer = browser(shop.owner).post(f"/settings/members/{member.id}/remove/", follow=True)

    assert "is no longer a member" in answer.content.decode()
    shut = theirs.get("/settings/")
    assert shut.status_code == 403
    assert "You belong to no shop yet" in shut.content.decode()
    assert theirs.get("/api/v1/orders/")["content-type"] == "application/problem+json"


def test_the_last_owner_stays_and_is_told_why() -> None:
    shop = make_tenant()
    client = browser(shop.owner)
    with tenant(shop.id):
        pk = Member.objects.get(tenant_id=shop.id).id

    page = client.get("/settings/members/").content.decode()
    answer = client.post(f"/settings/members/{pk}/remove/", follow=True).content.decode()

    assert f"/settings/members/{pk}/remove/" not in page
    assert "A shop needs an owner" in answer


def test_a_key_is_shown_once_and_revoked() -> None:
    shop = make_tenant()
    client = browser(shop.owner)

    made = client.post("/settings/keys/", {"name": "Scanner", "scopes": ["events", "read"]}).content.decode()
    found = re.search(r"ps_[\w-]{20,}", made)
    assert found is not None
    holder = find_holder(found[0])
    again = client.get("/settings/keys/").content.decode()
    with tenant(shop.id):
        pk = ApiKey.objects.get(tenant_id=shop.id, name="Scanner").id
    client.post(f"/settings/keys/{pk}/revoke/")

    assert holder is not None
    assert holder.scopes == {"events", "read"}
    assert found[0] not in again
    with tenant(shop.id):
        assert ApiKey.objects.get(tenant_id=shop.id, id=pk).revoked_at is not None
        said = list(AuditEntry.objects.filter(tenant_id=shop.id, target="Scanner").order_by("id"))
    assert [entry.action for entry in said] == ["key.created", "key.revoked"]


def test_another_shops_keys_and_invitations_are_out_of_reach() -> None:
    mine, theirs = make_tenant(), make_tenant()
    key, _ = make_key(theirs.id)
    link = _invite(browser(theirs.owner))
    with tenant(theirs.id):
        pk = Invitation.objects.get(tenant_id=theirs.id).id
    client = browser(mine.owner)

    client.post(f"/settings/keys/{key.id}/revoke/")
    client.post(f"/settings/invitations/{pk}/withdraw/")

    with tenant(theirs.id):
        assert ApiKey.objects.get(tenant_id=theirs.id, id=key.id).revoked_at is None
    assert Client().get(link).status_code == 200


def _wrote(tenant_id: int, count: int, **more: Any) -> None:
    with tenant(tenant_id):
        for number in range(count):
            said: dict[str, Any] = {
                "actor": "ann@shop.example",
                "action": "key.created",
                "target": f"k{number}",
                **more,
            }
            audit.write(tenant_id, now=NOW - timedelta(days=number), **said)


def test_the_log_is_filtered_by_who_what_and_when() -> None:
    shop = make_tenant()
    _wrote(shop.id, 3)
    _wrote(shop.id, 1, actor="bob@shop.example", action="member.removed", target="cy@shop.example")
    client = browser(shop.owner)

    def found(query: str) -> list[str]:
        page = client.get(f"/settings/audit/?{query}").content.decode()
        return re.findall(r"</b> ([^<]+)</p>", page)

    assert found("actor=bob") == ["removed cy@shop.example"]
    assert found("action=key.created") == ["made the API key “k0”", "made the API key “k1”", "made the API key “k2”"]
    assert found("action=key.created&since=2026-11-19&until=2026-11-19") == ["made the API key “k1”"]
    assert found("actor=nobody") == []
    assert client.get("/settings/audit/?cursor=rubbish").status_code == 400


def test_the_log_is_paged() -> None:
    shop = make_tenant()
    _wrote(shop.id, 60)
    client = browser(shop.owner)

    first = client.get("/settings/audit/?action=key.created").content.decode()
    more = re.search(r'href="\?(action=key.created&amp;cursor=[^"]+)"', first)
    assert more is not None
    second = client.get("/settings/audit/?" + more[1].replace("&amp;", "&")).content.decode()

    assert (first.count("made the API key"), second.count("made the API key")) == (50, 10)


def test_g01_g02_the_log_is_exported_whole_no_cell_is_a_formula_and_it_is_noted() -> None:
    shop = make_tenant()
    _wrote(shop.id, 501)
    _wrote(shop.id, 1, action="member.removed", target="\n=cmd()")

    async def exported() -> str:
        client = AsyncClient()
        await client.alogin(email=shop.owner, password=PASSWORD)
        answer: Any = await client.get("/settings/audit/export/")
        assert answer["Content-Type"].startswith("text/csv")
        return b"".join([part async for part in answer.streaming_content]).decode()

    rows = list(csv.reader(io.StringIO(async_to_sync(exported)(), newline="")))

    assert rows[0][:4] == ["at", "actor", "action", "target"]
    assert sum(row[2] == "key.created" for row in rows) == 501
    assert "'\n=cmd()" in {row[3] for row in rows}
    with tenant(shop.id):
        assert AuditEntry.objects.get(tenant_id=shop.id, action="audit.exported").actor == shop.owner


@pytest.mark.parametrize("path", ["/settings/members/", "/settings/keys/", "/settings/audit/"])
def test_a_list_asks_the_same_for_one_row_and_for_thirty(path: str) -> None:
    shop = make_tenant()
    client = browser(shop.owner)
    client.get(path)

    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for number in range(30):
        make_member(shop.id, email=f"m{number}@shop.example")
        make_key(shop.id)
    with CaptureQueriesContext(connection) as many:
        client.get(path)

    assert len(many) == len(few)
