"""`board.add` and `board.remove`: what they refuse when a draft is saved, what they hand over when a run comes."""

from collections.abc import Mapping
from uuid import uuid4

import pytest

from dashboards.boards.actions import AddToBoard, RemoveFromBoard
from postsale.tenants.scope import tenant
from tests.dashboards.kit import NAMES, Standing, make_shop
from workflows.catalog.shelf import ActionFailedError
from workflows.engine.grammar import Leaf

TO = Leaf(field="parcel.tracking_status", op="is", value="exception")
UNTIL = {"field": "parcel.tracking_status", "op": "is", "value": "delivered"}


@pytest.mark.parametrize(
    ("with_", "paths"),
    [
        ({"board": "exceptions"}, []),
        ({"board": "exceptions", "severity": "critical", "reason": "Order {{ order.number }}", "until": "never"}, []),
        ({"board": "exceptions", "until": UNTIL}, []),
        ({}, ["with.board"]),
        ({"board": "nowhere"}, ["with.board"]),
        ({"board": ["exceptions"]}, ["with.board"]),
        ({"board": "exceptions", "severity": "loud"}, ["with.severity"]),
        ({"board": "exceptions", "colour": "red", "severity": 3}, ["with.colour", "with.severity"]),
        ({"board": "exceptions", "reason": "{{ order.nonsense }}"}, ["with.reason"]),
        ({"board": "exceptions", "reason": 7}, ["with.reason"]),
        ({"board": "exceptions", "until": "later"}, ["with.until"]),
        ({"board": "exceptions", "until": {"all": []}}, ["with.until.all"]),
        (
            {"board": "exceptions", "until": {"field": "parcel.nonsense", "op": "is", "value": "x"}},
            ["with.until.field"],
        ),
    ],
)
def test_what_is_wrong_with_board_add_is_said_when_it_is_saved(with_: Mapping[str, object], paths: list[str]) -> None:
    problems = AddToBoard().problems(with_, "with", NAMES)

    assert [problem.path for problem in problems] == paths


def test_what_is_wrong_with_board_remove_is_said_when_it_is_saved() -> None:
    problems = RemoveFromBoard().problems({"board": "nowhere", "severity": "info"}, "with", NAMES)

    assert [problem.path for problem in problems] == ["with.severity", "with.board"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("until", "keep"),
    [
        ({}, {"field": "parcel.tracking_status", "op": "is", "value": "exception"}),
        ({"until": "never"}, None),
        ({"until": UNTIL}, {"none": [UNTIL]}),
    ],
    ids=["what put it there", "never", "until"],
)
def test_a_card_is_kept_by_what_put_it_there_unless_the_workflow_says_otherwise(
    until: Mapping[str, object], keep: Mapping[str, object] | None
) -> None:
    moment = Standing(
        shop=make_shop(), with_={"board": "exceptions", **until}, keep=TO, shipment_id=uuid4(),
        facts={"parcel.tracking_status": "exception"},
    )  # fmt: skip

    with tenant(moment.shop.id):
        outcome = AddToBoard().do(moment)

    [(writer, row)] = moment.rows
    assert (writer, row.keep, row.reason) == ("case", keep, "parcel.tracking_status is exception")
    assert outcome.words == "put on the board Exceptions"


@pytest.mark.django_db(transaction=True)
def test_the_reason_may_be_the_workflows_own_words() -> None:
    moment = Standing(
        shop=make_shop(), with_={"board": "exceptions", "reason": "Call about {{ order.number }}"}, order_id=uuid4()
    )

    with tenant(moment.shop.id):
        AddToBoard().do(moment)

    assert moment.rows[0][1].reason == "Call about 1001"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("board", "parcel", "words"),
    [("gone", uuid4(), "there is no board 'gone'"), ("exceptions", None, "neither a parcel nor an order")],
)
def test_an_action_that_can_not_be_done_says_why(board: str, parcel: object, words: str) -> None:
    moment = Standing(shop=make_shop(), with_={"board": board}, shipment_id=parcel)  # type: ignore[arg-type]

    with tenant(moment.shop.id), pytest.raises(ActionFailedError, match=words):
        AddToBoard().do(moment)


@pytest.mark.django_db(transaction=True)
def test_board_remove_takes_off_the_parcels_card_and_the_orders() -> None:
    order, parcel = uuid4(), uuid4()
    moment = Standing(shop=make_shop(), with_={"board": "exceptions"}, order_id=order, shipment_id=parcel)

    with tenant(moment.shop.id):
        RemoveFromBoard().do(moment)

    assert [(writer, row.subject) for writer, row in moment.rows] == [("case", parcel), ("case", order)]
