"""A board's page: views, filters, order, pages, the drawer, saved views, files, and who may do what."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.boards.models import Board, BoardView, Case, CaseEntry
from postsale.tenants.create import add_member
from postsale.tenants.models import AuditEntry, User
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop
from tests.dashboards.kit import IS_EXCEPTION, PASSWORD, Batch, board_of, card, changed, make_order, make_shop, place
from workflows.catalog.shelf import SubjectChange

pytestmark = pytest.mark.django_db(transaction=True)
BOARD = "/boards/exceptions/"


@pytest.fixture
def shop() -> Shop:
    """A shop with an owner."""
    return make_shop()


def client_of(shop: Shop, role: str = "owner") -> Client:
    """A member with this role, signed in."""
    email = f"{role}@{shop.slug}.example"
    if not User.objects.filter(email=email).exists():
        add_member(shop.id, email, role=role, password=PASSWORD, now=datetime.now(UTC))
    client = Client()
    client.force_login(User.objects.get(email=email))
    return client


def surface(shop: Shop, numbers: Sequence[str], *, severity: str = "warning", hours_ago: float = 1) -> list[Case]:
    """Cards on Exceptions, opened some hours ago, a second apart."""
    now = timezone.now()
    with tenant(shop.id):
        board = board_of(shop)
        made = [make_order(shop, number) for number in numbers]
    cards = [
        card(
            board,
            order=o.id,
            parcel=p.id,
            severity=severity,
            at=now - timedelta(hours=hours_ago) + timedelta(seconds=n),
        )
        for n, (o, p) in enumerate(made)
    ]
    place(shop, cards)
    with tenant(shop.id):
        return list(Case.objects.filter(subject__in=[p.id for _, p in made]).order_by("opened_at"))


def shown(client: Client, query: str = "", path: str = BOARD) -> list[str]:
    """The order numbers on the page, from top to bottom."""
    return [line.order_number for line in client.get(f"{path}{query}").context["cards"]]


def change(shop: Shop, case: Case, **fields: object) -> None:
    """Set fields of a card."""
    with tenant(shop.id):
        Case.objects.filter(id=case.id).update(**fields)


def test_views_show_whose_cards_they_say(shop: Shop) -> None:
    mine, theirs, _, asleep = surface(shop, ["1", "2", "3", "4"])
    change(shop, mine, assignee="owner@north.example")
    change(shop, theirs, assignee="else@north.example")
    change(shop, asleep, state="snoozed", snoozed_until=timezone.now() + timedelta(days=1))
    client = client_of(shop)

    found = {
        view: shown(client, f"?view={view}") for view in ("open", "mine", "todo", "unassigned", "snoozed", "resolved")
    }

    assert found == {
        "open": ["3", "2", "1"], "mine": ["1"], "todo": ["3", "1"], "unassigned": ["3"], "snoozed": ["4"], "resolved": [],
    }  # fmt: skip
    counts = {view["key"]: view["count"] for view in client.get(BOARD).context["views"]}
    assert counts == {"open": 3, "mine": 1, "todo": 2, "unassigned": 1, "snoozed": 1, "resolved": None}


def test_filters_narrow_and_say_how_to_leave_them(shop: Shop) -> None:
    surface(shop, ["1001"], severity="critical")
    surface(shop, ["2002"])
    client = client_of(shop)

    assert shown(client, "?severity=critical") == ["1001"]
    assert shown(client, "?q=%232002") == ["2002"]
    assert shown(client, "?q=1Z1001") == ["1001"]
    assert shown(client, "?carrier=ups&channel=shopify-us&owner=nobody") == ["2002", "1001"]
    assert shown(client, "?carrier=dhl") == []
    assert "No cards match these filters" in client.get(f"{BOARD}?carrier=dhl").text
    assert shown(client, "?view=nonsense&sort=%00&severity=x") == ["2002", "1001"]


@pytest.mark.parametrize(
    ("sort", "order"), [("seen", "4321"), ("newest", "4321"), ("oldest", "1234"), ("severity", "3412")]
)
def test_cards_stand_in_the_order_asked_for(shop: Shop, sort: str, order: str) -> None:
    surface(shop, ["1", "2"], hours_ago=2)
    surface(shop, ["3", "4"], severity="critical")
    client = client_of(shop)

    assert "".join(shown(client, f"?sort={sort}")) == order


def test_a_page_goes_on_where_the_one_before_ended(shop: Shop) -> None:
    surface(shop, [str(n) for n in range(1000, 1130)])
    client = client_of(shop)
    for sort in ("seen", "oldest", "severity"):
        first = client.get(f"{BOARD}?sort={sort}")
        more = client.get(f"{BOARD}?sort={sort}&cursor={first.context['more']}")

        numbers = [line.order_number for page in (first, more) for line in page.context["cards"]]
        assert sorted(numbers) == [str(n) for n in range(1000, 1130)]
        assert more.context["more"] == ""
    assert client.get(f"{BOARD}?cursor=rubbish").status_code == 400


def test_past_due_is_said_in_words(shop: Shop) -> None:
    surface(shop, ["1"], hours_ago=5)
    surface(shop, ["2"], hours_ago=1)
    with tenant(shop.id):
        Board.objects.filter(slug="exceptions").update(settings={"sla_hours": 4})
    client = client_of(shop)

    page = client.get(f"{BOARD}?sort=oldest")

    assert shown(client, "?view=overdue") == ["1"]
    assert "59m over" in page.text or "1h over" in page.text
    assert 'data-tone="over"' in page.text
    assert "left" in page.text


def test_the_drawer_tells_all_of_a_card(shop: Shop) -> None:
    (case,) = surface(shop, ["1001"])
    client = client_of(shop)

    page = client.get(f"{BOARD}cards/{case.id}/")

    assert "the parcel has an exception" in page.text
    assert "1Z1001" in page.text
    assert "Put on the board" in page.text
    assert client.get(f"/boards/late-shipments/cards/{case.id}/").status_code == 404
    assert client.get(f"/boards/all/cards/{case.id}/").status_code == 200


def test_a_note_stays_with_the_card(shop: Shop) -> None:
    (case,) = surface(shop, ["1001"])
    client = client_of(shop, "shipping_manager")

    page = client.post(f"{BOARD}cards/{case.id}/note/", {"note": "Called the depot"})
    empty = client.post(f"{BOARD}cards/{case.id}/note/", {"note": " "})

    assert "Called the depot" in page.text
    assert empty.status_code == 422
    assert "Write something first" in empty.text
    with tenant(shop.id):
        entry = CaseEntry.objects.get(what="noted")
    assert (entry.words, entry.order_id, (entry.by or {})["name"]) == (
        "Called the depot", case.order_id, "shipping_manager@north.example",
    )  # fmt: skip


def test_a_picked_moment_is_the_shops_own_time(shop: Shop) -> None:
    (case,) = surface(shop, ["1001"])
    client = client_of(shop)
    until = (timezone.now().astimezone(shop.zone) + timedelta(days=2)).replace(second=0, microsecond=0)

    client.post(f"{BOARD}snooze/", {"case": case.id.hex, "until": f"{until:%Y-%m-%dT%H:%M}"})
    past = client.post(f"{BOARD}snooze/", {"case": case.id.hex, "until": "2020-01-01T09:00"})

    with tenant(shop.id):
        assert Case.objects.get(id=case.id).snoozed_until == until
    assert past.status_code == 422
    assert client.post(f"{BOARD}snooze/", {"case": case.id.hex, "until": "soon"}).status_code == 400


def test_giving_cards_away_gives_each_back_to_whom_it_belonged(shop: Shop) -> None:
    first, second = surface(shop, ["1001", "1002"])
    change(shop, second, assignee="owner@north.example")
    client = client_of(shop, "shipping_manager")

    page = client.post(f"{BOARD}assign/", {"case": [first.id.hex, second.id.hex], "assignee": "me"})
    assert page.context["undo_by"] == "give_back"
    back = client.post(f"{BOARD}give_back/", {"case": page.context["undo"], **page.context["fields"]})

    assert "2 cards given back." in back.text
    with tenant(shop.id):
        owners = {case.order_id: case.assignee for case in Case.objects.all()}
    assert owners == {first.order_id: None, second.order_id: "owner@north.example"}


def test_a_card_sleeps_until_its_carrier_moves(shop: Shop) -> None:
    (case,) = surface(shop, ["1001"])
    client = client_of(shop)

    said = client.post(f"{BOARD}snooze/", {"case": case.id.hex, "until": "moves"}).text
    assert "1 card snoozed until the carrier moves, " in said
    with tenant(shop.id):
        asleep = Case.objects.get(id=case.id)
        assert (asleep.state, asleep.scan_after) == ("snoozed", datetime(1970, 1, 1, tzinfo=UTC))
    assert "the carrier moves, at the latest" in client.get(f"{BOARD}cards/{case.id}/").text

    reports = [{}, {"parcel.last_scan_at": timezone.now(), "parcel.tracking_status": "in_transit"}]
    states = []
    for facts in reports:
        with tenant(shop.id):
            change = SubjectChange(order_id=case.order_id, shipment_id=case.shipment_id, facts=facts)
            changed(Batch(shop=shop, now=timezone.now()), [change])
            states.append(Case.objects.get(id=case.id).state)
    assert states == ["snoozed", "open"]
    assert "Woke up: the carrier moved: In transit" in client.get(f"{BOARD}cards/{case.id}/").text


def test_resolved_cards_are_found_by_when_and_by_whom(shop: Shop) -> None:
    by_hand, alone, long_ago, _ = surface(shop, ["1", "2", "3", "4"])
    now = timezone.now()
    person, cleared = {"kind": "person", "name": "owner@north.example"}, {"kind": "cleared", "name": "it is delivered"}
    change(shop, by_hand, state="resolved", resolved_at=now, resolved_by=person)
    change(shop, alone, state="resolved", resolved_at=now - timedelta(days=5), resolved_by=cleared)
    change(shop, long_ago, state="resolved", resolved_at=now - timedelta(days=20), resolved_by=cleared)
    client = client_of(shop)

    found = {
        query: shown(client, f"?view=resolved&{query}") for query in ("", "days=7", "days=7&by=itself", "by=person")
    }

    assert found == {"": ["1", "2", "3"], "days=7": ["1", "2"], "days=7&by=itself": ["2"], "by=person": ["1"]}
    assert shown(client, "?days=1&by=person") == ["4"]


def test_what_a_browser_without_a_socket_asks_for_is_what_the_socket_would_say(shop: Shop) -> None:
    surface(shop, ["1001"])
    surface(shop, ["2002"], severity="critical")
    client = client_of(shop)

    said = client.get(f"{BOARD}now/?severity=critical").json()

    assert ["2002" in row["html"] for row in said["rows"]] == [True]
    assert (said["whole"], said["gone"], said["counts"]["open"]) == (True, [], 2)
    assert client.get("/boards/all/now/").json()["counts"]["open"] == 2


def test_a_board_opens_with_the_view_that_was_chosen_ones_own_before_a_shared_one(shop: Shop) -> None:
    owner, worker = client_of(shop), client_of(shop, "shipping_manager")

    owner.post(f"{BOARD}views/", {"name": "Worst", "severity": "critical", "shared": "on", "first": "on"})
    assert worker.get(BOARD).headers["Location"] == f"{BOARD}?severity=critical"
    worker.post(f"{BOARD}views/", {"name": "Ours", "view": "todo", "first": "on"})
    worker.post(f"{BOARD}views/", {"name": "Everything", "first": "on"})

    assert worker.get(BOARD).headers["Location"] == f"{BOARD}?view=open"
    assert worker.get(f"{BOARD}?view=open").status_code == 200
    assert owner.get(BOARD).headers["Location"] == f"{BOARD}?severity=critical"


def test_an_empty_board_says_what_ended_without_anybody(shop: Shop) -> None:
    (case,) = surface(shop, ["1001"])
    cleared = {"kind": "cleared", "name": "The tracking status is Delivered"}
    change(shop, case, state="resolved", resolved_at=timezone.now(), resolved_by=cleared)

    page = client_of(shop).get(f"{BOARD}?view=todo").text

    assert "Ended without a person" in page
    assert "cleared: The tracking status is Delivered" in page


def test_all_cards_are_worked_together(shop: Shop) -> None:
    (case,) = surface(shop, ["1001"])
    client = client_of(shop)

    assert shown(client, path="/boards/all/") == ["1001"]
    assert "1 card resolved." in client.post("/boards/all/resolve/", {"case": case.id.hex}).text
    assert shown(client, path="/boards/all/") == []


def test_g01_g02_a_file_has_the_cards_of_the_view_and_no_formula_and_is_noted(shop: Shop) -> None:
    surface(shop, ["1001", "\uff1d1+1"])
    surface(shop, ["2002"], severity="critical")
    client = client_of(shop, "viewer")

    answer = client.get(f"{BOARD}export/?severity=warning&sort=oldest")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    assert answer["Content-Disposition"] == 'attachment; filename="exceptions-open.csv"'
    assert [row["order"] for row in rows] == ["1001", "'\uff1d1+1"]
    assert rows[0]["reason"] == "the parcel has an exception"
    with tenant(shop.id):
        noted = AuditEntry.objects.filter(tenant_id=shop.id, action="board.exported").values_list("actor", "target")
        assert list(noted) == [("viewer@north.example", "exceptions")]


def test_views_are_saved_for_oneself_or_shared_by_those_who_may(shop: Shop) -> None:
    owner, viewer = client_of(shop), client_of(shop, "viewer")

    owner.post(f"{BOARD}views/", {"name": "Worst", "severity": "critical", "shared": "on"})
    viewer.post(f"{BOARD}views/", {"name": "Late", "sort": "oldest", "shared": "on"})
    viewer.post(f"{BOARD}views/", {"name": " "})

    with tenant(shop.id):
        saved = {view.name: (view.query, view.member_id is None) for view in BoardView.objects.all()}
        worst, late = BoardView.objects.get(name="Worst"), BoardView.objects.get(name="Late")
    assert saved == {"Worst": ("severity=critical", True), "Late": ("sort=oldest", False)}
    assert [view.name for view in viewer.get(BOARD).context["saved"]] == ["Worst", "Late"]
    assert [view.name for view in owner.get(BOARD).context["saved"]] == ["Worst"]
    assert viewer.post(f"{BOARD}views/{worst.id}/remove/").status_code == 403
    assert owner.post(f"{BOARD}views/{late.id}/remove/").status_code == 404
    assert viewer.post(f"{BOARD}views/{late.id}/remove/").status_code == 302


def test_boards_are_made_changed_and_archived_by_those_who_build(shop: Shop) -> None:
    builder = client_of(shop, "builder")

    builder.post("/boards/new/", {"name": "Customs hold", "sla_hours": "24"})
    builder.post("/boards/new/", {"name": "Customs hold"})
    builder.post("/boards/customs-hold/settings/", {"name": "Customs", "sla_hours": "12.5"})
    builder.post("/boards/customs-hold-2/archive/")

    with tenant(shop.id):
        boards = {board.slug: (board.name, board.settings, board.archived_at is None) for board in Board.objects.all()}
        acts = set(AuditEntry.objects.filter(action__startswith="board.").values_list("action", flat=True))
    assert boards["customs-hold"] == ("Customs", {"sla_hours": 12.5}, True)
    assert boards["customs-hold-2"] == ("Customs hold", {}, False)
    assert acts == {"board.created", "board.changed", "board.archived"}
    assert builder.post("/boards/new/", {"name": "", "sla_hours": "-1"}).status_code == 422
    assert "Customs hold" not in client_of(shop, "viewer").get("/boards/").text
    assert builder.post("/boards/customs-hold-2/archive/", {"back": "1"}).status_code == 302


def test_a_boards_rule_is_said_in_words(shop: Shop) -> None:
    with tenant(shop.id):
        Board.objects.filter(slug="exceptions").update(rule=IS_EXCEPTION)

    page = client_of(shop).get(f"{BOARD}settings/")

    assert "The tracking status is Exception" in page.text


WRITES = [
    (f"{BOARD}resolve/", "workers"), (f"{BOARD}assign/", "workers"), (f"{BOARD}snooze/", "workers"),
    (f"{BOARD}archive/", "managers"), (f"{BOARD}settings/", "managers"), ("/boards/new/", "managers"),
]  # fmt: skip
MAY = {
    "workers": {"owner", "admin", "builder", "shipping_manager"},
    "managers": {"owner", "admin", "builder"},
}


@pytest.mark.parametrize(("path", "who"), WRITES)
@pytest.mark.parametrize("role", ["owner", "admin", "builder", "shipping_manager", "viewer"])
def test_roles_do_what_they_may(shop: Shop, path: str, who: str, role: str) -> None:
    (case,) = surface(shop, ["1001"])

    answer = client_of(shop, role).post(path, {"case": case.id.hex, "name": "Exceptions", "assignee": "me"})

    assert (answer.status_code != 403) == (role in MAY[who])


def test_strangers_and_other_shops_find_nothing(shop: Shop) -> None:
    (case,) = surface(shop, ["1001"])
    other = client_of(make_shop("south"))

    for path in (f"{BOARD}cards/{case.id}/", f"/boards/all/cards/{case.id}/"):
        assert other.get(path).status_code == 404
    assert other.post(f"{BOARD}resolve/", {"case": case.id.hex}).status_code == 404
    assert other.post(f"{BOARD}cards/{case.id}/note/", {"note": "x"}).status_code == 404
    assert shown(other) == []
    assert Client().get(BOARD).status_code == 302


@pytest.mark.parametrize("path", [BOARD, "/boards/all/", "/boards/", f"{BOARD}?view=overdue&q=1&carrier=ups"])
def test_one_card_and_thirty_cost_the_same_queries(shop: Shop, path: str) -> None:
    client = client_of(shop)
    surface(shop, ["1000"])
    client.get(path)
    with CaptureQueriesContext(connection) as few:
        client.get(path)

    surface(shop, [str(n) for n in range(1001, 1030)])
    with CaptureQueriesContext(connection) as many:
        client.get(path)

    assert len(many.captured_queries) == len(few.captured_queries)
