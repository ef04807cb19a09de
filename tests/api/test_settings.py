"""`/api/v1/settings/`: who may, what comes back, what a test letter says."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from postsale.tenants.models import AuditEntry, Role
from postsale.tenants.scope import tenant
from tests.api.kit import Api, furnish, person
from tests.factories import make_key, make_member
from tests.stories.postbox import postbox

pytestmark = pytest.mark.django_db(transaction=True)


def _patch(browser: Client, body: object) -> int:
    return browser.patch("/api/v1/settings/", body, content_type="application/json").status_code


def test_settings_are_read_and_changed_in_part() -> None:
    api = furnish().api

    before = api.get("settings/")
    answer = api.ask("PATCH", "settings/", {"calendar": {"cut_off": "14:00"}, "redirect_mail_to": "me@shop.example"})

    assert answer.status_code == 200
    assert answer.json() == api.get("settings/")
    assert answer.json() == {
        **before,
        "calendar": {**before["calendar"], "cut_off": "14:00"},
        "redirect_mail_to": "me@shop.example",
        "revision": before["revision"] + 1,
    }


def test_every_problem_of_a_change_is_listed() -> None:
    api = furnish().api

    answer = api.ask("PATCH", "settings/", {"name": "", "timezone": "Mars", "branding": {"colour": "red"}})
    shape = api.ask("PATCH", "settings/", {"names": "x", "sender": {"from": 7}})

    assert (answer.status_code, shape.status_code) == (422, 422)
    assert [error["path"] for error in answer.json()["errors"]] == ["name", "timezone", "branding.colour"]
    assert {error["path"].split(".")[0] for error in shape.json()["errors"]} == {"names", "sender"}


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.OWNER, 200), (Role.ADMIN, 200), (Role.BUILDER, 403), (Role.SHIPPING_MANAGER, 403), (Role.VIEWER, 403)],
)
def test_everybody_looks_and_owners_and_admins_change(role: str, status: int) -> None:
    shop = furnish().shop
    browser = person(make_member(shop.id, role=role).email)

    assert browser.get("/api/v1/settings/").status_code == 200
    assert _patch(browser, {"name": "New"}) == status


def test_a_key_that_reads_does_not_change() -> None:
    api = Api(make_key(furnish().shop.id, scopes=["read"])[1])

    assert api.ask("GET", "settings/").status_code == 200
    assert api.ask("PATCH", "settings/", {"name": "New"}).status_code == 403
    assert api.ask("POST", "settings/test-send/", {"to": "a@b.example"}).status_code == 403


def test_a_test_letter_goes_out_by_the_mail_server_with_a_sender_that_is_not_saved(settings: Settings) -> None:
    shop = furnish()
    with postbox() as box:
        settings.EMAIL_URL = box.url

        said = {"to": "me@b.example", "sender": {"from": "Ann <ann@shop.example>", "reply_to": "help@shop.example"}}
        answer = shop.api.ask("POST", "settings/test-send/", said)

    (letter,) = box.letters
    assert (answer.status_code, answer.json()["sent"]) == (200, True)
    assert "took the letter to me@b.example" in answer.json()["words"]
    assert (letter["from"], letter["reply-to"], letter["to"]) == (
        "Ann <ann@shop.example>",
        "help@shop.example",
        "me@b.example",
    )
    assert shop.api.get("settings/")["sender"] == {"from": None, "reply_to": None}
    with tenant(shop.shop.id):
        assert AuditEntry.objects.get(tenant_id=shop.shop.id, action="mail.tested").target == "me@b.example"


def test_a_test_letter_says_when_the_mail_server_is_away(settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"

    said = furnish().api.ask("POST", "settings/test-send/", {"to": "me@b.example"}).json()

    assert said["sent"] is False
    assert said["words"].startswith("Not sent: the mail server can't be used")


def test_a_test_letter_without_a_mail_server_is_a_file(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_URL, settings.POSTSALE_DATA = "", tmp_path
    api = furnish().api
    api.ask("PATCH", "settings/", {"branding": {"is_on": True, "footer": "Harbour 1", "language": "de"}})

    said = api.ask("POST", "settings/test-send/", {"to": "me@b.example"}).json()

    (path,) = (tmp_path / "mail").glob("*.eml")
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    plain, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert said["sent"] is True
    assert "written to a file" in said["words"]
    assert plain is not None
    assert html is not None
    assert "Harbour 1" in plain.get_content()
    assert '<html lang="de">' in html.get_content()


def test_a_test_letter_needs_addresses_and_not_too_many_of_them(settings: Settings, tmp_path: Path) -> None:
    settings.POSTSALE_DATA = tmp_path
    api = furnish().api

    wrong = api.ask("POST", "settings/test-send/", {"to": "nobody", "sender": {"from": "x"}})
    answers = [api.ask("POST", "settings/test-send/", {"to": "me@b.example"}).status_code for _ in range(6)]

    assert [error["path"] for error in wrong.json()["errors"]] == ["sender.from", "to"]
    assert answers == [200, 200, 200, 200, 200, 429]
