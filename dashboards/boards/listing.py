"""Listing: a page of wanted cards, how many there are in each view, and what they can be filtered by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from dashboards.boards.models import Board, Case
from dashboards.boards.queries import PAGE, CaseLine, lines
from dashboards.boards.wanted import Wanted, chosen, ordered, overdue
from postsale.web.paging import BadCursorError, read_cursor, write_cursor

#: Offered in a filter; more are found by typing.
MOST_CHOICES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the open cards can be filtered by."""

    carriers: list[str]
    channels: list[str]
    workflows: list[tuple[str, str]]


def page(
    boards: Sequence[Board], wanted: Wanted, *, email: str, now: datetime, cursor: str = "", limit: int = PAGE
) -> tuple[list[CaseLine], str]:
    """The wanted cards and the next page's cursor ("" at the end). Two queries. Raises BadCursorError."""
    rows = ordered(chosen(boards, wanted, email=email, now=now), wanted)
    if cursor:
        rows = _after(rows, wanted.sort, cursor)
    found = list(rows[: limit + 1])
    more = _cursor(found[limit - 1]) if len(found) > limit else ""
    return lines(found[:limit], {board.id: board for board in boards}), more


def counts(boards: Sequence[Board], *, now: datetime) -> dict[str, int]:
    """Cards by view: open, overdue, unassigned, snoozed and "of:<address>" for each owner. One query."""
    said = {"open": 0, "overdue": 0, "unassigned": 0, "snoozed": 0}
    if not boards:
        return said
    rows = Case.objects.filter(
        tenant_id=boards[0].tenant_id, board__in=[board.id for board in boards], state__in=("open", "snoozed")
    )
    for state, assignee, count, late in (
        rows.values_list("state", "assignee")
        .annotate(n=Count("id"), late=Count("id", filter=overdue(boards, now=now)))
        .order_by()
    ):
        said[state] += count
        if state == "open":
            said["overdue"] += late
            key = f"of:{assignee}" if assignee else "unassigned"
            said[key] = said.get(key, 0) + count
    return said


def of_views(counted: dict[str, int], email: str) -> dict[str, int]:
    """The counts as one person's views show them."""
    mine = counted.get(f"of:{email}", 0)
    return {**counted, "mine": mine, "todo": mine + counted["unassigned"]}


def choices(boards: Sequence[Board]) -> Choices:
    """Carriers, sales channels and workflows (id, name) of the cards that are not resolved. One query."""
    if not boards:
        return Choices(carriers=[], channels=[], workflows=[])
    asked: dict[str, Any] = {
        "tenant": boards[0].tenant_id,
        "boards": [board.id for board in boards],
        "most": MOST_CHOICES,
    }
    with connection.cursor() as cursor:
        cursor.execute(CHOICES, asked)
        (row,) = cursor.fetchall()
    workflows = [(UUID(pk).hex, name) for pk, name in row[2] or []]
    return Choices(carriers=row[0] or [], channels=row[1] or [], workflows=workflows)


#: A look-up by key for each card: joined, a large shop's orders and parcels would all be read.
CHOICES = """
with each as materialized (
  select (select s.carrier from postsale_shipment s where s.tenant_id = %(tenant)s and s.id = c.shipment_id) as carrier,
    (select o.sales_channel from postsale_order o where o.tenant_id = %(tenant)s and o.id = c.order_id) as channel,
    c.workflow_id as workflow
  from dashboards_case c
  where c.tenant_id = %(tenant)s and c.board_id = any(%(boards)s) and c.state in ('open', 'snoozed'))
select
  array(select distinct carrier from each where carrier is not null order by 1 limit %(most)s),
  array(select distinct channel from each where channel is not null order by 1 limit %(most)s),
  (select json_agg(json_build_array(id, name) order by name) from (select id, name from workflows_workflow
    where tenant_id = %(tenant)s and id in (select workflow from each) order by name limit %(most)s) said)"""


def _cursor(case: Case) -> str:
    return f"{case.rank}.{write_cursor(case.moment, case.id)}"  # type: ignore[attr-defined]  # annotated by `ordered`


def _after(rows: QuerySet[Case], sort: str, cursor: str) -> QuerySet[Case]:
    rank, _, place = cursor.partition(".")
    moment, last = read_cursor(place)
    if not rank.isdecimal() or len(rank) > 2:
        raise BadCursorError(f"not a cursor: {cursor[:80]!r}")
    way = "gt" if sort in ("oldest", "severity") else "lt"
    later = Q(**{f"moment__{way}": moment}) | Q(moment=moment, **{f"id__{way}": last})
    return rows.filter(Q(rank__lt=int(rank)) | (Q(rank=int(rank)) & later))
