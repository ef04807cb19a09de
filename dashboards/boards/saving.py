"""Saving: cards, what happened to them, when to look again, whom to tell; in a few statements however many they are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from dashboards.boards.models import Case, CaseEntry
from dashboards.boards.topics import all_boards, all_orders, board_topic
from postsale.live.push import push

#: What a repeat, a clearing or a person may change; the rest of a card is as it was placed.
CHANGING = (
    "order_id", "shipment_id", "state", "severity", "reason", "opened_at", "last_seen_at", "count", "assignee",
    "snoozed_until", "scan_after", "escalated_at", "resolved_at", "resolved_by", "keep", "event", "run_id", "workflow_id",
)  # fmt: skip


def entry(case: Case, what: str, *, words: str, by: Mapping[str, object] | None, now: datetime) -> CaseEntry:
    """A line of a card's history."""
    return CaseEntry(
        tenant_id=case.tenant_id, case_id=case.id, order_id=case.order_id, shipment_id=case.shipment_id,
        at=now, what=what, by=dict(by) if by else None, words=words[:1000],
    )  # fmt: skip


def save(tenant_id: int, cases: Collection[Case], entries: Sequence[CaseEntry], *, slugs: Mapping[UUID, str]) -> None:
    """Store the cards and their history, and tell whoever watches their boards. `slugs`: board id → slug."""
    if not cases:
        return
    Case.objects.bulk_create(
        cases, update_conflicts=True, unique_fields=["tenant_id", "board", "subject"], update_fields=CHANGING
    )
    CaseEntry.objects.bulk_create(entries)
    changed: dict[str, list[UUID]] = {}
    for case in cases:
        changed.setdefault(slugs[case.board_id], []).append(case.id)
    push([
        *((board_topic(tenant_id, slug), ids) for slug, ids in sorted(changed.items())),
        (all_boards(tenant_id), None),
        (all_orders(tenant_id), [case.order_id for case in cases if case.order_id]),
    ])  # fmt: skip


type Pairs = Mapping[UUID, tuple[UUID | None, UUID | None]]
"""Whom a target is about: its order and its parcel."""


def wake(tenant_id: int, moments: Mapping[UUID, datetime | None], about: Pairs, *, kind: str = "case") -> None:
    """Look at each card (or, as kind "rule", at each subject without one) again at its moment; None: time alone changes
    nothing, forget what was set."""
    never = [case_id for case_id, at in moments.items() if at is None]
    with connection.cursor() as cursor:
        if never:
            cursor.execute(
                "delete from postsale_deadline where kind = %s and tenant = %s and target = any(%s)",
                [kind, tenant_id, never],
            )
        if len(never) < len(moments):
            cursor.execute(UPSERT.format(due="excluded.due_at"), _columns(tenant_id, moments, about, kind))


def wake_no_later(tenant_id: int, moments: Mapping[UUID, datetime | None], cases: Mapping[UUID, Case]) -> None:
    """As `wake`, but an earlier moment that is already set stays: for who doesn't know the facts."""
    if moments:
        with connection.cursor() as cursor:
            due = "least(postsale_deadline.due_at, excluded.due_at)"
            cursor.execute(UPSERT.format(due=due), _columns(tenant_id, moments, pairs_of(cases.values()), "case"))


def slugs_of(cases: Iterable[Case]) -> dict[UUID, str]:
    """Board id → slug, of cards that were loaded with their boards."""
    return {case.board_id: case.board.slug for case in cases}


UPSERT = """
insert into postsale_deadline (kind, target, tenant, due_at, order_id, shipment_id)
select %s, target, %s, due_at, order_id, shipment_id
  from unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::uuid[]) as said (target, due_at, order_id, shipment_id)
on conflict (kind, target)
do update set due_at = {due}, order_id = excluded.order_id, shipment_id = excluded.shipment_id"""


def pairs_of(cases: Iterable[Case]) -> dict[UUID, tuple[UUID | None, UUID | None]]:
    """Whom each card is about."""
    return {case.id: (case.order_id, case.shipment_id) for case in cases}


def _columns(tenant_id: int, moments: Mapping[UUID, datetime | None], about: Pairs, kind: str) -> list[Any]:
    ids = [target for target, at in moments.items() if at is not None]
    return [
        kind, tenant_id, ids, [moments[each] for each in ids], [about[each][0] for each in ids],
        [about[each][1] for each in ids],
    ]  # fmt: skip
