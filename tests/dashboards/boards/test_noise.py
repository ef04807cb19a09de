"""Noise: which workflow made cards, and on which of them people worked."""

from datetime import timedelta
from uuid import uuid4

import pytest

from dashboards.boards import cases
from dashboards.boards.models import Case
from dashboards.boards.noise import cards_and_work
from postsale.tenants.scope import tenant
from tests.dashboards.kit import NOW, board_of, card, make_order, make_shop, owner_of, place

pytestmark = pytest.mark.django_db(transaction=True)


def test_cards_are_counted_by_workflow_with_those_that_people_worked_on() -> None:
    shop = make_shop()
    with tenant(shop.id):
        orders = [make_order(shop, str(1001 + n)) for n in range(4)]
        board = board_of(shop)
    placed = place(shop, [card(board, order=order.id, parcel=parcel.id) for order, parcel in orders])
    noisy = uuid4()
    with tenant(shop.id):
        Case.objects.update(workflow_id=noisy)
        cases.resolve([placed[0].id], member=owner_of(shop), now=NOW)
        cases.assign([placed[1].id], member=owner_of(shop), assignee=owner_of(shop).email, now=NOW)

        assert cards_and_work(shop.id, [noisy, uuid4()], NOW - timedelta(days=1)) == {noisy: (4, 2)}
        assert cards_and_work(shop.id, [noisy], NOW + timedelta(days=1)) == {}
