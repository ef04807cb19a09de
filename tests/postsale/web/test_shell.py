"""The shell: sidebar, search, toasts, switching shops, what people prefer to see."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.http import HttpRequest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone

from postsale.templatetags.shell import ago
from postsale.tenants.create import add_member, create_tenant
from postsale.tenants.models import User
from postsale.web import charts, navigation, preferences
from postsale.web.navigation import Link, Section

PAGE = "/boards/"
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
PASSWORD = "harbour-lights-88"


def make_shop(slug: str = "north") -> int:
    """A shop with an owner, by its tenant's id."""
    owner = f"owner@{slug}.example"
    return create_tenant(slug.title(), slug=slug, owner=owner, password=PASSWORD, now=NOW).tenant_id


def owner_client(slug: str = "north") -> Client:
    """The browser of the shop's owner."""
    client = Client()
    client.force_login(User.objects.get(email=f"owner@{slug}.example"))
    return client


def test_sections_of_one_heading_become_one_sorted_by_place(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Link(label="Runs", url="/runs/", icon="history", place=40)
    today = Link(label="Today", url="/", icon="house", place=10)
    hidden = Link(label="Keys", url="/keys/", icon="key", roles=["owner"])
    boards = Section(heading="Boards", links=[Link(label="Late", url="/late/", icon="inbox")], topic="signed")
    said = [boards, Section(heading="", links=[runs, hidden]), Section(heading="", links=[today])]
    monkeypatch.setattr(navigation, "_sources", [lambda _request: said])

    request = HttpRequest()
    request.member = SimpleNamespace(role="viewer")  # type: ignore[attr-defined]

    found = navigation.sections(request)

    assert [(s.heading, [link.label for link in s.links], s.topic) for s in found] == [
        ("", ["Today", "Runs"], ""),
        ("Boards", ["Late"], "signed"),
    ]


@pytest.mark.parametrize(
    ("path", "here"), [("/", "/"), ("/orders/7/", "/orders/"), ("/orders/", "/orders/"), ("/x/", "")]
)
def test_a_page_belongs_to_the_longest_address_that_leads_to_it(path: str, here: str) -> None:
    links = [Link(label="Today", url="/", icon="house"), Link(label="Orders", url="/orders/", icon="package")]

    assert navigation.current(links, path) == here


@pytest.mark.django_db(transaction=True)
def test_search_finds_pages_by_their_name_and_nothing_for_strangers() -> None:
    make_shop()

    found = owner_client().get("/search/", {"q": "BOARDS"})
    stranger = Client().get("/search/", {"q": "boards"})

    assert b'href="/boards/"' in found.content
    assert stranger.status_code == 403


@pytest.mark.django_db(transaction=True)
def test_search_takes_any_text() -> None:
    make_shop()

    answers = [owner_client().get("/search/", {"q": text}).status_code for text in ("\0", "<b>", "%_\\", "x" * 5000)]

    assert answers == [200, 200, 200, 200]


@pytest.mark.django_db(transaction=True)
def test_a_person_of_two_shops_goes_from_one_to_the_other_and_by_links_that_name_it() -> None:
    make_shop("north")
    south = make_shop("south")
    add_member(south, "owner@north.example", role="viewer", password=PASSWORD, now=NOW)
    client = owner_client("north")
    client.get(PAGE)

    menu = client.get("/shops/").content.decode()
    moved = client.post("/shops/", {"shop": south})
    in_south = client.get(PAGE).content.decode()
    led = client.get(PAGE, {"shop": "north", "view": "x"})

    assert [name in menu for name in ("North", "South", "Owner", "Viewer")] == [True] * 4
    assert (moved.status_code, moved["Location"]) == (302, "/")
    assert '<span class="name">South</span>' in in_south
    assert (led.status_code, led["Location"]) == (302, "/boards/?view=x")
    assert '<span class="name">North</span>' in client.get(PAGE).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("said", ["", "x", "٣", "9" * 30, "-1"])
def test_nobody_gets_into_a_shop_that_is_not_theirs(said: str) -> None:
    make_shop("north")
    south = make_shop("south")
    client = owner_client("north")
    client.get(PAGE)

    client.post("/shops/", {"shop": said or south})
    client.get(PAGE, {"shop": "south"})

    assert '<span class="name">North</span>' in client.get(PAGE).content.decode()


@pytest.mark.django_db(transaction=True)
def test_preferences_are_kept_and_shown_and_never_lead_elsewhere() -> None:
    make_shop()
    client = owner_client()

    answer = client.post("/preferences/", {"theme": "dark", "single_keys": "off", "next": "//evil.example/"})
    wrong = client.post("/preferences/", {"theme": "<pink>", "next": PAGE})

    page = client.get(PAGE).content.decode()
    assert (answer["Location"], wrong["Location"]) == ("/", PAGE)
    assert 'data-theme="dark"' in page
    assert 'data-single-keys="off"' in page


def test_only_known_preferences_are_kept() -> None:
    said = {"theme": "dark", "density": 7, "single_keys": False, "other": "x"}

    assert preferences.checked(said) == {"theme": "dark", "single_keys": False}
    assert preferences.read(None) == dict(preferences.DEFAULTS)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"), (-30, "just now"), (60, "1 min ago"), (3_000, "50 min ago"), (7_200, "2 h ago"),
        (-7_200, "in 2 h"), (4 * 86_400, "4 days ago"), (-4 * 86_400, "in 4 days"), (40 * 86_400, "11 Oct 2026"),
    ],
)  # fmt: skip
def test_moments_are_said_in_words(seconds: int, words: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), now=NOW) == words


def test_a_moment_says_exactly_when_in_the_shops_zone() -> None:
    template = Template("{% load shell %}{% moment at %}{% moment nothing %}")

    with timezone.override("Europe/Berlin"):
        html = template.render(Context({"at": datetime(2026, 1, 5, 10, 0, tzinfo=UTC), "nothing": None}))

    assert 'title="5 Jan 2026, 11:00 CET"' in html
    assert html.endswith("\N{EN DASH}")


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (3, 4), (5, 8), (7, 8), (11, 12), (41, 60), (99, 100), (1_204, 1_600)]
)
def test_axes_end_at_a_number_that_divides_well(value: int, top: int) -> None:
    assert charts.round_up(value) == top


def test_a_chart_says_every_piece_and_survives_nothing() -> None:
    series = [
        charts.Series(name="open", tone="c1", values=[2, 0]),
        charts.Series(name="done", tone="c2", values=[1, 0]),
    ]

    drawn = charts.stacked("Cards <by> day", ["Mon", "Tue"], series)
    nothing = charts.stacked("None", [], [])

    assert drawn.count("<rect") == 2
    assert "<title>Mon: 2 open</title>" in drawn
    assert 'aria-label="Cards &lt;by&gt; day"' in drawn
    assert "<rect" not in nothing
    assert "<polyline" in charts.sparkline([])
    assert 'width="100.0"' in charts.bar(5, 4)


@pytest.mark.django_db(transaction=True)
def test_times_on_pages_are_the_shops(client: Client) -> None:
    create_tenant("Far", slug="far", owner="owner@far.example", password=PASSWORD, now=NOW, timezone="Pacific/Auckland")

    answer = owner_client("far").get(PAGE)

    assert answer.status_code == 200
    assert timezone.get_current_timezone_name() == "UTC"
