"""A patient trigger waits when only time stands in the way, and not a moment otherwise."""

from datetime import UTC, datetime, timedelta

import pytest

from workflows.engine.calendar import Calendar
from workflows.engine.evaluate import compile_condition
from workflows.engine.grammar import Condition, Duration, Group, Leaf
from workflows.engine.patience import patience

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CALENDAR = Calendar()
SETTLED = ("order.sales_channel", "customer.email", "event.type", "event.from", "parcel.label_created_at")

LATE = Leaf(field="parcel.label_created_at", op="older_than", value={"days": 2})
FRESH = Leaf(field="parcel.label_created_at", op="within_last", value={"days": 1})
WAITING = Leaf(field="parcel.tracking_status", op="is", value="awaiting_carrier")
SHOPIFY = Leaf(field="order.sales_channel", op="is", value="shopify")
EMAIL = Leaf(field="customer.email", op="ends_with", value="@example.com")
FROM = Leaf(field="event.from", op="is", value="moving")
MOVED = Leaf(field="parcel.tracking_status", op="changed_to", value="moving")
STUCK = Leaf(field="parcel.tracking_status", op="has_been", value="awaiting_carrier", for_=Duration(days=1))
TAGGED = Leaf(field="order.tags", op="has", value="vip")
MONDAY = Leaf(field="now.weekday", op="is", value="mon")
TUESDAY = Leaf(field="now.weekday", op="is", value="tue")

FACTS: dict[str, object] = {
    "parcel.label_created_at": NOON,
    "parcel.tracking_status": "awaiting_carrier",
    "parcel.tracking_status@since": NOON,
    "order.sales_channel": "shopify",
}


def all_of(*of: Condition) -> Group:
    return Group(kind="all", of=of)


def any_of(*of: Condition) -> Group:
    return Group(kind="any", of=of)


def none_of(*of: Condition) -> Group:
    return Group(kind="none", of=of)


@pytest.mark.parametrize(
    ("condition", "facts", "due"),
    [
        pytest.param(LATE, {}, 2 * DAY, id="only time stands in the way"),
        pytest.param(all_of(LATE, WAITING), {}, 2 * DAY, id="time, and what holds already"),
        pytest.param(all_of(LATE, WAITING), {"parcel.tracking_status": "moving"}, 2 * DAY, id="what may change back"),
        pytest.param(all_of(LATE, WAITING), {"parcel.tracking_status": None}, 2 * DAY, id="what may become known"),
        pytest.param(all_of(LATE, SHOPIFY), {"order.sales_channel": "amazon"}, None, id="what never changes"),
        pytest.param(all_of(LATE, SHOPIFY), {"order.sales_channel": None}, 2 * DAY, id="a settled field not known yet"),
        pytest.param(all_of(LATE, EMAIL), {"customer.email": "a@example.org"}, None, id="a settled address"),
        pytest.param(all_of(LATE, FROM), {}, None, id="the event will never say more"),
        pytest.param(all_of(LATE, MOVED), {"event.changes": {}}, None, id="what the event changed stays so"),
        pytest.param(all_of(WAITING, SHOPIFY), {"parcel.tracking_status": "moving"}, None, id="time changes nothing"),
        pytest.param(all_of(LATE, WAITING), {"parcel.label_created_at": NOON - 3 * DAY}, None, id="it holds already"),
        pytest.param(
            all_of(LATE, WAITING),
            {"parcel.label_created_at": NOON - 3 * DAY, "parcel.tracking_status": "moving"},
            None,
            id="time has passed, something else stands in the way",
        ),
        pytest.param(LATE, {"parcel.label_created_at": None}, None, id="no moment to count from"),
        pytest.param(all_of(LATE, none_of(WAITING)), {}, 2 * DAY, id="in none, false is the favourable answer"),
        pytest.param(all_of(LATE, none_of(SHOPIFY)), {}, None, id="in none, a settled answer stays"),
        pytest.param(none_of(none_of(LATE)), {}, 2 * DAY, id="none of none"),
        pytest.param(Group(kind="any", of=(LATE, STUCK)), {}, DAY, id="the earlier of two"),
        pytest.param(all_of(LATE, STUCK), {}, 2 * DAY, id="the later of two"),
        pytest.param(
            all_of(LATE, none_of(Group(kind="at_least", k=3, of=(MONDAY, TUESDAY)))),
            {},
            2 * DAY,
            id="three of two never are",
        ),
        pytest.param(STUCK, {"parcel.tracking_status": "moving"}, None, id="a state that has not begun"),
        pytest.param(Group(kind="at_least", k=2, of=(LATE, STUCK, MONDAY)), {}, 2 * DAY, id="two of three"),
        pytest.param(all_of(LATE, MONDAY), {}, 6.5 * DAY, id="late, and a Monday"),
        pytest.param(all_of(LATE, MONDAY, TUESDAY), {}, None, id="times that never meet"),
        pytest.param(any_of(LATE, TAGGED), {}, 2 * DAY, id="time, or something that may come"),
        pytest.param(any_of(LATE, TAGGED), {"order.tags": ("vip",)}, None, id="something has come"),
        pytest.param(any_of(LATE, SHOPIFY), {"order.sales_channel": "amazon"}, 2 * DAY, id="time, or what never comes"),
        pytest.param(all_of(WAITING, any_of(LATE, TAGGED)), {}, 2 * DAY, id="either of the two, and what holds"),
        pytest.param(
            all_of(WAITING, any_of(LATE, TAGGED)),
            {"parcel.tracking_status": "moving"},
            2 * DAY,
            id="either of the two, and what may change back",
        ),
        pytest.param(
            all_of(SHOPIFY, any_of(LATE, TAGGED)), {"order.sales_channel": "amazon"}, None, id="either, but settled"
        ),
        pytest.param(none_of(none_of(LATE), none_of(TAGGED)), {}, 2 * DAY, id="both of two, said with none"),
        pytest.param(none_of(all_of(none_of(LATE), none_of(TAGGED))), {}, 2 * DAY, id="either of two, said with none"),
        pytest.param(
            Group(kind="at_least", k=1, of=(LATE, STUCK, TAGGED)), {}, DAY, id="one of three, the earlier of time's"
        ),
        pytest.param(Group(kind="at_least", k=2, of=(LATE, STUCK, TAGGED)), {}, DAY, id="two of three, one may come"),
        pytest.param(
            any_of(all_of(MONDAY, TUESDAY), TAGGED), {}, None, id="times that never meet, or something that may come"
        ),
        pytest.param(any_of(all_of(LATE, FRESH), TAGGED), {}, None, id="times that are over before they meet"),
    ],
)
def test_a_trigger_is_patient_only_where_time_helps(
    condition: Condition, facts: dict[str, object], due: timedelta | None
) -> None:
    check = compile_condition(condition, lambda field: "datetime" if field.endswith("_at") else "choice")

    wait = patience(check, {**FACTS, **facts}, NOON, CALENDAR, SETTLED.__contains__)

    assert wait == (None if due is None else NOON + due)
