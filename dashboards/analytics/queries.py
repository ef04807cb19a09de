"""Asking the counters: a measure over a span of days, as contract/http.md's `measure`."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from dashboards.analytics.models import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How often it was counted: in all, a day (days without a count are left out), by carrier and by sales channel."""

    total: int
    series: list[tuple[date, int]]
    by_carrier: dict[str, int]
    by_sales_channel: dict[str, int]


def measure(
    tenant_id: int, *, dashboard: str, name: str, first: date | None = None, last: date | None = None
) -> Measure:
    """The measure from `first` to `last`, both included, in the tenant's days. Never counted: zeros. One query."""
    rows = Tally.objects.filter(tenant_id=tenant_id, dashboard=dashboard, measure=name)
    if first is not None:
        rows = rows.filter(day__gte=first)
    if last is not None:
        rows = rows.filter(day__lte=last)
    days: Counter[date] = Counter()
    carriers: Counter[str] = Counter()
    channels: Counter[str] = Counter()
    for day, carrier, channel, count in rows.values_list("day", "carrier", "sales_channel", "count"):
        days[day] += count
        carriers[carrier] += count
        channels[channel] += count
    return Measure(
        total=days.total(), series=sorted(days.items()), by_carrier=dict(sorted(carriers.items())),
        by_sales_channel=dict(sorted(channels.items())),
    )  # fmt: skip
