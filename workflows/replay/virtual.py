"""A virtual clock for the live path: decides a tenant's lane up to a moment, whatever the time is outside."""

from datetime import datetime

from django.db import connection

from workflows.runs.claim import BATCH
from workflows.runs.process import process_lane, take_lane


def decide_until(tenant_id: int, until: datetime) -> int:
    """Decide every event and deadline up to `until`; returns how many items that were. No worker may serve the tenant."""
    decided = 0
    while _waits(tenant_id, until):
        decided += process_lane(take_lane(tenant_id), until=until, limit=BATCH)
    return decided


_WAITS = """
select exists (select from postsale_inbox where tenant = %s and received_at <= %s)
  or exists (select from postsale_deadline where tenant = %s and due_at <= %s)"""


def _waits(tenant_id: int, until: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAITS, [tenant_id, until, tenant_id, until])
        row = cursor.fetchone()
    return bool(row[0])
