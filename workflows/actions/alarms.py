"""Who is told that a workflow fails: the roles that the shop's settings name, in the app and, if they say so, by e-mail.

Once for each workflow in six hours, however many of its runs fail: a mail server that is away must not make a storm.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.urls import reverse

from postsale.live.push import push
from postsale.live.topics import Topic
from postsale.tenants.ids import new_id
from postsale.tenants.settings import failures_of
from postsale.tenants.shop import Shop
from workflows.actions import outbox_rows
from workflows.actions.outbox_rows import NOTICES, Message
from workflows.catalog.failures import FAILURES, RunFailed
from workflows.catalog.shelf import Unit, Writer

AGAIN_AFTER = timedelta(hours=6)


def store(unit: Unit, rows: Sequence[object]) -> None:
    """Tell of the first failure of each workflow, unless it was told of a short while ago."""
    first: dict[UUID, RunFailed] = {}
    for row in rows:
        if isinstance(row, RunFailed):
            first.setdefault(row.workflow_id, row)
    people, by_email = _people(unit.shop)
    if not people:
        return
    known = _told_lately(unit, list(first))
    news = [failed for failed in first.values() if failed.workflow_id not in known]
    if news:
        _file(unit.tenant_id, [_notice(failed, unit.shop, each) for failed in news for each in people])
        push(
            (Topic(tenant_id=unit.tenant_id, kind=NOTICES, key=unit.shop.member_ids[each].hex), None) for each in people
        )
    if by_email:
        outbox_rows.store(unit, [_letter(failed, unit.shop, each) for failed in news for each in people])


FAILURES_WRITER = Writer(key=FAILURES, store=store)


def _people(shop: Shop) -> tuple[list[str], bool]:
    """The addresses of whom the settings name, and whether they get a letter, too."""
    said = failures_of(shop.settings)
    if said is None:
        return shop.with_role("owner"), False
    return shop.with_role(*said.roles), said.by_email


def _told_lately(unit: Unit, workflow_ids: Iterable[UUID]) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [unit.tenant_id, list(workflow_ids), unit.now - AGAIN_AFTER])
        return {row[0] for row in cursor}


def _about(failed: RunFailed) -> str:
    return f"“{failed.workflow}” failed" + (f" for order {failed.number}" if failed.number else "")


def _notice(failed: RunFailed, shop: Shop, email: str) -> Mapping[str, Any]:
    order_id = str(failed.order_id) if failed.order_id else None
    return {
        "id": str(new_id()), "member_id": str(shop.member_ids[email]), "subject": _about(failed)[:300],
        "body": failed.reason, "order_id": order_id, "run_id": str(failed.run_id),
        "workflow_id": str(failed.workflow_id), "at": failed.at.isoformat(),
    }  # fmt: skip


def _letter(failed: RunFailed, shop: Shop, email: str) -> Message:
    page = f"{settings.BASE_URL}{reverse('run', args=[failed.run_id])}?shop={shop.slug}"
    hours = AGAIN_AFTER // timedelta(hours=1)
    text = (
        f"The workflow {_about(failed)}: {failed.reason}\n\nWhat happened, step by step: {page}\n\n"
        f"If it goes on failing you are told again after {hours} hours. Who is told is set under Settings → Notifications.\n"
    )
    return Message(
        kind="email", to=email, subject=_about(failed), content={"text": text}, run_id=failed.run_id, step="",
        order_id=failed.order_id, shipment_id=failed.shipment_id, at=failed.at, member_id=shop.member_ids[email],
    )  # fmt: skip


def _file(tenant_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILE, [tenant_id, json.dumps(rows)])


#: Only our notices name a workflow and a run.
TOLD = """
select distinct workflow_id from workflows_notification
where tenant_id = %s and workflow_id = any(%s) and run_id is not null and created_at > %s"""
FILE = """
insert into workflows_notification (tenant_id, id, member_id, subject, body, order_id, run_id, workflow_id, created_at)
select %s, m.* from jsonb_to_recordset(%s::jsonb) as m(id uuid, member_id uuid, subject text, body text, order_id uuid,
  run_id uuid, workflow_id uuid, at timestamptz)"""
