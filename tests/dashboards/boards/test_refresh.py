"""Every card on a board is true now: it clears itself, comes back, wakes up; a person's word stands."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboards.boards.cases import reopen, resolve, snooze
from dashboards.boards.models import Board, Case
from postsale.events.models import Deadline
from postsale.orders.models import Order, Shipment
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop
from tests.dashboards.kit import (
    IS_EXCEPTION,
    NOW,
    Batch,
    board_of,
    card,
    changed,
    due,
    make_order,
    make_shop,
    owner_of,
    place,
)
from workflows.catalog.shelf import SubjectChange

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=2)
type Start = tuple[Shop, Order, Shipment, Case]


@pytest.fixture
def start() -> Start:
    """A shop with one open card that stays while its parcel has an exception."""
    shop = make_shop()
    with tenant(shop.id):
        order, parcel = make_order(shop)
        board = board_of(shop)
    [case] = place(shop, [card(board, order=order.id, parcel=parcel.id, keep=IS_EXCEPTION)])
    return shop, order, parcel, case


def after(start: Start, facts: Mapping[str, object]) -> Case:
    """The card once its parcel's facts changed."""
    shop, order, parcel, case = start
    with tenant(shop.id):
        changed(Batch(shop=shop, now=LATER), [SubjectChange(order_id=order.id, shipment_id=parcel.id, facts=facts)])
        return Case.objects.get(id=case.id)


def test_a_card_clears_itself_when_what_put_it_there_is_over(start: Start) -> None:
    case = after(start, {"parcel.tracking_status": "delivered"})

    assert (case.state, case.resolved_at) == ("resolved", LATER)
    assert case.resolved_by is not None
    assert case.resolved_by["kind"] == "cleared"
    assert case.resolved_by["name"] == "The tracking status is Delivered"


@pytest.mark.parametrize("facts", [{"parcel.tracking_status": "exception"}, {}], ids=["still true", "unknown"])
def test_a_card_stays_while_it_is_true_or_unknown(start: Start, facts: Mapping[str, object]) -> None:
    case = after(start, facts)

    assert case.state == "open"


def test_a_cleared_card_comes_back_with_its_memory(start: Start) -> None:
    after(start, {"parcel.tracking_status": "in_transit"})

    case = after(start, {"parcel.tracking_status": "exception"})

    assert (case.state, case.count, case.resolved_by) == ("open", 2, None)


def test_what_a_person_resolved_stays_resolved(start: Start) -> None:
    shop, _, _, case = start
    with tenant(shop.id):
        resolve([case.id], member=owner_of(shop), reason="refunded", now=NOW)

    after(start, {"parcel.tracking_status": "in_transit"})
    again = after(start, {"parcel.tracking_status": "exception"})

    assert (again.state, again.resolved_by) == ("resolved", {"kind": "person", "name": "owner@north.example"})


def test_a_card_that_a_person_opened_again_is_not_cleared_under_their_hands(start: Start) -> None:
    shop, _, _, case = start
    after(start, {"parcel.tracking_status": "in_transit"})
    with tenant(shop.id):
        reopen([case.id], member=owner_of(shop), now=LATER)

    again = after(start, {"parcel.tracking_status": "delivered"})

    assert (again.state, again.count) == ("open", 1)


def test_backfilled_history_clears_nothing(start: Start) -> None:
    shop, order, parcel, case = start
    with tenant(shop.id):
        change = SubjectChange(order_id=order.id, shipment_id=parcel.id, facts={"parcel.tracking_status": "delivered"})
        changed(Batch(shop=shop, is_backfill=True), [change])

        assert Case.objects.get(id=case.id).state == "open"


def test_a_snooze_ends_at_its_moment(start: Start) -> None:
    shop, _, _, case = start
    with tenant(shop.id):
        snooze([case.id], member=owner_of(shop), until=LATER, now=NOW)
        assert Deadline.objects.get(target=case.id).due_at == LATER

        due(Batch(shop=shop, now=LATER), case, {"parcel.tracking_status": "exception"})

        woken = Case.objects.get(id=case.id)
        assert (woken.state, woken.snoozed_until) == ("open", None)
        assert not Deadline.objects.filter(target=case.id).exists()


def test_a_card_learns_its_order_when_the_order_comes() -> None:
    shop = make_shop()
    with tenant(shop.id):
        order, parcel = make_order(shop)
        board = board_of(shop)
    [case] = place(shop, [card(board, order=None, parcel=parcel.id, keep=IS_EXCEPTION)])

    linked = after((shop, order, parcel, case), {"parcel.tracking_status": "exception"})

    assert (linked.order_id, linked.state) == (order.id, "open")


def test_time_alone_clears_a_card_at_the_horizon_of_its_condition() -> None:
    shop = make_shop()
    young = {"none": [{"field": "parcel.label_created_at", "op": "older_than", "value": {"days": 2}}]}
    facts = {"parcel.label_created_at": NOW}
    with tenant(shop.id):
        order, parcel = make_order(shop)
        board = board_of(shop)
    [case] = place(shop, [card(board, order=order.id, parcel=parcel.id, keep=young)])
    after((shop, order, parcel, case), facts)
    horizon = Deadline.objects.get(target=case.id).due_at

    with tenant(shop.id):
        due(Batch(shop=shop, now=NOW + timedelta(days=2)), case, facts)
        cleared = Case.objects.get(id=case.id)

    assert horizon == NOW + timedelta(days=2)
    assert cleared.state == "resolved"


def test_a_board_with_a_rule_fills_and_empties_itself() -> None:
    shop = make_shop()
    with tenant(shop.id):
        order, parcel = make_order(shop)
        board = Board.objects.create(tenant_id=shop.id, slug="ruled", name="Ruled", rule=IS_EXCEPTION)
    told = [SubjectChange(order_id=order.id, shipment_id=parcel.id, facts={"parcel.tracking_status": "exception"})]
    over = [SubjectChange(order_id=order.id, shipment_id=parcel.id, facts={"parcel.tracking_status": "delivered"})]

    with tenant(shop.id):
        changed(Batch(shop=shop), told)
        changed(Batch(shop=shop), told)
        opened = list(Case.objects.filter(board=board).values_list("state", "subject", "count"))
        changed(Batch(shop=shop), over)
        emptied = list(Case.objects.filter(board=board).values_list("state", flat=True))

    assert opened == [("open", parcel.id, 1)]
    assert emptied == ["resolved"]


def test_a_persons_done_on_a_ruled_board_stands_until_the_rule_was_false_in_between() -> None:
    shop = make_shop()
    with tenant(shop.id):
        order, parcel = make_order(shop)
        board = Board.objects.create(tenant_id=shop.id, slug="ruled", name="Ruled", rule=IS_EXCEPTION)

    def state_after(status: str) -> str:
        told = SubjectChange(order_id=order.id, shipment_id=parcel.id, facts={"parcel.tracking_status": status})
        with tenant(shop.id):
            changed(Batch(shop=shop), [told])
            return Case.objects.get(board=board).state

    state_after("exception")
    with tenant(shop.id):
        resolve([Case.objects.get(board=board).id], member=owner_of(shop), now=NOW)

    assert [state_after(status) for status in ("exception", "in_transit", "exception")] == [
        "resolved",
        "resolved",
        "open",
    ]


def test_fifty_changes_cost_as_many_statements_as_one() -> None:
    shop = make_shop()

    def statements(numbers: range) -> int:
        with tenant(shop.id):
            board = board_of(shop)
            pairs = [make_order(shop, str(number)) for number in numbers]
        place(shop, [card(board, order=order.id, parcel=parcel.id, keep=IS_EXCEPTION) for order, parcel in pairs])
        facts = {"parcel.tracking_status": "delivered"}
        told = [SubjectChange(order_id=order.id, shipment_id=parcel.id, facts=facts) for order, parcel in pairs]
        with tenant(shop.id), CaptureQueriesContext(connection) as queries:
            changed(Batch(shop=shop, now=LATER), told)
        return len(queries)

    assert statements(range(1)) == statements(range(1, 51)) <= 8
