"""The smallest change in words: what would have had to be otherwise."""

from datetime import UTC, datetime, timedelta

import pytest

from workflows.engine.calendar import Calendar
from workflows.engine.evaluate import compile_condition
from workflows.engine.flip import smallest_flip
from workflows.engine.grammar import Condition, Duration, Group, Leaf
from workflows.engine.verdict import Verdict

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KINDS = {"order.total": "money", "parcel.label_created_at": "datetime", "order.tags": "set"}

STATUS = "parcel.tracking_status"
WAITING = Leaf(field=STATUS, op="is", value="awaiting_carrier")
LATE = Leaf(field="parcel.label_created_at", op="older_than", value={"days": 2})
RECENT = Leaf(field="parcel.label_created_at", op="within_last", value={"hours": 1})
DEAR = Leaf(field="order.total", op="gt", value=100)
VIP = Leaf(field="order.tags", op="has_any", value=["vip", "gold"])
MOVING = Leaf(field=STATUS, op="is", value="in_transit")
STUCK = Leaf(field=STATUS, op="has_been", value="lost", for_=Duration(days=2))

FACTS: dict[str, object] = {
    STATUS: "in_transit",
    "parcel.label_created_at": NOON - timedelta(hours=3),
    "order.total": 5000,
    "order.tags": ("new",),
}
TOMORROW = "at 2026-11-25 09:00 UTC"
IF_WAITING = "if parcel.tracking_status were awaiting_carrier"


def group(kind: str, *of: Condition, k: int = 0) -> Group:
    return Group(kind=kind, of=of, k=k)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "flip"),
    [
        (WAITING, IF_WAITING),
        (LATE, TOMORROW),
        (RECENT, "if parcel.label_created_at were within the last 1 hour"),
        (DEAR, "if order.total were more than 100"),
        (VIP, "if order.tags had any of vip, gold"),
        (STUCK, "if parcel.tracking_status had been lost for 2 days"),
        (group("all", LATE, WAITING), f"{TOMORROW} {IF_WAITING}"),
        (group("all", DEAR, WAITING),
         "if order.total were more than 100 and parcel.tracking_status were awaiting_carrier"),
        (group("any", group("all", DEAR, WAITING), VIP), "if order.tags had any of vip, gold"),
        (group("none", MOVING), "if parcel.tracking_status were not in_transit"),
        (group("none", MOVING, DEAR),
         "if parcel.tracking_status were not in_transit"),
        (group("none", group("none", WAITING)), IF_WAITING),
        (group("none", Leaf(field="order.unknown", op="contains", value="x")), "if order.unknown did not contain x"),
        (group("none", group("at_least", Leaf(field="order.total", op="lt", value=100), RECENT, k=1)),
         "if order.total were at least 100"),
        (group("at_least", DEAR, WAITING, VIP, k=2),
         "if order.total were more than 100 and parcel.tracking_status were awaiting_carrier"),
        (group("at_least", DEAR, WAITING, k=3), None),
        (MOVING, None),
        (group("none", group("at_least", DEAR, k=1), WAITING), None),
    ],
)  # fmt: skip
def test_the_smallest_change_is_told(condition: Condition, flip: str | None) -> None:
    verdict = compile_condition(condition, lambda field: KINDS.get(field, "choice")).verdict(FACTS, NOON, Calendar())

    assert smallest_flip(verdict) == flip


def test_time_does_not_refute_what_is_unknown() -> None:
    unknown = Verdict(
        holds=None, words="", at=NOON, horizon=NOON, field=STATUS, op="has_not_been",
        expected={"value": "lost", "for": {"days": 1}},
    )  # fmt: skip
    none = Verdict(holds=None, words="", at=NOON, op="none", children=(unknown,))

    assert smallest_flip(unknown) == "at 2026-11-23 12:00 UTC"
    assert smallest_flip(none) == "if parcel.tracking_status had been lost for 1 day"


def test_a_field_is_called_what_people_call_it() -> None:
    verdict = compile_condition(WAITING, lambda _: "choice").verdict(FACTS, NOON, Calendar())

    assert smallest_flip(verdict, {STATUS: "tracking"}.__getitem__) == "if tracking were awaiting_carrier"
