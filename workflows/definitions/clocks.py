"""The clocks of scheduled workflows: one deadline row (kind "clock") for each that is live or in watch mode.

What `trigger: {type: schedule, at: "0 8 * * 1-5"}` means: each time the shop's clock shows it, the workflow looks at
every order as it stands at that moment (with each of its parcels where it asks about parcels; a parcel that has no
order yet takes part where nothing is asked of orders) and runs once for each that its first gate holds for *then*. A
tick decides at once: nobody waits for a condition, for the next tick comes anyhow. `once_per` and `cooldown` count as
always; `once_per: event` means "at each tick". A tick is walked page by page (`workflows.runs.walk`): the row's
`due_at` is the tick, its `order_id` the last order that was looked at (then `shipment_id` the last parcel without
one). After a standstill only the last of the missed ticks is made up for.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from postsale.tenants.models import Tenant
from workflows.catalog.cron import next_tick
from workflows.definitions.models import Step, Workflow

KIND = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A workflow whose clock shows `at`, and how far its tick has come."""

    workflow_id: UUID
    at: datetime
    after_order: UUID | None = None
    after_parcel: UUID | None = None


def set_clock(workflow: Workflow, now: datetime) -> None:
    """Let the workflow's clock tick next after `now`, as its published version says; stop it where there is no more to
    tick. A tick that is due already is not lost by publishing anew."""
    cron = _cron_of(workflow) if workflow.state in ("live", "watching") else None
    zone = ZoneInfo(Tenant.objects.get(id=workflow.tenant_id).timezone) if cron is not None else None
    at = next_tick(cron, now, zone) if cron is not None and zone is not None else None
    with connection.cursor() as cursor:
        if at is None:
            cursor.execute(STOP, [workflow.tenant_id, workflow.id])
        else:
            cursor.execute(SET, [workflow.id, workflow.tenant_id, at, now])


def first_due(tenant_id: int, *, until: datetime) -> Clock | None:
    """The clock of the tenant that was to tick first, up to `until`."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [tenant_id, until])
        row = cursor.fetchone()
    return Clock(workflow_id=row[0], at=row[1], after_order=row[2], after_parcel=row[3]) if row else None


def move(tenant_id: int, clock: Clock) -> None:
    """Write down how far the tick has come, or when the next one is."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [clock.at, clock.after_order, clock.after_parcel, tenant_id, clock.workflow_id])


def stop(tenant_id: int, workflow_id: UUID) -> None:
    """The workflow's clock ticks no more."""
    with connection.cursor() as cursor:
        cursor.execute(STOP, [tenant_id, workflow_id])


SET = f"""
insert into postsale_deadline (kind, target, tenant, due_at) values ('{KIND}', %s, %s, %s)
on conflict (kind, target) do update set due_at = excluded.due_at, order_id = null, shipment_id = null
where postsale_deadline.due_at > %s"""  # noqa: S608 -- a constant of ours
STOP = f"delete from postsale_deadline where kind = '{KIND}' and tenant = %s and target = %s"  # noqa: S608 -- as above
DUE = f"""
select target, due_at, order_id, shipment_id from postsale_deadline
where tenant = %s and kind = '{KIND}' and due_at <= %s order by due_at, target limit 1"""  # noqa: S608 -- as above
MOVE = f"""
update postsale_deadline set due_at = %s, order_id = %s, shipment_id = %s
where kind = '{KIND}' and tenant = %s and target = %s"""  # noqa: S608 -- as above


def _cron_of(workflow: Workflow) -> str | None:
    configs = Step.objects.filter(
        tenant_id=workflow.tenant_id, version__workflow_id=workflow.id, version__number=workflow.published or 0,
        kind="trigger",
    )  # fmt: skip
    config = configs.values_list("config", flat=True).first() or {}
    return str(config["at"]) if config.get("type") == "schedule" else None
