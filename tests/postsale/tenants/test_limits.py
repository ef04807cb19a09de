"""Token buckets, to the second."""

from typing import Any

import pytest

from postsale.tenants.limits import DEFAULTS, Buckets, Limit, limit_of

TEN = Limit(10, 20)


def test_a_burst_is_granted_then_the_rate() -> None:
    buckets = Buckets[int]()

    waits = [buckets.take(1, 1, TEN, at=0.0) for _ in range(21)]

    assert waits == [0.0] * 20 + [0.1]
    assert buckets.take(1, 1, TEN, at=0.1) == 0.0
    assert buckets.take(1, 1, TEN, at=0.1) == pytest.approx(0.1)


def test_a_refused_request_takes_nothing() -> None:
    buckets = Buckets[int]()
    buckets.take(1, 15, TEN, at=0.0)

    assert buckets.take(1, 10, TEN, at=0.0) == pytest.approx(0.5)
    assert buckets.take(1, 5, TEN, at=0.0) == 0.0


def test_more_than_a_burst_is_granted_from_a_full_bucket_and_owed() -> None:
    buckets = Buckets[int]()

    assert buckets.take(1, 30, TEN, at=0.0) == 0.0
    assert buckets.take(1, 1, TEN, at=0.0) == pytest.approx(1.1)


def test_one_tenants_bucket_is_not_anothers_and_a_bucket_never_overflows() -> None:
    buckets = Buckets[int]()
    buckets.take(1, 20, TEN, at=0.0)

    assert buckets.take(2, 20, TEN, at=0.0) == 0.0
    assert buckets.level(1, TEN, at=3_600.0) == 20


def test_buckets_are_forgotten_before_they_fill_the_memory() -> None:
    buckets = Buckets[int](most=2)
    for key in (1, 2, 3):
        buckets.take(key, 20, TEN, at=0.0)

    assert [buckets.level(key, TEN, at=0.0) for key in (1, 2, 3)] == [20, 0, 0]


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        ({}, DEFAULTS["events"]),
        ({"limits": None}, DEFAULTS["events"]),
        ({"limits": {"events_per_second": 50}}, Limit(50, 200)),
        ({"limits": {"events_per_second": 10, "burst": 5}}, Limit(10, 5)),
        ({"limits": {"events_per_second": "many", "burst": True}}, DEFAULTS["events"]),
    ],
)
def test_a_tenants_own_limit_wins_over_the_default(settings: dict[str, Any], limit: Limit) -> None:
    assert limit_of(settings, "events") == limit
