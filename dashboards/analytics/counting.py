"""Counting: the action `dashboard.count` and its writer; a counter a day, carrier and sales channel."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from dashboards.analytics.models import Dashboard
from workflows.catalog.names import key_words
from workflows.catalog.shelf import ActionFailedError, Moment, Outcome, ShopNames, Unit
from workflows.engine.grammar import Problem

MEASURE = re.compile(r"[a-z][a-z0-9_]{0,39}").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One more of a measure, on a day of the tenant's calendar."""

    dashboard: str
    measure: str
    day: date
    carrier: str
    sales_channel: str


def dashboards_by_slug(tenant_id: int) -> dict[str, str]:
    """slug → name of the tenant's dashboards."""
    return dict(Dashboard.objects.filter(tenant_id=tenant_id).values_list("slug", "name"))


@dataclass(frozen=True, slots=True)
class CountOnDashboard:
    """Count one for a measure; once a run, for a step is done once."""

    key: str = "dashboard.count"
    label: str = "Count on a dashboard"
    is_outside: bool = False

    def problems(self, with_: Mapping[str, object], path: str, shop: ShopNames) -> list[Problem]:
        """Unknown members, dashboard, or a measure that is no word."""
        found = [
            Problem(path=f"{path}.{key}", problem=f"unknown member {key!r}", expected="one of dashboard, measure")
            for key in with_
            if key not in ("dashboard", "measure")
        ]
        if with_.get("dashboard") not in list(shop.dashboards):
            problem = (
                f"there is no dashboard {str(with_['dashboard'])[:60]!r}"
                if "dashboard" in with_
                else "'dashboard' is missing"
            )
            expected = f"one of {', '.join(sorted(shop.dashboards))}" if shop.dashboards else "a dashboard that exists"
            found.append(Problem(path=f"{path}.dashboard", problem=problem, expected=expected))
        measure = with_.get("measure")
        if not isinstance(measure, str) or not MEASURE(measure):
            problem = "not a measure" if "measure" in with_ else "'measure' is missing"
            expected = "lower case letters, digits and _, at most 40, such as late_handoffs"
            found.append(Problem(path=f"{path}.measure", problem=problem, expected=expected))
        return found

    def do(self, moment: Moment) -> Outcome:
        """Hand the count to the writer. Raises ActionFailedError when the dashboard is not there."""
        slug, measure = str(moment.with_["dashboard"]), str(moment.with_["measure"])
        name = moment.look_up(dashboards_by_slug).get(slug)
        if name is None:
            raise ActionFailedError(f"there is no dashboard {slug!r}")
        count = Count(
            dashboard=slug, measure=measure, day=moment.now.astimezone(moment.shop.zone).date(),
            carrier=str(moment.facts.get("parcel.carrier") or ""),
            sales_channel=str(moment.facts.get("order.sales_channel") or ""),
        )  # fmt: skip
        moment.write("tally", count)
        return Outcome(
            state="done",
            words=f"counted as “{key_words(measure)}” on {name}",
            result={"dashboard": slug, "measure": measure},
        )


def store(unit: Unit, rows: Sequence[object]) -> None:
    """Add the batch's counts up, in one statement."""
    said = Counter(row for row in rows if isinstance(row, Count))
    if not said or unit.is_backfill:
        return
    # Sorted, so that two batches never wait for each other's counters crosswise.
    counts = sorted(
        said.items(),
        key=lambda each: (each[0].dashboard, each[0].measure, each[0].day, each[0].carrier, each[0].sales_channel),
    )
    columns = [
        [getattr(count, name) for count, _ in counts]
        for name in ("dashboard", "measure", "day", "carrier", "sales_channel")
    ]
    with connection.cursor() as cursor:
        cursor.execute(ADD, [unit.tenant_id, *columns, [n for _, n in counts]])


ADD = """
insert into dashboards_tally (tenant_id, dashboard, measure, day, carrier, sales_channel, count)
select %s, said.* from unnest(%s::text[], %s::text[], %s::date[], %s::text[], %s::text[], %s::bigint[]) as said
on conflict (tenant_id, dashboard, measure, day, carrier, sales_channel)
do update set count = dashboards_tally.count + excluded.count"""
