"""The shapes of reported events: every problem at once with its path at the API, leniency with flags at hooks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postsale.events.kinds import DERIVED, REPORTED, Reported, is_custom
from postsale.events.shapes import check_data, check_event, clean_data, minor_units
from postsale.events.strict import Unreadable

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORDER = {"number": "1001", "sales_channel": "shopify-us", "customer": {"email": "a@b.example"}}
PARCEL: dict[str, object] = {"carrier": "ups", "tracking_number": "1Z"}


def event(**members: object) -> dict[str, object]:
    base: dict[str, object] = {
        "specversion": "1.0",
        "id": "evt-1",
        "source": "shopify-us",
        "type": "label.created",
        "time": "2026-11-20T10:00:00Z",
        "data": {"order": ORDER, "parcel": PARCEL},
    }
    return {name: value for name, value in {**base, **members}.items() if value is not ...}


def paths(type_: str, data: object) -> list[str]:
    return [problem.path for problem in check_data(type_, data, now=NOW)[1]]


def test_the_event_of_the_contract_is_read() -> None:
    reported, problems = check_event(event(), now=NOW)

    assert problems == []
    assert reported == Reported(
        type="label.created",
        external_id="evt-1",
        source="shopify-us",
        occurred_at=datetime(2026, 11, 20, 10, tzinfo=UTC),
        data={"order": ORDER, "parcel": PARCEL},
    )


def test_all_problems_of_an_envelope_are_told_at_once() -> None:
    raw = event(specversion="0.3", id="", source=..., type="tracking.status_changed", time="1999-12-31T00:00:00Z",
                datacontenttype="text/plain", data_base64="e30=")  # fmt: skip

    reported, problems = check_event(raw, now=NOW)

    assert reported is None
    assert [problem.path for problem in problems] == [
        "specversion", "id", "source", "datacontenttype", "data_base64", "type", "time",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("members", "path", "problem"),
    [
        ({"type": "tracking.status_changed"}, "type", "is derived by Postsale and can't be reported"),
        ({"type": "order.exploded"}, "type", "is unknown: 'order.exploded'"),
        ({"type": "custom.Bad"}, "type", "is unknown: 'custom.Bad'"),
        ({"type": 3}, "type", "is not a text with something in it"),
        ({"id": "x" * 301}, "id", "has 301 characters"),
        ({"id": "a\x00b"}, "id", "contains a NUL character"),
        ({"time": "2026-11-22T12:00:01Z"}, "time", "is 2026-11-22, out of range"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "time", "is not a time"),
        ({"time": "9999-12-31T23:59:59Z"}, "time", "is 9999-12-31, out of range"),
        ({"time": "2026-11-20T10:00:00"}, "time", "has no time zone"),
        ({"time": "yesterday"}, "time", "is not a time"),
        ({"time": 1}, "time", "is a number"),
        ({"data": ...}, "data", "is missing"),
        ({"data": [1]}, "data", "is not an object"),
    ],
)
def test_a_wrong_member_of_the_envelope_has_its_problem(members: dict[str, object], path: str, problem: str) -> None:
    _, problems = check_event(event(**members), now=NOW)

    assert [(found.path, found.problem) for found in problems] == [(path, problem)]


def test_what_is_no_object_is_no_event() -> None:
    assert check_event([], now=NOW)[1][0].problem == "is not an object"


def test_a_missing_time_is_now_but_not_in_a_backfill() -> None:
    live, _ = check_event(event(time=...), now=NOW)
    old, problems = check_event(event(time=...), now=NOW, backfill=True)

    assert live is not None
    assert live.occurred_at == NOW
    assert old is None
    assert [problem.path for problem in problems] == ["time"]


@pytest.mark.parametrize(
    ("type_", "data", "found"),
    [
        ("order.created", {}, ["data.order"]),
        ("order.created", {"order": {}}, ["data.order.number"]),
        ("order.created", {"order": {"number": 1}}, ["data.order.number"]),
        ("order.created", {"order": {"number": "  "}}, ["data.order.number"]),
        ("order.created", {"order": "1001"}, ["data.order"]),
        (
            "order.created",
            {"order": {"number": "1", "tags": "x", "total": "12,50", "items": [{"quantity": "2"}, 3]}},
            ["data.order.tags", "data.order.total", "data.order.items[0].quantity", "data.order.items[1]"],
        ),
        (
            "order.created",
            {"order": {"number": "1", "total": True, "payment_status": "maybe", "placed_at": "2026-11-20"}},
            ["data.order.total", "data.order.payment_status", "data.order.placed_at"],
        ),
        (
            "order.created",
            {"order": {"number": "1", "promised_by": "9999-01-01T00:00:00Z"}},
            ["data.order.promised_by"],
        ),
        (
            "order.created",
            {"order": {"number": "1", "customer": {"email": "a b", "consent": {"email": "yes"}}}},
            ["data.order.customer.email", "data.order.customer.consent.email"],
        ),
        (
            "order.created",
            {"order": {"number": "1", "customer": {"email": 3}, "notes": "n" * 65_537}},
            ["data.order.notes", "data.order.customer.email", "data.order.notes"],
        ),
        ("order.created", {"order": {"number": "1", "notes": "n" * 65_536, "x": "y" * 8_193}}, ["data.order.x"]),
        ("order.created", {"order": {"number": "1", "custom": {"a": ["z" * 8_000] * 9}}}, ["data.order.custom"]),
        ("order.created", {"order": {"number": "a\ud800"}}, ["data.order.number"]),
        ("order.created", {"order": {"number": "1", "x": float("inf")}}, ["data.order.x"]),
        (
            "order.created",
            {"order": {"number": "1", "custom": {"n\x00": float("nan")}}},
            ["data.order.custom", "data.order.custom.n\x00"],
        ),
        ("label.created", {"parcel": {}}, ["data.parcel.carrier", "data.parcel.tracking_number"]),
        ("label.created", {"order": ORDER}, ["data.parcel"]),
        ("tracking.updated", {"parcel": PARCEL}, ["data.parcel.status"]),
        ("tracking.updated", {"parcel": {**PARCEL, "status": "lost in space"}}, ["data.parcel.status"]),
        ("tracking.updated", {"parcel": {**PARCEL, "status": 5}}, ["data.parcel.status"]),
        (
            "tracking.updated",
            {"parcel": {**PARCEL, "status": "delivered", "occurred_at": "2027-01-01T00:00:00Z"}},
            ["data.parcel.occurred_at"],
        ),
        (
            "tracking.updated",
            {"parcel": {**PARCEL, "status": "delivered"}, "history": [{"status": "x"}, 3, {}]},
            [
                "data.history[0].status",
                "data.history[1]",
                "data.history[0].occurred_at",
                "data.history[2].status",
                "data.history[2].occurred_at",
            ],
        ),
        (
            "tracking.updated",
            {"parcel": {**PARCEL, "status": "delivered"}, "order": {"number": None}},
            ["data.order.number"],
        ),
        ("return.requested", {"parcel": PARCEL}, ["data.order"]),
        ("return.requested", {"order": ORDER, "parcel": {"carrier": "ups"}}, ["data.parcel.tracking_number"]),
        ("customer.opted_out", {"customer": {}}, ["data.customer.email"]),
        ("custom.scored", {"order": {"sales_channel": "x"}}, ["data.order.number"]),
        ("custom.scored", {"parcel": {"carrier": "ups"}, "refs": 3}, ["data.refs", "data.parcel.tracking_number"]),
        ("custom.scored", {"a": ["z" * 8_000] * 9}, ["data"]),
        ("label.created", {"parcel": PARCEL, "refs": {"parcel": {"x": 1}}}, ["data.refs"]),
    ],
)
def test_wrong_and_missing_members_are_named(type_: str, data: object, found: list[str]) -> None:
    assert paths(type_, data) == found


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("order.created", {"order": {**ORDER, "tags": [], "total": 12.5, "placed_at": "1999-01-01T00:00:00+02:00"}}),
        ("order.cancelled", {"order": {"number": "1"}, "reason": "fraud", "whatever": {"x": [1]}}),
        ("custom.scored", {"score": 3}),
        ("custom.scored", [1, 2]),
        ("custom.scored", None),
        ("custom.scored", {"order": {"number": "1"}, "parcel": PARCEL}),
        ("customer.message_received", {"customer": {"email": "a@b.example"}, "text": "where is it?"}),
        (
            "tracking.updated",
            {"parcel": {**PARCEL, "status": "in_transit", "eta": "2027-06-01T00:00:00Z", "cost": "3"}},
        ),
    ],
)
def test_what_the_contract_allows_has_no_problem(type_: str, data: object) -> None:
    assert paths(type_, data) == []


def test_canonical_data_is_trimmed_in_utc_and_without_nulls() -> None:
    clean, _ = check_data(
        "tracking.updated",
        {
            "parcel": {
                "carrier": " ups ",
                "tracking_number": "1Z ",
                "status": "delivered",
                "eta": "2026-11-21T01:00:00+02:00",
                "signed_by": "",
                "service": None,
                "lot": 7,
                "weight_g": 12.6,
                "occurred_at": "2026-11-20t10:00:00z",
            },
            "order": {"number": "1", "address": {"country": "DE", "region": None}},
        },
        now=NOW,
    )

    assert clean == {
        "parcel": {
            "carrier": "ups",
            "tracking_number": "1Z",
            "status": "delivered",
            "eta": "2026-11-20T23:00:00Z",
            "lot": 7,
            "weight_g": 13,
            "occurred_at": "2026-11-20T10:00:00Z",
        },
        "order": {"number": "1", "address": {"country": "DE", "region": None}},
    }


def test_hooks_clamp_and_drop_with_flags() -> None:
    parcel: dict[str, object] = {
        **PARCEL,
        "tracking_number": 123,
        "status": "delivered",
        "occurred_at": "2099-01-01T00:00:00",
        "eta": "soon",
        "signed_by": 5,
    }
    rows = [{"status": "in_transit", "occurred_at": "0001-01-01T00:00:00Z"}, {"status": "?"}]

    clean, flags = clean_data("tracking.updated", {"parcel": parcel, "history": rows}, now=NOW)

    assert clean == {
        "parcel": {
            "carrier": "ups",
            "tracking_number": "123",
            "status": "delivered",
            "occurred_at": "2026-11-21T12:00:00Z",
            "signed_by": "5",
        },
        "history": [{"status": "in_transit", "occurred_at": "2000-01-01T00:00:00Z"}, {}],
    }
    assert flags == ("time_clamped", "member_dropped")


def test_ids_of_a_partner_stand_for_numbers_at_hooks_only() -> None:
    data = {"parcel": {"status": "delivered"}, "refs": {"parcel": {"fulfillment": "7"}}}

    assert clean_data("tracking.updated", data, now=NOW) == (data, ())
    assert paths("tracking.updated", data) == ["data.parcel.carrier", "data.parcel.tracking_number"]


@pytest.mark.parametrize(
    "data", [{"parcel": "1Z"}, {"parcel": {"tracking_number": "1"}}, {"parcel": {**PARCEL, "x": "\x00"}}, 3]
)
def test_what_a_hook_cannot_use_is_unreadable(data: object) -> None:
    with pytest.raises(Unreadable):
        clean_data("label.created", data, now=NOW)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "order",
                        "parcel",
                        "customer",
                        "history",
                        "refs",
                        "number",
                        "status",
                        "occurred_at",
                        "tags",
                        "items",
                        "total",
                        "address",
                        "text",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
    ),
    st.sampled_from(sorted(REPORTED)),
)
@settings(max_examples=300, deadline=None)
def test_no_data_breaks_the_check(data: object, type_: str) -> None:
    clean, problems = check_data(type_, data, now=NOW)

    assert isinstance(clean, dict)
    assert all(problem.path.startswith("data") for problem in problems)


def test_deep_data_is_a_problem_not_a_crash() -> None:
    deep: object = 1
    for _ in range(500):
        deep = [deep]

    assert [path.count("[") for path in paths("custom.deep", {"x": deep})] == [63]


@pytest.mark.parametrize(
    ("value", "hundredths"),
    [("12.50", 1250), (12.5, 1250), (3, 300), ("-1", -100), (" 7 ", 700), ("1e2", 10000), ("0.125", 12), (True, None),
     ("1_000", None), ("", None), ("NaN", None), (float("inf"), None), (10**14, None), (None, None), ("9" * 50, None)],
)  # fmt: skip
def test_money_is_hundredths_of_the_main_unit(value: object, hundredths: int | None) -> None:
    assert minor_units(value) == hundredths


def test_reported_and_derived_types_are_apart() -> None:
    assert frozenset() == REPORTED & DERIVED
    assert [is_custom(type_) for type_ in ("custom.a", "custom.", "custom.a\n", "custom.9", "custom." + "a" * 41)] == [
        True, False, False, False, False,
    ]  # fmt: skip
