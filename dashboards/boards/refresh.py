"""Refreshing: when a subject's facts or the time change, its cards are looked at again: each card is true now.

A card goes when its `keep` is *definitely* false (unknown keeps it), and comes back with its memory when it holds
again, unless a person closed it. Boards with a rule fill themselves, also when time alone makes the rule true.
Backfilled history moves no card.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from dashboards.boards.models import Board
from dashboards.boards.placing import Card, Removal
from dashboards.boards.round import open_round
from postsale.events.record import CHANNEL
from workflows.catalog.shelf import Announced, Due, Happening, SubjectChange, Unit


def follow(unit: Unit, story: Sequence[Happening], due: Sequence[Due]) -> Sequence[Announced]:
    """Bring the boards through what happened, each thing at its own moment; what is to be told of it."""
    if unit.is_backfill or not (story or due):
        return ()
    changes = [change for happening in story for change in happening.changes]
    rows = [row for happening in story for row in happening.rows.get("case", ()) if isinstance(row, Card | Removal)]
    round_ = open_round(
        unit,
        subjects=_subjects(changes) | {each.target for each in due if each.kind == "rule"},
        places={(row.board_id, row.subject) for row in rows},
        ids=[each.target for each in due if each.kind == "case"],
    )
    for each in due:
        round_.learn(SubjectChange(order_id=each.order_id, shipment_id=each.shipment_id, facts=each.facts))
        round_.expect((each.kind, each.target), each.at)
    for happening in story:
        round_.advance(happening.at)
        round_.take(happening)
    round_.advance(unit.upto, inclusive=True)
    round_.save()
    return round_.told


def sweep(unit: Unit, target: UUID, changes: Sequence[SubjectChange]) -> None:
    """Look at one page of all subjects for the board `target`, whose rule or settings are new."""
    round_ = open_round(unit, subjects=_subjects(changes), places=set(), ids=())
    board = round_.boards.get(target)
    if board is None:
        return
    for change in changes:
        round_.learn(change)
    for case in round_.cases.values():
        if case.board_id == board.id:
            if board.rule is not None and case.run_id is None:
                case.keep = board.rule
                round_.touch(case)
            round_.settle(case, unit.now)
    round_.fill(changes, unit.now)
    round_.save()


def look_at_all(board: Board, *, now: datetime) -> None:
    """Ask the workers to look at every order for `board`, page by page, from the first one on."""
    with connection.cursor() as cursor:
        cursor.execute(ALL, [board.id, board.tenant_id, now])
        cursor.execute("select pg_notify(%s, '')", [CHANNEL])


ALL = """
insert into postsale_deadline (kind, target, tenant, due_at) values ('sweep', %s, %s, %s)
on conflict (kind, target) do update set due_at = excluded.due_at, order_id = null, shipment_id = null"""


def _subjects(changes: Sequence[SubjectChange]) -> set[UUID]:
    return {each for change in changes for each in (change.shipment_id, change.order_id) if each is not None}
