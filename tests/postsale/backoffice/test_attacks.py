"""The doors for people, attacked as RELIABILITY.md section 2.6 lists it (the ids in the names)."""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.apps import apps
from django.conf import settings as house_settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail as django_mail
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from postsale.tenants.models import Invitation, Member, Role, User
from postsale.tenants.scope import tenant
from tests.factories import PASSWORD, make_member, make_tenant
from tests.postsale.backoffice.kit import browser

pytestmark = pytest.mark.django_db(transaction=True)

LOGIN = "/accounts/login/"
NEW = "harbour-lights-88"
_addresses = count(1)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Who tried too often is forgotten between tests."""
    cache.clear()
    yield
    cache.clear()


def machine(*, checked: bool = False) -> Client:
    """A browser on a machine of its own; `checked` asks for the proof that the page was ours."""
    return Client(REMOTE_ADDR=f"203.0.113.{next(_addresses)}", enforce_csrf_checks=checked)


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: Any) -> Any:
    """What the sign-in form answers: 302 is in."""
    return client.post(LOGIN, {"login": email, "password": password, **more})


def is_in(client: Client) -> bool:
    """Whether the browser is let in to the settings."""
    return client.get("/settings/").status_code == 200


def words_of(page: str) -> str:
    """A page without what differs by itself: the form's proof, nonces, and what was typed."""
    return re.sub(r'(value|content|nonce|data-[\w-]+)="[^"]*"', "", page)


@pytest.mark.parametrize("path", [LOGIN, "/accounts/password/reset/", "/setup/"])
def test_a15_signing_in_needs_a_page_of_ours(path: str) -> None:
    shop = make_tenant()

    answer = machine(checked=True).post(path, {"login": shop.owner, "password": PASSWORD, "email": shop.owner})

    assert answer.status_code == 403
    assert not django_mail.outbox


@pytest.mark.parametrize("path", ["/", LOGIN, "/settings/", "/workflows/", "/nothing-here/", "/healthz/"])
def test_a15_no_page_may_be_framed(path: str) -> None:
    answer = browser(make_tenant().owner).get(path, follow=True)

    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_a16_whoever_guesses_passwords_is_stopped_even_with_the_right_one() -> None:
    shop, guesser = make_tenant(), machine()

    pages = [sign_in(guesser, shop.owner, f"guess {n}").content.decode() for n in range(10)]
    right = sign_in(guesser, shop.owner)

    assert "too many tries" in pages[-1]
    assert right.status_code == 200
    assert not is_in(guesser)


def test_a16_whoever_tries_one_password_on_many_people_is_stopped() -> None:
    shop, guesser = make_tenant(), machine()

    pages = [sign_in(guesser, f"person-{n}@shop.example", "Spring2026!").content.decode() for n in range(20)]

    assert ["too many tries" in page for page in (pages[0], pages[-1])] == [False, True]
    assert sign_in(guesser, shop.owner).status_code != 302


class CountingHasher(MD5PasswordHasher):
    """Counts how often it is asked to work."""

    algorithm = "counting"
    worked: ClassVar[list[str]] = []

    def encode(self, password: str, salt: str) -> str:
        """As ever; and it was asked."""
        self.worked.append(password)
        return super().encode(password, salt)


def test_a16_the_sign_in_does_not_tell_who_has_an_account(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    shop = make_tenant()
    CountingHasher.worked.clear()

    known = words_of(sign_in(machine(), shop.owner, "wrong").content.decode())
    for_known = len(CountingHasher.worked)
    unknown = words_of(sign_in(machine(), "nobody@shop.example", "wrong").content.decode())

    assert known == unknown
    assert (for_known, len(CountingHasher.worked)) == (1, 2)


def test_a16_the_reset_does_not_tell_who_has_an_account(settings: Settings) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    shop = make_tenant()

    answers = [
        machine().post("/accounts/password/reset/", {"email": email}, follow=True)
        for email in (shop.owner, "nobody@shop.example")
    ]

    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert words_of(answers[0].content.decode()) == words_of(answers[1].content.decode())


def test_a17_nobody_can_lock_the_owner_out() -> None:
    shop, attacker, owner = make_tenant(), machine(), machine()

    for n in range(25):
        sign_in(attacker, shop.owner, f"guess {n}")

    assert sign_in(attacker, shop.owner).status_code == 200
    passkey = attacker.get("/accounts/2fa/webauthn/login/", headers={"X-Requested-With": "XMLHttpRequest"})
    assert "request_options" in passkey.json()
    assert sign_in(owner, shop.owner).status_code == 302
    assert is_in(owner)


def test_a17_i22_whoever_makes_up_addresses_is_counted_as_one() -> None:
    shop, guesser = make_tenant(), machine()

    for n in range(12):
        guesser.post(
            LOGIN, {"login": shop.owner, "password": f"guess {n}"}, headers={"X-Forwarded-For": f"198.51.100.{n}"}
        )

    assert sign_in(guesser, shop.owner).status_code == 200


def test_a18_a_session_that_somebody_planted_is_not_the_one_that_is_signed_in() -> None:
    shop, victim, attacker = make_tenant(), machine(), machine()
    planted = attacker.session
    planted["planted"] = True
    planted.save()
    assert planted.session_key is not None
    victim.cookies[house_settings.SESSION_COOKIE_NAME] = planted.session_key
    attacker.cookies[house_settings.SESSION_COOKIE_NAME] = planted.session_key

    sign_in(victim, shop.owner)

    assert (is_in(victim), is_in(attacker)) == (True, False)
    assert victim.cookies[house_settings.SESSION_COOKIE_NAME].value != planted.session_key


def test_a18_a_session_that_was_signed_out_of_opens_nothing_any_more() -> None:
    shop, mine, stolen = make_tenant(), machine(), machine()
    sign_in(mine, shop.owner)
    stolen.cookies[house_settings.SESSION_COOKIE_NAME] = mine.cookies[house_settings.SESSION_COOKIE_NAME].value
    before = is_in(stolen)

    mine.post("/accounts/logout/")

    assert (before, is_in(stolen), is_in(mine)) == (True, False, False)


def test_a18_a_new_password_signs_every_other_browser_out() -> None:
    shop, mine, elsewhere = make_tenant(), machine(), machine()
    sign_in(mine, shop.owner)
    sign_in(elsewhere, shop.owner)

    answer = mine.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert answer.status_code == 302
    assert (is_in(mine), is_in(elsewhere)) == (True, False)
    assert sign_in(machine(), shop.owner).status_code == 200


def test_a18_the_cookie_of_a_session_is_out_of_reach_of_scripts_and_of_other_sites() -> None:
    client = machine()
    sign_in(client, make_tenant().owner)

    cookie = client.cookies[house_settings.SESSION_COOKIE_NAME]

    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_a20_an_invitation_works_once_for_one_address_as_the_role_it_says(settings: Settings, tmp_path: Path) -> None:
    settings.POSTSALE_DATA, settings.EMAIL_URL = tmp_path, ""
    shop = make_tenant()
    keeper = browser(make_member(shop.id, role=Role.ADMIN).email)
    page = keeper.post("/settings/members/invite/", {"email": "new@shop.example", "role": Role.VIEWER}).content.decode()
    found = re.search(r"/invitation/[\w-]+/", page)
    assert found is not None
    link, other = found[0], browser(make_tenant().owner)

    stolen = other.post(link, {"name": "Eve", "password": NEW})
    first = machine().post(link, {"name": "Nia", "password": NEW, "role": Role.OWNER, "email": "eve@shop.example"})
    second = machine().post(link, {"name": "Eve", "password": NEW})

    assert (stolen.status_code, first.status_code, second.status_code) == (200, 302, 404)
    with tenant(shop.id):
        assert Member.objects.get(tenant_id=shop.id, email="new@shop.example").role == Role.VIEWER
        assert not Member.objects.filter(tenant_id=shop.id, email__contains="eve").exists()
        assert not Invitation.objects.filter(tenant_id=shop.id).exists()
    assert not User.objects.filter(email="eve@shop.example").exists()


EVIL = [
    "//evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "///evil",
]


@pytest.mark.parametrize("evil", EVIL)
def test_a22_the_sign_in_leads_nowhere_else(evil: str) -> None:
    shop, client = make_tenant(), machine()

    answer = client.post(f"{LOGIN}?next={evil}", {"login": shop.owner, "password": PASSWORD, "next": evil})

    assert answer.status_code == 302
    assert re.match(r"/(?![/\\])", answer["Location"])


@pytest.mark.parametrize("evil", EVIL)
def test_a22_no_act_of_ours_leads_elsewhere(evil: str) -> None:
    client = browser(make_tenant().owner)

    acts = [
        client.post("/prefer/", {"name": "theme", "value": "dark", "next": evil}),
        client.post("/shops/", {"shop": "0", "next": evil}),
        client.post("/notifications/read/", {"next": evil}),
        client.post("/accounts/logout/", {"next": evil}),
    ]

    led = [answer["Location"] for answer in acts if answer.status_code == 302]
    assert led
    assert [place for place in led if not re.match(r"/(?![/\\])", place)] == []


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/django_q/task/", "/django-admin/"])
def test_a24_there_is_no_admin_site(path: str) -> None:
    client = machine()
    User.objects.create_superuser("root@host.example", PASSWORD)
    sign_in(client, "root@host.example")

    assert client.get(path).status_code == 404
    assert not apps.is_installed("django.contrib.admin")


def test_i22_a_made_up_host_is_refused_and_gets_into_no_letter() -> None:
    shop = make_tenant()

    answer = machine().post("/accounts/password/reset/", {"email": shop.owner}, headers={"Host": "evil.example"})
    also = machine().get(LOGIN, headers={"X-Forwarded-Host": "evil.example"})

    assert answer.status_code == 400
    assert "evil.example" not in also.content.decode()
