"""Wanted: which cards of a board somebody asked for and in what order, as the address of the page says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Case as When
from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models import When as Then

from dashboards.boards.models import Board, Case
from dashboards.boards.placing import SEVERITIES
from dashboards.boards.queries import sla_of
from postsale.orders.models import Order, Shipment

VIEWS: Mapping[str, str] = {
    "open": "All open",
    "mine": "Mine",
    "todo": "Mine + unassigned",
    "overdue": "Past due",
    "unassigned": "Unassigned",
    "snoozed": "Snoozed",
    "resolved": "Resolved",
}
SORTS: Mapping[str, str] = {
    "seen": "Last seen first",
    "oldest": "Oldest first",
    "newest": "Newest first",
    "severity": "Most severe first",
}
LONGEST = 120
#: Who ended a card: a person, or its own end and workflows.
ENDED_BY: Mapping[str, str] = {"person": "By a person", "itself": "Without a person"}
#: The last so many days in which a card was ended, today included.
PERIODS: Mapping[str, str] = {"1": "Today", "7": "Last 7 days", "14": "Last 14 days", "30": "Last 30 days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a page of cards shows. Empty members filter nothing; `text` is looked for in number, tracking, reason.

    `workflow` is the id of the one that placed the card; `days` and `ended_by` are of resolved cards only.
    """

    view: str = "open"
    sort: str = "seen"
    carrier: str = ""
    channel: str = ""
    owner: str = ""
    severity: str = ""
    workflow: str = ""
    days: str = ""
    ended_by: str = ""
    text: str = ""

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set."""
        said = {
            "carrier": self.carrier, "channel": self.channel, "owner": self.owner, "severity": self.severity,
            "workflow": self.workflow, "q": self.text,
        }  # fmt: skip
        if self.view == "resolved":
            said |= {"days": self.days, "by": self.ended_by}
        return {name: value for name, value in said.items() if value}

    @property
    def query(self) -> str:
        """The query string that asks for the same."""
        said = {"view": self.view if self.view != "open" else "", "sort": self.sort if self.sort != "seen" else ""}
        return urlencode({name: value for name, value in {**said, **self.filters}.items() if value})

    @property
    def address(self) -> str:
        """As `query`, but never empty: what is asked for is not what the board shows first."""
        return self.query or "view=open"

    @property
    def is_live(self) -> bool:
        """Whether cards that change now belong here: sleeping and finished ones are read, not watched."""
        return self.view not in ("snoozed", "resolved")

    def with_view(self, view: str) -> "Wanted":
        """The same filters in another view."""
        return replace(self, view=view)

    def in_words_of_rows(self, email: str) -> dict[str, Any]:
        """What a row must say of itself to be shown here, for the browser: owner lists addresses, "" is nobody."""
        owners = {"mine": [email], "todo": [email, ""], "unassigned": [""]}.get(self.view)
        if self.owner:
            owners = [_address(self.owner, email)]
        said = {
            "carrier": self.carrier,
            "channel": self.channel,
            "severity": self.severity,
            "workflow": self.workflow,
            "text": self.text.casefold(),
        }
        return (
            {name: value for name, value in said.items() if value}
            | ({"owner": owners} if owners is not None else {})
            | ({"overdue": True} if self.view == "overdue" else {})
        )


def read(said: Mapping[str, Any]) -> Wanted:
    """What a query string asks for; what is unknown in it is left out."""
    got = {name: str(said.get(name, ""))[:LONGEST].replace("\0", "").strip() for name in (
        "view", "sort", "carrier", "channel", "owner", "severity", "workflow", "days", "by", "q",
    )}  # fmt: skip
    return Wanted(
        view=got["view"] if got["view"] in VIEWS else "open", sort=got["sort"] if got["sort"] in SORTS else "seen",
        carrier=got["carrier"], channel=got["channel"], owner=got["owner"],
        severity=got["severity"] if got["severity"] in SEVERITIES else "", text=got["q"],
        workflow=_id(got["workflow"]), days=got["days"] if got["days"] in PERIODS else "",
        ended_by=got["by"] if got["by"] in ENDED_BY else "",
    )  # fmt: skip


def chosen(boards: Sequence[Board], wanted: Wanted, *, email: str, now: datetime) -> QuerySet[Case]:
    """The cards on `boards` (of one tenant) that are wanted, unsorted. Days begin in the zone of `now`."""
    tenant_id = boards[0].tenant_id if boards else 0
    state = wanted.view if wanted.view in ("snoozed", "resolved") else "open"
    rows = Case.objects.filter(tenant_id=tenant_id, board__in=[board.id for board in boards], state=state)
    if wanted.view == "mine":
        rows = rows.filter(assignee=email)
    elif wanted.view == "todo":
        rows = rows.filter(Q(assignee=email) | Q(assignee__isnull=True))
    elif wanted.view == "unassigned":
        rows = rows.filter(assignee__isnull=True)
    elif wanted.view == "overdue":
        rows = rows.filter(overdue(boards, now=now))
    if wanted.owner:
        address = _address(wanted.owner, email)
        rows = rows.filter(assignee=address) if address else rows.filter(assignee__isnull=True)
    if wanted.workflow:
        rows = rows.filter(workflow_id=UUID(wanted.workflow))
    if state == "resolved" and wanted.days:
        rows = rows.filter(resolved_at__gte=first_day(int(wanted.days), now))
    if state == "resolved" and wanted.ended_by:
        is_person = Q(resolved_by__kind="person")
        rows = rows.filter(is_person) if wanted.ended_by == "person" else rows.exclude(is_person)
    if wanted.severity:
        rows = rows.filter(severity=wanted.severity)
    # Values looked up by key for each card: as joins they would read all orders and parcels of a large shop.
    if wanted.carrier:
        rows = rows.annotate(its_carrier=_of_parcel(tenant_id, "carrier")).filter(its_carrier=wanted.carrier)
    if wanted.channel:
        rows = rows.annotate(its_channel=_of_order(tenant_id, "sales_channel")).filter(its_channel=wanted.channel)
    if wanted.text:
        text = wanted.text.removeprefix("#")
        rows = rows.annotate(
            its_number=_of_order(tenant_id, "number"), its_tracking=_of_parcel(tenant_id, "tracking_number")
        ).filter(Q(reason__icontains=wanted.text) | Q(its_number__icontains=text) | Q(its_tracking__icontains=text))
    return rows


def first_day(days: int, now: datetime) -> datetime:
    """When the last `days` days began, today included, in the zone of `now`."""
    day = now.date() - timedelta(days=days - 1)
    return datetime.combine(day, time(), tzinfo=now.tzinfo)


def overdue(boards: Sequence[Board], *, now: datetime) -> Q:
    """Cards that should have been resolved by now, each by its own board's hours."""
    late = Q(pk__in=[])
    for board in boards:
        hours = sla_of(board)
        if hours is not None:
            late |= Q(board_id=board.id, opened_at__lt=now - timedelta(hours=hours))
    return late


def ordered(rows: QuerySet[Case], wanted: Wanted) -> QuerySet[Case]:
    """The cards in their order; `rank` and `moment` are what a page's end is remembered by."""
    sort = wanted.sort
    whens = [Then(severity=severity, then=Value(rank)) for rank, severity in enumerate(SEVERITIES)]
    rank = When(*whens, default=Value(0), output_field=IntegerField()) if sort == "severity" else Value(0)
    latest = "resolved_at" if wanted.view == "resolved" else "last_seen_at"
    rows = rows.annotate(rank=rank, moment=F(latest if sort == "seen" else "opened_at"))
    if sort in ("oldest", "severity"):
        return rows.order_by("-rank", "moment", "id")
    return rows.order_by("-rank", "-moment", "-id")


def _id(text: str) -> str:
    try:
        return UUID(text).hex if text else ""
    except ValueError:
        return ""


def _address(owner: str, email: str) -> str:
    return {"me": email, "nobody": ""}.get(owner, owner)


def _of_parcel(tenant_id: int, column: str) -> Subquery:
    return Subquery(Shipment.objects.filter(tenant_id=tenant_id, id=OuterRef("shipment_id")).values(column)[:1])


def _of_order(tenant_id: int, column: str) -> Subquery:
    return Subquery(Order.objects.filter(tenant_id=tenant_id, id=OuterRef("order_id")).values(column)[:1])
