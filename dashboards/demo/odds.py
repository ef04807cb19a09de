"""How often and how long, as measured on 19,674 real orders (Olist) and in US carriers' reports: chance with a shape.

The quantiles are the measured ones; between them we go straight on a logarithmic scale. Rates that nobody has measured
(exceptions that recover by themselves, lost parcels) are guesses and stand in `Rates`.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from random import Random

type Quantiles = Sequence[tuple[float, float]]

#: Hours from the purchase to its approval.
APPROVAL: Quantiles = (
    (0.0, 0.02), (0.50, 0.3), (0.75, 14.9), (0.90, 34.9), (0.95, 48.7), (0.99, 89.6), (1.0, 120.0),
)  # fmt: skip
#: Hours from the approval to the carrier.
HANDOFF: Quantiles = (
    (0.0, 2.0), (0.05, 7.6), (0.25, 21.7), (0.50, 44.1), (0.75, 86.7), (0.90, 143.6), (0.95, 195.5), (0.99, 412.7),
    (1.0, 600.0),
)  # fmt: skip
#: The median of the same by the weekday of the approval, Monday first.
HANDOFF_MEDIANS = (31.9, 31.0, 30.6, 29.6, 77.3, 70.0, 44.8)
#: Weekdays explain part of the spread, so within one of them it is narrower.
WITHIN_A_WEEKDAY = 0.9
#: Days from the carrier to the door in Brazil; the shape is kept, the median is the lane's own.
TRANSIT: Quantiles = (
    (0.0, 0.6), (0.05, 1.1), (0.25, 4.1), (0.50, 7.1), (0.75, 12.1), (0.90, 18.9), (0.95, 24.1), (0.99, 40.0),
    (1.0, 55.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How many in a hundred; the guessed ones are said to be guessed."""

    handed_over_before_approval: float = 0.013
    cancelled: float = 0.004
    split: float = 0.04
    duplicate: float = 0.035
    late_body: float = 0.02
    two_delivered_scans: float = 0.01
    failed_attempt: float = 0.045
    delayed: float = 0.06
    exception: float = 0.085  # guessed
    recovers: float = 0.65  # guessed
    lost: float = 0.003  # guessed
    returned: float = 0.01  # guessed
    customs: float = 0.12  # guessed; of parcels that cross a border
    opted_out: float = 0.03  # guessed
    without_email: float = 0.015  # guessed


RATES = Rates()


def quantile(table: Quantiles, share: float) -> float:
    """The value that `share` (0…1) of all stay below."""
    at = min(max(bisect_right([each for each, _ in table], share), 1), len(table) - 1)
    (left, low), (right, high) = table[at - 1], table[at]
    return exp(log(low) + (log(high) - log(low)) * (share - left) / (right - left))


def approval_hours(rng: Random) -> float:
    """From the purchase to its approval: minutes for most, days for some."""
    return quantile(APPROVAL, rng.random())


def handoff_hours(rng: Random, weekday: int) -> float:
    """From the approval on a weekday (Monday is 0) to the carrier: Fridays wait for Mondays."""
    median = quantile(HANDOFF, 0.5)
    return float(HANDOFF_MEDIANS[weekday] * (quantile(HANDOFF, rng.random()) / median) ** WITHIN_A_WEEKDAY)


def transit_days(rng: Random, *, median: float) -> float:
    """From the carrier to the door, where half of the parcels need at most `median` days."""
    return median * quantile(TRANSIT, rng.random()) / quantile(TRANSIT, 0.5)


def happens(rng: Random, rate: float) -> bool:
    """Whether something of this rate (0…1) happens this time."""
    return rng.random() < rate
