"""The doors: the first shop of an installation, sign-up, one's own account, and shut shops."""

import re
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings

from postsale.backoffice.entrance import claim
from postsale.orders.models import Order
from postsale.tenants.models import AuditEntry, Member, Tenant, User
from postsale.tenants.scope import person, tenant
from tests.factories import make_tenant
from tests.postsale.backoffice.kit import browser

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = {
    "shop": "Harbour Tea",
    "timezone": "Europe/Berlin",
    "email": "Ann@Shop.example",
    "password": "harbour-lights-88",
}


def _shop_of(email: str) -> Tenant:
    user = User.objects.get(email=email)
    with person(user.pk):
        member = Member.objects.get(user_id=user.pk)
        return Tenant.objects.get(id=member.tenant_id)


def test_who_has_the_token_sets_up_once_and_is_in() -> None:
    client = Client()

    answer = client.post("/setup/", {**FIRST, "token": claim.token()})

    assert answer.status_code == 302
    shop, user = _shop_of("ann@shop.example"), User.objects.get(email="ann@shop.example")
    assert (shop.name, shop.slug, shop.timezone, user.is_staff) == ("Harbour Tea", "harbour-tea", "Europe/Berlin", True)
    assert client.get("/settings/").status_code == 200
    assert Client().get(f"/setup/?token={claim.token()}").status_code == 404


def test_without_the_token_nobody_sets_up() -> None:
    assert Client().get("/setup/").status_code == 200
    assert Client().post("/setup/", {**FIRST, "token": "guess"}).status_code == 403
    assert not User.objects.exists()


def test_a_demo_shop_does_not_close_the_door() -> None:
    make_tenant()

    assert "Make my shop" in Client().get(f"/setup/?token={claim.token()}").content.decode()


def test_strangers_sign_up_where_they_may(settings: Settings) -> None:
    said = {
        "shop": "Tea & Co",
        "timezone": "UTC",
        "email": "ann@shop.example",
        "password1": FIRST["password"],
        "password2": FIRST["password"],
    }
    settings.POSTSALE_SIGNUP = False
    closed = Client().get("/accounts/signup/").content.decode()
    settings.POSTSALE_SIGNUP, settings.ACCOUNT_EMAIL_VERIFICATION = True, "none"
    client = Client()

    answer = client.post("/accounts/signup/", said)

    assert "Sign-up is closed" in closed
    assert answer.status_code == 302, re.findall(r"<p>.*?</p>", answer.content.decode())
    assert _shop_of("ann@shop.example").slug == "tea-co"
    assert client.get("/settings/").status_code == 200


def test_two_shops_of_one_name_get_addresses_of_their_own(settings: Settings) -> None:
    settings.POSTSALE_SIGNUP = True
    client = browser(make_tenant(slug="tea").owner)

    client.post("/shops/new/", {"shop": "Tea", "timezone": "UTC"})

    assert 'class="mono">tea-2<' in client.get("/settings/").content.decode()


def test_nobody_makes_shops_where_sign_up_is_closed() -> None:
    assert browser(make_tenant().owner).get("/shops/new/").status_code == 404


def test_a_person_keeps_a_name_and_how_pages_look() -> None:
    shop = make_tenant()
    client = browser(shop.owner)

    client.post("/account/", {"name": "Ann", "theme": "dark", "density": "comfortable"})

    user = User.objects.get(email=shop.owner)
    assert (user.name, user.preferences["theme"], user.preferences["single_keys"]) == ("Ann", "dark", False)
    page = client.get("/account/").content.decode()
    assert 'data-theme="dark"' in page
    assert 'data-single-keys="off"' in page


def test_people_of_a_suspended_shop_are_told_and_programs_too() -> None:
    shop = make_tenant(name="North")
    client = browser(shop.owner)
    with tenant(shop.id):
        Tenant.objects.filter(id=shop.id).update(state="suspended")

    page, api = client.get("/settings/"), client.get("/api/v1/orders/")

    assert (page.status_code, api.status_code) == (403, 403)
    assert "North is suspended" in page.content.decode()
    assert api["content-type"] == "application/problem+json"


def test_being_here_is_noted_now_and_then() -> None:
    shop = make_tenant()

    browser(shop.owner)

    with tenant(shop.id):
        assert Member.objects.get(tenant_id=shop.id).last_seen_at is not None


@pytest.mark.parametrize(
    "path",
    ["login/", "password/reset/", "password/change/", "email/", "2fa/", "2fa/totp/activate/", "logout/", "signup/"],
)
def test_the_pages_of_signing_in_open_without_inline_scripts(path: str, settings: Settings) -> None:
    settings.POSTSALE_SIGNUP = True
    is_for_guests = path in {"login/", "password/reset/", "signup/"}
    client = Client() if is_for_guests else browser(make_tenant().owner)

    answer = client.get(f"/accounts/{path}", follow=True)

    assert answer.status_code == 200
    inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", answer.content.decode())
    assert (inline, re.findall(r"(?<![\w-])(?:style|on\w+)=", answer.content.decode())) == ([], [])


def test_every_template_of_the_door_is_styled(tmp_path: Path) -> None:
    page = Client().get("/accounts/login/").content.decode()

    assert "css/entrance" in page
    assert "Sign in with a passkey" in page


def test_a_page_that_was_open_too_long_says_what_to_do() -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/accounts/login/", {"login": "a@b.example", "password": "x"})

    assert answer.status_code == 403
    assert "Go back, load the page again" in answer.content.decode()


def test_too_many_tries_are_told_in_our_words(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1/m/ip"}
    client = Client()

    answers = [client.post("/accounts/password/reset/", {"email": "a@b.example"}) for _ in range(3)]

    assert [answer.status_code for answer in answers][-1] == 429
    assert "Too many tries" in answers[-1].content.decode()


def test_somebody_with_another_address_keeps_their_work_in_every_shop(mailoutbox: list[EmailMessage]) -> None:
    shop, other = make_tenant(name="North"), make_tenant(name="South")
    client = browser(shop.owner)
    user = User.objects.get(email=shop.owner)
    for each in (shop, other):
        with tenant(each.id):
            Member.objects.filter(user=user).exists() or Member.objects.create(
                tenant_id=each.id, user=user, email=user.email, role="builder"
            )
            Order.objects.create(
                tenant_id=each.id, sales_channel="x", number="1", number_key="1", fulfillment_status="fulfilled",
                delivery_status="in_progress", ops_status="new", body={"assignee": user.email},
            )  # fmt: skip

    client.post("/accounts/email/", {"action_add": "", "email": "new@shop.example"})
    link = re.search(r"http\S+confirm-email\S+", str(mailoutbox[-1].body))
    assert link is not None
    before = User.objects.get(id=user.pk).email
    client.post(link[0])

    assert (before, User.objects.get(id=user.pk).email) == (shop.owner, "new@shop.example")
    for each in (shop, other):
        with tenant(each.id):
            assert Member.objects.get(user=user).email == "new@shop.example"
            assert Order.objects.get().body["assignee"] == "new@shop.example"
            assert AuditEntry.objects.get(action="member.renamed").target == "new@shop.example"
