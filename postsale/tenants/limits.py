"""How much a tenant may ask for: token buckets, one a tenant and kind, in the memory of each process."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limit:
    """`rate` a second, in bursts of up to `burst`."""

    rate: float
    burst: float


#: contract/semantics.md, "Default limits a tenant": kind → limit. Tenants' settings["limits"] may name others.
DEFAULTS: Mapping[str, Limit] = {
    "events": Limit(5_000, 20_000),
    "reads": Limit(200, 400),
    "writes": Limit(50, 100),
}
_NAMES = {
    "events": ("events_per_second", "burst"),
    "reads": ("reads_per_second", "reads_burst"),
    "writes": ("writes_per_second", "writes_burst"),
}


def limit_of(settings: Mapping[str, Any], kind: str) -> Limit:
    """The limit of `kind` ("events", "reads", "writes") that a tenant's settings ask for, else the default."""
    own = settings.get("limits")
    default = DEFAULTS[kind]
    if not isinstance(own, Mapping):
        return default
    rate, burst = (own.get(name) for name in _NAMES[kind])
    per_second = _positive(rate, default.rate)
    bursts = default.burst if rate is None else min(default.burst, per_second * default.burst / default.rate)
    return Limit(per_second, _positive(burst, bursts))


def _positive(value: object, default: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return max(0.001, float(value)) if is_number else default  # type: ignore[arg-type]


class Buckets[K: Hashable]:
    """Many token buckets; the ones not used for longest are forgotten (a forgotten bucket is a full one)."""

    def __init__(self, *, most: int = 50_000) -> None:
        self._levels: OrderedDict[K, tuple[float, float]] = OrderedDict()
        self._most = most

    def take(self, key: K, count: float, limit: Limit, *, at: float) -> float:
        """Take `count` at `at` (seconds, monotonic): 0.0 when granted, else the seconds to wait; then nothing is taken.

        More than a whole burst is granted from a full bucket, which then owes the rest.
        """
        level = self.level(key, limit, at=at)
        needed = min(count, limit.burst)
        if level < needed:
            return (needed - level) / limit.rate
        self._levels[key] = (level - count, at)
        self._levels.move_to_end(key)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return 0.0

    def level(self, key: K, limit: Limit, *, at: float) -> float:
        """How much the bucket of `key` holds at `at`."""
        known = self._levels.get(key)
        if known is None:
            return limit.burst
        level, since = known
        return min(limit.burst, level + max(0.0, at - since) * limit.rate)
