"""`/api/v1/measures/`: how often something was counted, by day, carrier and sales channel."""

from datetime import UTC, date, datetime, time
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field
from rest_framework.request import Request
from rest_framework.response import Response

from dashboards.analytics.queries import measure
from postsale.web.asking import Moment, Word
from postsale.web.problems import Flaw, refuse
from workflows.api.endpoint import READ, Endpoint, Operation


class Point(Struct, kw_only=True):
    """A day of the shop's, by its beginning."""

    at: datetime
    count: int


class MeasureShape(Struct, kw_only=True):
    """A measure; `by` has carrier and sales_channel."""

    total: int
    series: list[Point]
    by: dict[str, dict[str, int]]


class MeasureFilters(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which measure, over which days of the shop's (both included): days, or moments that lie in them."""

    measure: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
    dashboard: Word = "operations"
    from_: Word | None = field(name="from", default=None)
    to: Word | None = None


class Measures(Endpoint):
    """One measure."""

    operations = {
        "GET": Operation(
            words="How often it was counted", right=READ, query=MeasureFilters, answers={200: MeasureShape}
        )
    }

    def get(self, request: Request) -> Response:
        """The measure; zeros when it was never counted."""
        asked = self.query(MeasureFilters)
        found = measure(
            self.tenant_id, dashboard=asked.dashboard, name=asked.measure, first=self._day("from", asked.from_),
            last=self._day("to", asked.to),
        )  # fmt: skip
        series = [Point(at=self._begin(day), count=count) for day, count in found.series]
        by = {"carrier": found.by_carrier, "sales_channel": found.by_sales_channel}
        return Response(MeasureShape(total=found.total, series=series, by=by))

    def _day(self, name: str, said: str | None) -> date | None:
        """The shop's day that was meant. Raises ProblemError 400."""
        if said is None:
            return None
        try:
            if len(said) == len("2026-11-20"):
                return date.fromisoformat(said)
            moment: datetime = msgspec.convert(said.replace(" ", "+"), Moment)
            return moment.astimezone(self.shop.zone).date()
        except (ValueError, OverflowError) as error:
            expected = "a day such as 2026-11-20, or a moment such as 2026-11-20T10:00:00Z"
            flaw = Flaw(path=name, problem=f"{said[:40]!r} is neither", expected=expected)
            raise refuse(400, "The filters can't be read.", errors=[flaw]) from error

    def _begin(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.shop.zone).astimezone(UTC)
