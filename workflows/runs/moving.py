"""Moving waiting runs to another version, because a person says so: nothing moves by itself.

A run that waits before its first step is decided afresh by the new version; one that waits in a step goes on at the
step of the same id and kind. One whose step is not there any more stays with its version.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from postsale.events.holding import wait_for_lane
from workflows.definitions.compile import CompiledWorkflow, compile_version
from workflows.definitions.models import Version
from workflows.engine.machine import transfer
from workflows.runs.models import Run

#: So many runs are moved by one act; the rest by the next.
MOST = 5_000

_DUE = "update postsale_deadline set due_at = %s where kind = 'run' and target = any(%s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How many runs go on with the new version, and how many stay because it lacks the step they wait in."""

    moved: int
    stayed: int


def waiting_elsewhere(version: Version) -> int:
    """How many runs of the workflow wait with another version than `version`."""
    return _waiting(version).count()


def move_waiting(version: Version, *, now: datetime) -> Moved:
    """Let the waiting runs of the workflow go on with `version`, in the tenant's transaction."""
    wait_for_lane(version.tenant_id)
    runs = list(_waiting(version).select_for_update().order_by("id")[:MOST])
    new, known = compile_version(version.id), dict[UUID, CompiledWorkflow]()
    afresh, moved = [], []
    for run in runs:
        if run.machine.get("phase") in ("patient", "link"):
            run.machine = {**run.machine, "phase": "link"}
            run.wake_at = now
            afresh.append(run.id)
        elif run.machine.get("phase") == "steps":
            old = known.setdefault(run.version_id, compile_version(run.version_id))
            state = transfer(old.program, new.program, run.machine["state"])
            if state is None:
                continue
            run.machine = {**run.machine, "state": state}
        else:
            continue
        run.version_id, run.version = version.id, version.number
        moved.append(run)
    Run.objects.bulk_update(moved, ["machine", "version_id", "version", "wake_at"], batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now, afresh])
        cursor.execute("select pg_notify('postsale_work', '')")
    return Moved(moved=len(moved), stayed=len(runs) - len(moved))


def _waiting(version: Version) -> QuerySet[Run]:
    return Run.objects.filter(tenant_id=version.tenant_id, workflow_id=version.workflow_id, state="waiting").exclude(
        version_id=version.id
    )
