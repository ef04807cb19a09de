"""First steps tick themselves; drafts come with what they would have done; the sample shop is everybody's to look at."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dashboards.boards.models import Board
from postsale.tenants.models import Member, Tenant, User
from postsale.tenants.scope import tenant
from tests.factories import PASSWORD, make_connection, make_member, make_tenant
from workflows.definitions.models import Workflow
from workflows.replay import backtest

pytestmark = pytest.mark.django_db(transaction=True)


def client_of(email: str) -> Client:
    """The browser of a person."""
    client = Client()
    client.force_login(User.objects.get(email=email))
    return client


def test_a_new_shop_has_everything_before_it_and_steps_tick_themselves() -> None:
    shop = make_tenant()
    client = client_of(shop.owner)

    before = client.get("/welcome/").content.decode()
    make_connection(shop.id)
    make_member(shop.id)
    after = client.get("/welcome/").content.decode()

    assert ("0 of 6 done" in before, "2 of 6 done" in after) == (True, True)


def test_who_may_not_change_settings_is_not_asked_to() -> None:
    shop = make_tenant()
    builder, manager = make_member(shop.id, role="builder"), make_member(shop.id, role="shipping_manager")

    page = client_of(builder.email).get("/welcome/").content.decode()
    answer = client_of(manager.email).get("/welcome/")

    assert ("of 3 done" in page, "/settings/mail/" in page) == (True, False)
    assert (answer.status_code, answer["Location"]) == (302, "/boards/")
    assert client_of(manager.email).post("/welcome/problems/", {"problem": "late_handoff"}).status_code == 403


def test_problems_become_drafts_that_are_tried_at_once() -> None:
    shop = make_tenant()
    client = client_of(shop.owner)

    client.post("/welcome/problems/", {"problem": ["late_handoff", "wrong_address", "nonsense"]})
    waiting = client.get("/welcome/").content.decode()
    backtest.run_next()
    backtest.run_next()
    done = client.get("/welcome/drafts/").content.decode()

    with tenant(shop.id):
        assert [row.state for row in Workflow.objects.filter(tenant_id=shop.id)] == ["draft", "draft"]
    assert waiting.count("Trying it on your last 30 days") == 2
    assert done.count("No orders of the last 30 days") == 2


def test_nothing_ticked_makes_nothing() -> None:
    shop = make_tenant()

    page = client_of(shop.owner).post("/welcome/problems/", follow=True).content.decode()

    assert "Tick what goes wrong most first" in page


def test_the_sample_shop_takes_in_who_asks_as_a_builder_once() -> None:
    shop, sample = make_tenant(), make_tenant(slug="demo")
    with tenant(sample.id):
        Tenant.objects.filter(id=sample.id).update(is_demo=True)
    client = client_of(shop.owner)
    offered = client.get("/welcome/").content.decode()

    client.post("/welcome/sample/")
    client.post("/welcome/sample/")

    with tenant(sample.id):
        roles = [member.role for member in Member.objects.filter(tenant_id=sample.id, email=shop.owner)]
    assert "Use the sample shop" in offered
    assert roles == ["builder"]
    assert "This is a demo shop" in client.get("/boards/").content.decode()


def test_a_shop_that_only_has_the_name_is_no_sample() -> None:
    shop = make_tenant()
    make_tenant(slug="demo")

    assert client_of(shop.owner).post("/welcome/sample/").status_code == 404


def test_there_is_no_sample_where_strangers_sign_up_or_nobody_is_signed_in(settings: Settings) -> None:
    shop, sample = make_tenant(), make_tenant(slug="demo")
    with tenant(sample.id):
        Tenant.objects.filter(id=sample.id).update(is_demo=True)
    settings.POSTSALE_SIGNUP = True

    assert client_of(shop.owner).post("/welcome/sample/").status_code == 404
    assert Client().post("/welcome/sample/")["Location"] == "/accounts/login/"


def test_people_arrive_where_their_role_works() -> None:
    shop = make_tenant()
    builder, manager = make_member(shop.id, role="builder"), make_member(shop.id, role="shipping_manager")

    fresh = client_of(shop.owner).get("/welcome/start/")
    make_connection(shop.id)
    arrived = {
        each.role: client_of(each.email).get("/welcome/start/")["Location"]
        for each in (builder, manager, make_member(shop.id, role="viewer"))
    }

    assert fresh["Location"] == "/welcome/"
    assert arrived == {"builder": "/", "shipping_manager": "/boards/exceptions/?view=todo", "viewer": "/"}


def test_signing_in_leads_there_and_the_front_page_asks_for_nothing_else() -> None:
    shop = make_tenant()
    manager = make_member(shop.id, role="shipping_manager")
    user = User.objects.get(email=manager.email)
    user.set_password(PASSWORD)
    user.save()
    client = Client()

    asked = client.get("/")
    answer = client.post("/accounts/login/", {"login": manager.email, "password": PASSWORD}, follow=True)

    assert asked["Location"] == "/accounts/login/"
    assert answer.redirect_chain[-1][0] == "/boards/exceptions/?view=todo"


def test_without_its_board_a_shipping_manager_arrives_at_the_first_there_is() -> None:
    shop = make_tenant()
    manager = make_member(shop.id, role="shipping_manager")
    with tenant(shop.id):
        Board.objects.filter(slug="exceptions").update(archived_at=timezone.now())
    first = client_of(manager.email).get("/welcome/start/")["Location"]
    with tenant(shop.id):
        Board.objects.update(archived_at=timezone.now())

    assert first == "/boards/late-shipments/?view=todo"
    assert client_of(manager.email).get("/welcome/start/")["Location"] == "/boards/"


@pytest.mark.parametrize(
    ("role", "text", "labels"),
    [
        ("owner", "invite", ["Invite somebody"]),
        ("viewer", "invite", []),
        ("builder", "template", ["Start from a template"]),
        ("viewer", "dark theme", ["Dark theme"]),
        ("shipping_manager", "sign out", ["Sign out"]),
        ("shipping_manager", "new workflow", []),
    ],
)
def test_the_search_finds_what_a_role_may_do(role: str, text: str, labels: list[str]) -> None:
    shop = make_tenant()
    member = make_member(shop.id, role=role)

    groups = dict(client_of(member.email).get("/search/", {"q": text}).context["groups"])

    assert [hit.label for hit in groups.get("Actions", [])] == labels


def test_an_act_of_the_search_is_sent_at_once() -> None:
    shop = make_tenant()
    client = client_of(shop.owner)

    found = client.get("/search/", {"q": "dark"}, headers={"HX-Current-URL": "http://testserver/orders/?q=1"})
    page = found.content.decode()

    assert '<form method="post" action="/preferences/">' in page
    assert 'value="/orders/"' in page
    assert "csrfmiddlewaretoken" in page
