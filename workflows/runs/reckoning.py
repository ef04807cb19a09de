"""Waiting by another calendar: what waits for business time looks again at when its time has come."""

from datetime import datetime

from django.db import connection

from postsale.events.holding import wait_for_lane

AGAIN = """
with patient as (
  update workflows_run set wake_at = %s, machine = jsonb_set(machine, '{phase}', '"again"')
  where tenant_id = %s and state = 'waiting' and machine->>'phase' = 'patient' returning id)
update postsale_deadline set due_at = %s from patient where kind = 'run' and target = patient.id"""


def reckon(tenant_id: int, *, now: datetime) -> int:
    """Let patient runs look at `now` whether it is time, and when it will be; in the tenant's transaction. How many wait."""
    wait_for_lane(tenant_id)
    with connection.cursor() as cursor:
        cursor.execute(AGAIN, [now, tenant_id, now])
        waiting = int(cursor.rowcount)
        cursor.execute("select pg_notify('postsale_work', '')")
    return waiting
