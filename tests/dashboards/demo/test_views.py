"""The page of stories: who sees it and may play, what it says where stories don't play, and how the demo ends."""

from http import HTTPStatus

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from dashboards.demo import opening
from dashboards.demo.playing import STAGE
from dashboards.demo.stories import STORIES
from postsale.tenants.find import tenant_id_of
from postsale.tenants.models import Role
from postsale.tenants.scope import tenant
from tests.dashboards.kit import NOW, make_shop
from tests.factories import make_member
from tests.waiting import until
from workflows.runs.models import Run

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])

PASSWORD = "harbour-lights-88"
TELLERS = {opening.OWNER.email, opening.BUILDER.email}


@pytest.fixture
def demo() -> int:
    """The demo shop before its first order; its tenant's id."""
    return opening.open_shop(password=PASSWORD, now=NOW).tenant_id


def signed_in(email: str) -> Client:
    """A browser of theirs."""
    client = Client()
    client.force_login(get_user_model().objects.get(email=email))
    return client


@pytest.mark.parametrize("email", [each.email for each in opening.TEAM])
def test_everybody_of_the_demo_reads_the_stories_and_some_may_play_them(demo: int, email: str) -> None:
    page = signed_in(email).get("/stories/")
    words = page.content.decode()

    assert page.status_code == HTTPStatus.OK
    assert [story.title in words for story in STORIES.values()] == [True] * len(STORIES)
    assert ("data-plays" in words) == (email in TELLERS)
    assert ("demo_remove" in words or "/stories/remove/" in words) == (email == opening.OWNER.email)


@pytest.mark.parametrize(("email", "status"), [(opening.MANAGER.email, 403), (opening.VIEWER.email, 403)])
def test_who_only_works_or_looks_may_not_play(demo: int, email: str, status: int) -> None:
    assert signed_in(email).post("/stories/exception/").status_code == status
    assert STAGE.of(demo) is None


def test_a_story_begins_and_says_when_nobody_answers(demo: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PORT", 9)
    client = signed_in(opening.BUILDER.email)

    first = client.post("/stories/late_handoff/", headers={"HX-Request": "true"})
    play = STAGE.of(demo)
    assert play is not None
    until(lambda: play.is_over, within=20, what="the end of the story")
    after = client.get("/stories/progress/").content.decode()

    assert (first.status_code, "Late handoff" in first.content.decode()) == (HTTPStatus.OK, True)
    assert "The story stopped: nobody answers at 127.0.0.1:9" in after
    assert "every 1s" not in after


def test_there_is_no_such_story(demo: int) -> None:
    assert signed_in(opening.OWNER.email).post("/stories/nonsense/").status_code == HTTPStatus.NOT_FOUND


def test_a_shop_that_sells_is_told_that_stories_play_elsewhere() -> None:
    shop = make_shop("north")
    client = signed_in("owner@north.example")

    page = " ".join(client.get("/stories/").content.decode().split())
    played = client.post("/stories/exception/")

    assert ("Stories play in demo shops only" in page, "data-plays" in page) == (True, False)
    assert (played.status_code, STAGE.of(shop.id)) == (HTTPStatus.FOUND, None)
    with tenant(shop.id):
        assert not Run.objects.filter(tenant_id=shop.id).exists()


def test_strangers_sign_in_first(demo: int) -> None:
    assert Client().get("/stories/").status_code == HTTPStatus.FOUND


def test_the_sidebar_and_the_search_lead_there_in_demo_shops_only(demo: int) -> None:
    make_shop("north")
    ours, theirs = signed_in(opening.BUILDER.email), signed_in("owner@north.example")

    found = [client.get("/search/", {"q": "customs"}).content.decode() for client in (ours, theirs)]
    pages = [client.get("/stories/").content.decode() for client in (ours, theirs)]

    assert ["/stories/#customs_hold" in each for each in found] == [True, False]
    assert ['href="/stories/"' in each for each in pages] == [True, False]


def test_its_owner_removes_the_demo_with_one_click_and_is_signed_out(demo: int) -> None:
    client = signed_in(opening.OWNER.email)

    gone = client.post("/stories/remove/")

    assert (gone.status_code, gone["Location"]) == (HTTPStatus.FOUND, "/")
    assert tenant_id_of(opening.SLUG) is None
    assert client.get("/stories/").status_code == HTTPStatus.FOUND
    assert not get_user_model().objects.filter(email=opening.OWNER.email).exists()


@pytest.mark.parametrize("email", [opening.BUILDER.email, opening.VIEWER.email])
def test_nobody_else_may_remove_it(demo: int, email: str) -> None:
    assert signed_in(email).post("/stories/remove/").status_code == HTTPStatus.FORBIDDEN
    assert tenant_id_of(opening.SLUG) == demo


def test_a_shop_that_sells_is_never_removed() -> None:
    shop = make_shop("north")
    make_member(shop.id, role=Role.ADMIN, email="ada@north.example")

    answers = [signed_in(f"{who}@north.example").post("/stories/remove/").status_code for who in ("owner", "ada")]

    assert answers == [HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN]
    assert tenant_id_of("north") == shop.id
