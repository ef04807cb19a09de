"""Cards are placed in batches: one a board and subject, repeats fold, resolved ones come back with their memory."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboards.boards.cases import assign, resolve
from dashboards.boards.models import Case, CaseEntry
from dashboards.boards.placing import Removal
from postsale.events.models import Deadline
from postsale.tenants.scope import tenant
from tests.dashboards.kit import NOW, Batch, board_of, card, make_order, make_shop, owner_of, place, store

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=2)


def test_a_card_says_why_it_is_there_and_since_when() -> None:
    shop = make_shop()
    with tenant(shop.id):
        order, parcel = make_order(shop)
        board = board_of(shop)

    [case] = place(shop, [card(board, order=order.id, parcel=parcel.id)])

    assert (case.state, case.severity, case.reason, case.count) == ("open", "warning", "the parcel has an exception", 1)
    assert (case.subject, case.opened_at, case.last_seen_at) == (parcel.id, NOW, NOW)


def test_a_repeat_folds_into_the_card_and_keeps_the_worst_severity() -> None:
    shop = make_shop()
    with tenant(shop.id):
        order, parcel = make_order(shop)
        board = board_of(shop)
    first = card(board, order=order.id, parcel=parcel.id, severity="critical")
    second = card(board, order=order.id, parcel=parcel.id, severity="info", reason="again", at=LATER)
    place(shop, [first])

    [case] = place(shop, [second])

    assert (case.count, case.severity, case.reason) == (2, "critical", "again")
    assert (case.opened_at, case.last_seen_at) == (NOW, LATER)


def test_repeats_within_one_batch_fold_too() -> None:
    shop = make_shop()
    with tenant(shop.id):
        order, parcel = make_order(shop)
        board = board_of(shop)

    [case] = place(shop, [card(board, order=order.id, parcel=parcel.id) for _ in range(3)])

    assert case.count == 3
    with tenant(shop.id):
        assert list(CaseEntry.objects.order_by("id").values_list("what", flat=True)) == [
            "opened",
            "repeated",
            "repeated",
        ]


def test_a_resolved_card_reopens_with_its_memory() -> None:
    shop = make_shop()
    with tenant(shop.id):
        order, parcel = make_order(shop)
        board = board_of(shop)
    [case] = place(shop, [card(board, order=order.id, parcel=parcel.id)])
    with tenant(shop.id):
        owner = owner_of(shop)
        assign([case.id], member=owner, assignee=owner.email, now=NOW)
        resolve([case.id], member=owner, reason="called them", now=NOW)

    [again] = place(shop, [card(board, order=order.id, parcel=parcel.id, at=LATER)])

    assert (again.id, again.state, again.count, again.assignee) == (case.id, "open", 2, "owner@north.example")
    assert (again.opened_at, again.resolved_by, again.resolved_at) == (LATER, None, None)


def test_an_order_without_a_parcel_has_its_card_too() -> None:
    shop = make_shop()
    with tenant(shop.id):
        order, _ = make_order(shop)
        board = board_of(shop)

    [case] = place(shop, [card(board, order=order.id, parcel=None)])

    assert (case.subject, case.shipment_id) == (order.id, None)


def test_a_removal_resolves_the_card_in_the_name_of_the_workflow() -> None:
    shop = make_shop()
    with tenant(shop.id):
        order, parcel = make_order(shop)
        board = board_of(shop)
    removal = Removal(board_id=board.id, slug=board.slug, subject=parcel.id, at=LATER, workflow_name="Back on track")

    [case] = place(shop, [card(board, order=order.id, parcel=parcel.id), removal])

    assert (case.state, case.resolved_by) == ("resolved", {"kind": "workflow", "name": "Back on track"})


def test_taking_off_what_is_not_there_changes_nothing() -> None:
    shop = make_shop()
    with tenant(shop.id):
        order, _ = make_order(shop)
        board = board_of(shop)

    cases = place(shop, [Removal(board_id=board.id, slug=board.slug, subject=order.id, at=NOW, workflow_name="x")])

    assert cases == []


def test_the_moment_that_could_end_a_card_becomes_a_deadline() -> None:
    shop = make_shop()
    with tenant(shop.id):
        order, parcel = make_order(shop)
        board = board_of(shop)

    [case] = place(shop, [card(board, order=order.id, parcel=parcel.id, look_at=LATER)])

    deadline = Deadline.objects.get(kind="case", target=case.id)
    assert (deadline.tenant, deadline.due_at, deadline.order_id, deadline.shipment_id) == (
        shop.id, LATER, order.id, parcel.id,
    )  # fmt: skip


def test_backfilled_history_places_no_card() -> None:
    shop = make_shop()
    with tenant(shop.id):
        order, parcel = make_order(shop)
        store(Batch(shop=shop, is_backfill=True), [card(board_of(shop), order=order.id, parcel=parcel.id)])

        assert Case.objects.count() == 0


def test_fifty_cards_cost_as_many_statements_as_one() -> None:
    shop = make_shop()

    def statements(numbers: range) -> int:
        with tenant(shop.id):
            board = board_of(shop)
            pairs = [make_order(shop, str(number)) for number in numbers]
            cards = [card(board, order=order.id, parcel=parcel.id, look_at=LATER) for order, parcel in pairs]
            with CaptureQueriesContext(connection) as queries:
                store(Batch(shop=shop), cards)
        return len(queries)

    statements(range(100, 101))  # the first asks for the rules, too
    assert statements(range(1)) == statements(range(1, 51)) <= 7


def test_another_tenants_card_for_the_same_subject_is_another_card() -> None:
    north, south = make_shop("north"), make_shop("south")
    for shop in (north, south):
        with tenant(shop.id):
            order, parcel = make_order(shop)
            board = board_of(shop)
        place(shop, [card(board, order=order.id, parcel=parcel.id)])

    with tenant(north.id):
        seen = set(Case.objects.values_list("tenant_id", flat=True))

    assert seen == {north.id}
