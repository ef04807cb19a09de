"""The pages of the settings: who may look, who may change, what happens when something is wrong."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from postsale.tenants import settings as shop_settings
from postsale.tenants.models import AuditEntry, Tenant
from postsale.tenants.scope import tenant
from tests.factories import make_tenant
from tests.postsale.backoffice.kit import browser, house

pytestmark = pytest.mark.django_db(transaction=True)

OPEN = ["/settings/", "/settings/mail/", "/settings/calendar/", "/settings/statuses/", "/connections/"]
KEPT = ["/settings/members/", "/settings/keys/", "/settings/audit/", "/settings/audit/export/", "/connections/new/"]
FORMS: dict[str, dict[str, Any]] = {
    "/settings/": {"name": "South", "timezone": "Europe/Berlin"},
    "/settings/mail/": {"sender_address": "a@shop.example", "colour": "#102030", "language": "de"},
    "/settings/calendar/": {"working_days": [0, 1], "opens": "08:00", "closes": "16:00", "country": "DE", "subdivision": "BY"},
    "/settings/statuses/": {"label-new": "Fresh"},
}  # fmt: skip


@pytest.mark.parametrize("path", OPEN)
def test_every_member_looks_at_settings_and_connections(path: str) -> None:
    made = house()

    answers = {who: client.get(path).status_code for who, client in made.browsers.items()}

    roles = ("owner", "admin", "builder", "shipping_manager", "viewer")
    assert answers == {**dict.fromkeys(roles, 200), "stranger": 200, "nobody": 302}
    assert made.shop.slug not in made["stranger"].get("/settings/").content.decode()


@pytest.mark.parametrize("path", KEPT)
def test_members_keys_and_the_log_are_for_owners_and_admins(path: str) -> None:
    made = house()

    answers = {who: client.get(path).status_code for who, client in made.browsers.items() if who != "stranger"}

    assert answers == {
        "owner": 200, "admin": 200, "builder": 403, "shipping_manager": 403, "viewer": 403, "nobody": 302,
    }  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
def test_owners_and_admins_change_settings_and_others_do_not(path: str) -> None:
    made = house()

    answers = {who: client.post(path, FORMS[path]).status_code for who, client in made.browsers.items()}

    assert answers == {
        "owner": 302, "admin": 302, "builder": 403, "shipping_manager": 403, "viewer": 403, "stranger": 302, "nobody": 302,
    }  # fmt: skip
    with tenant(made.shop.id):
        actors = list(AuditEntry.objects.filter(tenant_id=made.shop.id, action="settings.changed"))
    assert len(actors) >= 1


def test_who_only_looks_finds_no_button_to_save() -> None:
    made = house()

    assert "Save" not in made["viewer"].get("/settings/calendar/").content.decode()
    assert "Save" in made["admin"].get("/settings/calendar/").content.decode()


def test_a_form_saves_what_it_says() -> None:
    shop = make_tenant()
    client = browser(shop.owner)

    for path, said in FORMS.items():
        client.post(path, said)
    client.post("/settings/statuses/", {"new": "On hold"})

    with tenant(shop.id):
        found = shop_settings.read(Tenant.objects.get(id=shop.id))
    assert (found.name, found.timezone, found.sender.from_) == ("South", "Europe/Berlin", "a@shop.example")
    assert (found.calendar.working_days, found.calendar.country, found.calendar.subdivision) == ([0, 1], "DE", "BY")
    assert (found.branding.colour, found.branding.language, found.branding.is_on) == ("#102030", "de", False)
    labels = {each.key: each.label for each in found.ops_statuses}
    assert (labels["new"], labels["on_hold"]) == ("Fresh", "On hold")


@pytest.mark.parametrize(
    ("path", "said", "words"),
    [
        ("/settings/", {"name": "", "timezone": "UTC"}, "This field is required"),
        ("/settings/calendar/", {**FORMS["/settings/calendar/"], "closes": "07:00"}, "This is not after opening"),
        ("/settings/calendar/", {**FORMS["/settings/calendar/"], "holidays": "soon"}, "This is no date"),
        ("/settings/mail/", {**FORMS["/settings/mail/"], "sender_address": "nobody"}, "This is not one e-mail address"),
        (
            "/settings/mail/",
            {**FORMS["/settings/mail/"], "sender_address": "", "sender_name": "Ann"},
            "needs an address",
        ),
        ("/settings/statuses/", {"new": "Exception"}, "“Exception”: This is there already"),
    ],
)
def test_what_is_wrong_is_said_beside_it(path: str, said: dict[str, Any], words: str) -> None:
    answer = browser(make_tenant().owner).post(path, said)

    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_a_status_moves_up_by_its_button() -> None:
    shop = make_tenant()

    browser(shop.owner).post("/settings/statuses/", {"up": "ready_to_ship"})

    with tenant(shop.id):
        found = shop_settings.read(Tenant.objects.get(id=shop.id)).ops_statuses
    assert [each.key for each in found[:2]] == ["ready_to_ship", "new"]


def test_a_test_letter_says_within_the_page_what_became_of_it(settings: Settings, tmp_path: Path) -> None:
    settings.POSTSALE_DATA, settings.EMAIL_URL = tmp_path, ""
    shop = make_tenant()
    client = browser(shop.owner)
    said = {**FORMS["/settings/mail/"], "to": "me@b.example"}

    part = client.post("/settings/mail/test/", said, headers={"HX-Request": "true"}).content.decode()
    wrong = client.post("/settings/mail/test/", {**said, "to": "x"}, headers={"HX-Request": "true"}).content.decode()

    (path,) = (tmp_path / "mail").glob("*.eml")
    assert "From: a@shop.example" in path.read_text()
    assert "written to a file" in part
    assert "<h1" not in part
    assert "This is not one plain e-mail address" in wrong


def test_the_preview_of_a_letter_is_boxed_in() -> None:
    shop = make_tenant(settings={"branding": {"is_on": True}})

    answer = browser(shop.owner).get("/settings/mail/preview/")

    assert answer["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert "<html lang=" in answer.content.decode()


def test_redirected_mail_is_told_on_every_page() -> None:
    shop = make_tenant(settings={"redirect_mail_to": "me@b.example"})

    assert "me@b.example" in browser(shop.owner).get("/connections/").content.decode()


@pytest.mark.parametrize("path", OPEN)
def test_a_page_of_settings_asks_little(path: str, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    client = browser(make_tenant().owner)
    client.get(path)

    with django_assert_max_num_queries(14):
        client.get(path)
