"""Today's figures, each of which has a list that shows as many; from rows that an index leads to or a counter that is kept
up as things happen. None scans the log.

Cards: the open ones by board, the window's by `case_opened` and `case_resolved`. Occasions and runs: the daily figures that
every batch adds to (workflows/runs/figures.py). Measures: the dashboards' own tallies. What fails or waits: indexes that
hold little. Seven queries in all, whatever the size of the shop.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate

from dashboards.analytics.models import Dashboard, Tally
from dashboards.boards.models import Board, Case

PERIODS = (7, 14, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The last `days` days of the shop's, today included."""

    days: int
    last: date
    zone: ZoneInfo

    @property
    def first(self) -> date:
        """The first day."""
        return self.last - timedelta(days=self.days - 1)

    @property
    def dates(self) -> list[date]:
        """Every day, oldest first."""
        return [self.first + timedelta(days=n) for n in range(self.days)]

    def begins(self, day: date) -> datetime:
        """The beginning of a day in the shop's zone."""
        return datetime.combine(day, time(), tzinfo=self.zone)

    def spread(self, counts: Mapping[date, int]) -> list[int]:
        """A count for every day."""
        return [counts.get(day, 0) for day in self.dates]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardNow:
    """A board as it stands: open cards, those past their time, one person's, nobody's, and the oldest one's opening."""

    id: UUID
    slug: str
    name: str
    open: int = 0
    overdue: int = 0
    mine: int = 0
    unassigned: int = 0
    oldest: datetime | None = None
    sla_hours: float | None = None


@dataclass(slots=True, kw_only=True)
class Outcomes:
    """Cards opened a day, by what became of them until now."""

    open: Counter[date] = field(default_factory=Counter)
    cleared: Counter[date] = field(default_factory=Counter)
    person: Counter[date] = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class Closed:
    """Cards closed in the window and in the one before: how many, how many of them by people, median seconds open."""

    total: int = 0
    by_people: int = 0
    median: float | None = None
    before_total: int = 0
    before_by_people: int = 0
    before_median: float | None = None
    medians: dict[date, float] = field(default_factory=dict)
    totals: Counter[date] = field(default_factory=Counter)
    people: Counter[date] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A workflow that watches, fails or is a draft, with what it did in the window. `checked`: since it went live."""

    id: UUID
    name: str
    state: str
    acted: int
    watched: int
    failed: int
    checked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What fails or waits: connections that refuse, messages given up, bodies set aside, runs that wait and those of them
    that wake today; workflows that somebody else asked to review (id, name, who asked)."""

    connections: Sequence[tuple[UUID, str]]
    reviews: Sequence[tuple[UUID, str, str]]
    dead: int
    quarantined: int
    waiting: int
    waking: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What one look tells: what needs attention, open cards by carrier, and in the window how often something happened
    that workflows were asked about and how often one acted."""

    attention: Attention
    carriers: Sequence[tuple[str, int]]
    checked: int
    acted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureNow:
    """A measure of a dashboard in the window."""

    dashboard: str
    dashboard_name: str
    name: str
    days: Counter[date] = field(default_factory=Counter)
    carriers: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """In all."""
        return self.days.total()


def boards_now(tenant_id: int, *, email: str, now: datetime) -> list[BoardNow]:
    """Every board that is not archived, with its open cards. One query."""
    with connection.cursor() as cursor:
        cursor.execute(BOARDS, {"tenant": tenant_id, "email": email, "now": now})
        return [
            BoardNow(
                id=row[0], slug=row[1], name=row[2], sla_hours=row[3], open=row[4], overdue=row[5], mine=row[6],
                unassigned=row[7], oldest=row[8],
            )
            for row in cursor
        ]  # fmt: skip


def outcomes(tenant_id: int, window: Window) -> Outcomes:
    """Cards that opened in the window, by day and by what became of them. One query."""
    boards = Board.objects.filter(tenant_id=tenant_id, archived_at__isnull=True)
    rows = Case.objects.filter(
        tenant_id=tenant_id, opened_at__gte=window.begins(window.first), board__in=boards.values("id")
    )
    said = Outcomes()
    for day, state, kind, n in (
        rows.annotate(day=TruncDate("opened_at", tzinfo=window.zone))
        .values_list("day", "state", "resolved_by__kind")
        .annotate(n=Count("id"))
        .order_by()
    ):
        into = said.open if state != "resolved" else said.person if kind == "person" else said.cleared
        into[day] += n
    return said


def closed(tenant_id: int, window: Window) -> Closed:
    """Cards closed in the window, by day, and in the window before for comparison. One query."""
    start = window.begins(window.first)
    before = window.begins(window.first - timedelta(days=window.days))
    said = Closed()
    with connection.cursor() as cursor:
        cursor.execute(CLOSED, {"tenant": tenant_id, "start": start, "before": before, "zone": window.zone.key})
        for is_now, day, total, people, median in cursor:
            if day is not None:
                said.totals[day], said.people[day], said.medians[day] = total, people, float(median)
            elif is_now:
                said.total, said.by_people, said.median = total, people, float(median)
            else:
                said.before_total, said.before_by_people, said.before_median = total, people, float(median)
    return said


def workflows(tenant_id: int, window: Window) -> list[Standing]:
    """Every workflow that is not archived with its figures. One query."""
    asked: dict[str, Any] = {
        "tenant": tenant_id, "first": window.first, "start": window.begins(window.first), "zone": window.zone.key,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(STANDING, asked)
        return [
            Standing(
                id=row[0], name=row[1], state=row[2], acted=int(row[3]), watched=int(row[4]), failed=int(row[5]),
                checked=int(row[6]),
            )
            for row in cursor
        ]  # fmt: skip


def at_a_glance(tenant_id: int, window: Window, *, email: str) -> Glance:
    """The single figures for the member `email`, and open cards by their parcel's carrier, most first, at most six. One query."""
    until = window.begins(window.last + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(GLANCE, {"tenant": tenant_id, "first": window.first, "until": until, "email": email})
        names, dead, quarantined, waiting, waking, checked, acted, carriers, asked = cursor.fetchone()
    failing = [(UUID(each[0]), each[1]) for each in names or []]
    reviews = [(UUID(each[0]), each[1], each[2]) for each in asked or []]
    return Glance(
        attention=Attention(
            connections=failing, reviews=reviews, dead=dead, quarantined=quarantined, waiting=waiting,
            waking=waking,
        ),
        checked=int(checked), acted=int(acted), carriers=[(each[0], each[1]) for each in carriers or []],
    )  # fmt: skip


def measures(tenant_id: int, *, first: date, last: date) -> list[MeasureNow]:
    """Every measure that was counted from `first` to `last`, most first. One query."""
    return measures_of(Tally.objects.filter(tenant_id=tenant_id, day__gte=first, day__lte=last))


def measures_of(rows: QuerySet[Tally]) -> list[MeasureNow]:
    """The measures in `rows`, most first. One query."""
    dashboard = Dashboard.objects.filter(tenant_id=OuterRef("tenant_id"), slug=OuterRef("dashboard"))
    found: dict[tuple[str, str], MeasureNow] = {}
    for slug, name, day, carrier, channel, count, label in rows.values_list(
        "dashboard", "measure", "day", "carrier", "sales_channel", "count", Subquery(dashboard.values("name"))
    ):
        measure = found.setdefault((slug, name), MeasureNow(dashboard=slug, dashboard_name=label or slug, name=name))
        measure.days[day] += count
        measure.carriers[carrier] += count
        measure.channels[channel] += count
    return sorted(found.values(), key=lambda each: (-each.total, each.name))


#: Each board's cards by the index that begins with it.
BOARDS = """
select b.id, b.slug, b.name, b.hours, c.open, c.late, c.mine, c.nobodys, c.oldest
from (select *, nullif(greatest((settings->>'sla_hours')::float8, 0), 0) as hours from dashboards_board
    where tenant_id = %(tenant)s and archived_at is null) b
cross join lateral (select count(*) as open, min(opened_at) as oldest,
    count(*) filter (where opened_at < %(now)s::timestamptz - b.hours * interval '1 hour') as late,
    count(*) filter (where assignee = %(email)s) as mine, count(*) filter (where assignee is null) as nobodys
  from dashboards_case where tenant_id = %(tenant)s and board_id = b.id and state = 'open') c
order by b.position, b.created_at, b.id"""

CLOSED = """
select is_now, day, count(*), count(*) filter (where kind = 'person'),
  percentile_cont(0.5) within group (order by seconds)
from (select resolved_at >= %(start)s as is_now, (resolved_at at time zone %(zone)s)::date as day,
    resolved_by->>'kind' as kind, extract(epoch from resolved_at - opened_at) as seconds
  from dashboards_case where tenant_id = %(tenant)s and state = 'resolved' and resolved_at >= %(before)s
    and board_id in (select id from dashboards_board where tenant_id = %(tenant)s and archived_at is null)) as said
group by grouping sets ((is_now), (is_now, day)) having is_now or day is null"""

#: Failed runs are those that still are, of the newest thousand: one that was put right has no place in a list to work on.
#: What a watching workflow was asked about since it went live: the occasions of its trigger's type and wanted values.
STANDING = """
select w.id, w.name, w.state, coalesce(f.acted, 0), coalesce(f.watched, 0), coalesce(x.failed, 0), coalesce(o.checked, 0)
from workflows_workflow w
left join lateral (select sum(acted) acted, sum(watched) watched from workflows_figure
  where tenant_id = %(tenant)s and workflow_id = w.id and day >= %(first)s) f on true
left join (select workflow_id, count(*) as failed from (select workflow_id, started_at from workflows_run
    where tenant_id = %(tenant)s and state = 'failed' order by id desc limit 1000) said
  where started_at >= %(start)s group by 1) x on x.workflow_id = w.id
left join lateral (select sum(o.count) as checked from workflows_version v
  join workflows_step s on s.tenant_id = %(tenant)s and s.version_id = v.id and s.kind = 'trigger'
  join workflows_occasion o on o.tenant_id = %(tenant)s and o.type = s.config->>'type'
    and o.day >= greatest(%(first)s, (w.live_since at time zone %(zone)s)::date)
    and (not s.config ? 'to' or o.came_to = any(array(select jsonb_array_elements_text(
      case jsonb_typeof(s.config->'to') when 'array' then s.config->'to' else jsonb_build_array(s.config->'to') end))))
  where w.state = 'watching' and v.tenant_id = %(tenant)s and v.workflow_id = w.id and v.number = w.published) o on true
where w.tenant_id = %(tenant)s and w.state <> 'archived' order by w.updated_at desc limit 500"""

#: Counts of what fails or waits stop at a thousand. A parcel is looked up by key for each open card: joined, a large
#: shop's parcels would all be read.
GLANCE = """
select (select json_agg(json_build_array(id, name) order by name) from postsale_connection
    where tenant_id = %(tenant)s and state = 'failing'),
  (select count(*) from (select from workflows_outbox
    where tenant_id = %(tenant)s and status = 'dead' limit 1000) d),
  (select count(*) from (select from postsale_quarantine where tenant_id = %(tenant)s and state = 'open' limit 1000) q),
  (select count(*) from (select from workflows_run where tenant_id = %(tenant)s and state = 'waiting' limit 1000) w),
  (select count(*) from (select from postsale_deadline
    where tenant = %(tenant)s and kind = 'run' and due_at < %(until)s limit 1000) r),
  (select coalesce(sum(count), 0) from workflows_occasion where tenant_id = %(tenant)s and day >= %(first)s),
  (select coalesce(sum(acted), 0) from workflows_figure where tenant_id = %(tenant)s and day >= %(first)s),
  (select json_agg(json_build_array(carrier, n) order by n desc, carrier) from (
    select carrier, count(*) as n from (
      select (select s.carrier from postsale_shipment s where s.tenant_id = %(tenant)s and s.id = c.shipment_id) as carrier
      from dashboards_case c join dashboards_board b on b.tenant_id = %(tenant)s and b.id = c.board_id
        and b.archived_at is null
      where c.tenant_id = %(tenant)s and c.state = 'open') said
    where carrier is not null group by 1 order by 2 desc, 1 limit 6) most),
  (select json_agg(json_build_array(id, name, asked_by) order by asked_at) from (
    select w.id, w.name, r.asked_by, r.asked_at from workflows_review r
    join workflows_workflow w on w.tenant_id = %(tenant)s and w.id = r.workflow_id and w.state <> 'archived'
    join workflows_version v on v.tenant_id = %(tenant)s and v.id = r.version_id
      and v.number = coalesce(w.draft, w.published)
    where r.tenant_id = %(tenant)s and r.state = 'asked' and r.asked_by <> %(email)s order by r.asked_at limit 5) asked)"""
