"""The odds: what is drawn from them has the measured shape."""

from random import Random
from statistics import median

import pytest

from dashboards.demo import odds

N = 6_000


@pytest.mark.parametrize(("weekday", "hours"), list(enumerate(odds.HANDOFF_MEDIANS)))
def test_each_weekday_has_its_own_median_of_the_handoff(weekday: int, hours: float) -> None:
    rng = Random(weekday)  # noqa: S311 -- a game, not a secret

    drawn = [odds.handoff_hours(rng, weekday) for _ in range(N)]

    assert median(drawn) == pytest.approx(hours, rel=0.08)


def test_all_weekdays_together_are_spread_as_measured() -> None:
    rng = Random(1)  # noqa: S311 -- a game, not a secret

    drawn = sorted(odds.handoff_hours(rng, n % 7) for n in range(3 * N))

    found = {share: drawn[int(share * len(drawn))] for share in (0.25, 0.5, 0.75, 0.9)}
    measured = dict(odds.HANDOFF)
    assert found == {share: pytest.approx(measured[share], rel=0.2) for share in found}


def test_most_orders_are_approved_within_minutes_and_some_after_days() -> None:
    rng = Random(2)  # noqa: S311 -- a game, not a secret

    drawn = sorted(odds.approval_hours(rng) for _ in range(N))

    assert drawn[N // 2] == pytest.approx(0.3, rel=0.2)
    assert drawn[N * 9 // 10] == pytest.approx(34.9, rel=0.1)


def test_half_of_the_parcels_arrive_within_the_median_of_their_lane() -> None:
    rng = Random(3)  # noqa: S311 -- a game, not a secret

    assert median(odds.transit_days(rng, median=3.0) for _ in range(N)) == pytest.approx(3.0, rel=0.06)


@pytest.mark.parametrize(("share", "hours"), [(0.0, 2.0), (0.5, 44.1), (1.0, 600.0)])
def test_a_measured_quantile_is_met_exactly(share: float, hours: float) -> None:
    assert odds.quantile(odds.HANDOFF, share) == pytest.approx(hours)
