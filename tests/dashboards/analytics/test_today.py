"""Today: every figure is what its list shows, in as many queries for a large shop as for a small one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.analytics import telling, today
from dashboards.analytics.counting import Count, store
from dashboards.analytics.today import Closed, Window
from dashboards.boards import cases
from dashboards.boards.models import Board, Case
from postsale.tenants.create import add_member
from postsale.tenants.models import User
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop
from postsale.web.charts import round_up
from tests.dashboards.kit import Batch, board_of, card, make_order, make_shop, owner_of, place
from workflows.runs.models import Figure, Occasion

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Shop:
    """A shop with an owner."""
    return make_shop()


def signed_in(shop: Shop, *, role: str = "owner") -> Client:
    """A member of the shop who has signed in."""
    email = f"{role}@north.example"
    if role != "owner":
        add_member(shop.id, email, role=role, password="harbour-lights-88", now=datetime.now(UTC))
    client = Client()
    client.force_login(User.objects.get(email=email))
    return client


def surface(shop: Shop, *numbers: str, at: datetime, severity: str = "warning") -> list[Case]:
    """Cards on Exceptions, placed at a moment."""
    with tenant(shop.id):
        board = board_of(shop)
        made = [make_order(shop, number) for number in numbers]
    place(shop, [card(board, order=o.id, parcel=p.id, at=at, severity=severity) for o, p in made])
    with tenant(shop.id):
        return list(Case.objects.filter(subject__in=[p.id for _, p in made]).order_by("id"))


def window_of(shop: Shop, now: datetime, days: int = 14) -> Window:
    """The last days."""
    return Window(days=days, last=now.astimezone(shop.zone).date(), zone=shop.zone)


def test_a_new_shop_is_told_where_to_begin(shop: Shop) -> None:
    page = signed_in(shop).get("/")

    assert page.status_code == 200
    assert "Nothing has come in yet" in page.text


def test_cards_are_counted_by_what_became_of_them(shop: Shop) -> None:
    now = timezone.now()
    first, second, _ = surface(shop, "1001", "1002", "1003", at=now - timedelta(hours=4))
    with tenant(shop.id):
        cases.resolve([first.id], member=owner_of(shop), reason="called", now=now)
        Case.objects.filter(id=second.id).update(
            state="resolved", resolved_at=now, resolved_by={"kind": "cleared", "name": "delivered"}
        )
        window = window_of(shop, now)
        opened, done = today.outcomes(shop.id, window), today.closed(shop.id, window)

    assert (opened.person.total(), opened.cleared.total(), opened.open.total()) == (1, 1, 1)
    assert (done.total, done.by_people) == (2, 1)
    assert done.median == pytest.approx(4 * 3600, abs=5)
    assert done.before_total == 0


def test_what_was_closed_is_compared_with_the_days_before(shop: Shop) -> None:
    now = timezone.now()
    cards = surface(shop, "1001", "1002", at=now - timedelta(days=10))
    with tenant(shop.id):
        for case, at in zip(cards, (now - timedelta(days=9), now - timedelta(hours=1)), strict=True):
            cases.resolve([case.id], member=owner_of(shop), now=at)
        done = today.closed(shop.id, window_of(shop, now, days=7))

    assert (done.total, done.before_total) == (1, 1)
    assert done.before_median == pytest.approx(86_400, abs=5)


def test_past_due_is_by_each_boards_own_hours(shop: Shop) -> None:
    now = timezone.now()
    surface(shop, "1001", "1002", at=now - timedelta(hours=5))
    surface(shop, "1003", at=now - timedelta(hours=1))
    with tenant(shop.id):
        Board.objects.filter(slug="exceptions").update(settings={"sla_hours": 4})
        lines = {line.slug: line for line in today.boards_now(shop.id, email="nobody@x.example", now=now)}

    assert (lines["exceptions"].open, lines["exceptions"].overdue, lines["exceptions"].unassigned) == (3, 2, 3)
    assert lines["late-shipments"].overdue == 0
    page = signed_in(shop).get("/boards/all/?view=overdue")
    assert {line.order_number for line in page.context["cards"]} == {"1001", "1002"}


def test_noise_is_what_happened_less_what_acted(shop: Shop) -> None:
    day = timezone.now().astimezone(shop.zone).date()
    with tenant(shop.id):
        for type_, count in (("label.created", 90), ("tracking.status_changed", 10)):
            Occasion.objects.create(tenant_id=shop.id, day=day, type=type_, count=count)
        Figure.objects.create(tenant_id=shop.id, day=day, workflow_id=shop.member_ids["owner@north.example"], acted=8)

    page = signed_in(shop).get("/")

    assert page.context["noise"] == {"checked": 100, "acted": 8, "held": 92, "share": "92 %"}


def test_measures_have_their_days_and_parts(shop: Shop) -> None:
    day = timezone.now().astimezone(shop.zone).date()
    with tenant(shop.id):
        counts = [
            Count(dashboard="operations", measure="late_handoffs", day=day, carrier=carrier, sales_channel="shopify-us")
            for carrier in ("ups", "ups", "dhl")
        ]
        store(Batch(shop=shop), counts)
    client = signed_in(shop)

    page = client.get("/dashboards/operations/")
    ups = client.get("/dashboards/operations/?carrier=ups")

    assert [(m["name"], m["total"]) for m in page.context["measures"]] == [("Late handoffs", 3)]
    assert page.context["measures"][0]["parts"][0]["rows"] == [("ups", 2), ("dhl", 1)]
    assert [m["total"] for m in ups.context["measures"]] == [2]
    assert client.get("/dashboards/elsewhere/").status_code == 404
    assert client.get("/dashboards/operations/?from=rubbish&to=2026-13-99").status_code == 200


def test_one_card_and_thirty_cost_the_same_queries(shop: Shop) -> None:
    client, now = signed_in(shop), timezone.now()
    surface(shop, "1000", at=now)
    client.get("/")
    few = queries_of(lambda: client.get("/", headers={"HX-Request": "true"}))

    surface(shop, *(str(n) for n in range(1001, 1030)), at=now)
    many = queries_of(lambda: client.get("/", headers={"HX-Request": "true"}))

    assert len(many) == len(few)
    assert len([sql for sql in few if is_ours(sql)]) <= 12


def is_ours(sql: str) -> bool:
    """Not the session's, the member's or the transaction's."""
    tables = ("dashboards_", "workflows_", "postsale_shipment")
    return any(f"from {table}" in sql.lower().replace('"', "") for table in tables)


def queries_of(ask: Callable[[], object]) -> list[str]:
    """What the database is asked."""
    with CaptureQueriesContext(connection) as caught:
        ask()
    return [query["sql"] for query in caught.captured_queries]


@pytest.mark.parametrize("role", ["shipping_manager", "viewer", "builder"])
def test_every_role_sees_today_and_only_builders_the_way_to_fix_things(shop: Shop, role: str) -> None:
    page = signed_in(shop, role=role).get("/")

    assert page.status_code == 200
    assert page.context["builds"] == (role == "builder")


def test_strangers_do_not_see_today(shop: Shop) -> None:
    surface(shop, "1001", at=timezone.now())
    elsewhere = make_shop("south")
    client = Client()
    client.force_login(User.objects.get(email=f"owner@{elsewhere.slug}.example"))

    assert Client().get("/").status_code == 302
    assert client.get("/").context["boards"][0].open == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "\u2013"), (50, "1 min"), (8040, "2 h 14 min"), (36_000, "10 h"), (104_000, "28 h"), (300_000, "3 d 11 h")],
)
def test_spans_are_as_exact_as_it_matters(seconds: float | None, words: str) -> None:
    assert telling.span(seconds) == words


@pytest.mark.parametrize(
    ("part", "whole", "words"), [(0, 0, "\u2013"), (0, 9, "0 %"), (1, 900, "<1 %"), (899, 900, "99 %"), (9, 9, "100 %")]
)
def test_a_share_is_never_rounded_into_a_lie(part: int, whole: int, words: str) -> None:
    assert telling.share(part, whole) == words


@pytest.mark.parametrize(("value", "top"), [(0, 4), (4, 4), (7, 8), (9, 12), (10, 12), (13, 16), (41, 60), (101, 120)])
def test_an_axis_ends_at_a_number_that_divides_into_four(value: int, top: int) -> None:
    assert round_up(value) == top


def test_no_card_closed_says_so() -> None:
    window = Window(days=7, last=datetime(2026, 11, 20, tzinfo=UTC).date(), zone=ZoneInfo("UTC"))

    said = telling.kpis([], Closed(), today.Outcomes(), window)

    assert [kpi["delta"] for kpi in said][2:] == ["No card was closed yet", "No card was closed yet"]
