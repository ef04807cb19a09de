"""What becomes of a workflow once it is written: published, paused, resumed, restored, archived.

Each act locks the workflow, changes its standing and moves the tenant's ruleset one on, in the caller's transaction;
workers hear of it (`NOTIFY postsale_rules`) and load what is new. A published version never changes again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import connection

from workflows.definitions import clocks
from workflows.definitions.models import Version, Workflow
from workflows.definitions.store import (
    ConflictError,
    checked,
    document_of,
    hold,
    next_number,
    refuse_archived,
    refuse_unseen,
    version_of,
    write_draft,
)

type Mode = Literal["live", "watch"]
type Ending = Callable[[Workflow, datetime], Sequence[UUID]]
type Gate = Callable[[Workflow, Version, str, datetime], None]

CHANNEL = "postsale_rules"
#: Told when a workflow is archived, in the same transaction; each cancels what still waits for it and says which runs.
ENDINGS: list[Ending] = []
#: Asked in the same transaction before a version may act, with who wants it to; each raises ConflictError to refuse.
GATES: list[Gate] = []

_STATE_OF: dict[Mode, str] = {"live": "live", "watch": "watching"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """An archived workflow, and the runs that were cancelled with it."""

    workflow: Workflow
    cancelled: tuple[UUID, ...]


def publish(workflow_id: UUID, *, mode: Mode, by: str, now: datetime, seen: UUID | None = None) -> Workflow:
    """Let the draft decide from `now` on; without a draft, let the published version decide in `mode`.

    Asking again for what is so already changes nothing. Raises InvalidDocumentError (the draft is checked again: a
    board may be gone by now), ConflictError (archived, changed since `seen`, a gate says no), Workflow.DoesNotExist,
    Version.DoesNotExist (nothing was ever stored).
    """
    workflow = hold(workflow_id)
    refuse_archived(workflow)
    refuse_unseen(workflow, seen)
    if workflow.draft is None and workflow.state == _STATE_OF[mode]:
        return workflow
    version = version_of(workflow, "newest")
    if mode == "live" and (workflow.draft is not None or not acts(workflow)):
        ask_gates(workflow, version, by=by, now=now)
    if workflow.draft is not None:
        _put_in_force(workflow, version, by=by, now=now)
    # A new version goes on where the old one stood: what came in before and is not decided yet must not fall between them.
    goes_on = workflow.state == _STATE_OF[mode] and workflow.live_since is not None
    return _stand(workflow, _STATE_OF[mode], live_since=workflow.live_since if goes_on else now, now=now)


def acts(workflow: Workflow) -> bool:
    """Whether the published version acts, or did until it was paused (and not: only watches)."""
    return workflow.state == "live" or (workflow.state == "paused" and workflow.live_since is not None)


def ask_gates(workflow: Workflow, version: Version, *, by: str, now: datetime) -> None:
    """Whether `version` may act because `by` wants it. Raises ConflictError, in words, when something stands in the way."""
    for gate in GATES:
        gate(workflow, version, by, now)


def pause(workflow_id: UUID, *, now: datetime) -> Workflow:
    """Start no new runs; runs that wait go on. Raises ConflictError when it is not published, Workflow.DoesNotExist."""
    workflow = hold(workflow_id)
    refuse_archived(workflow)
    if workflow.state == "draft":
        raise ConflictError("this workflow was never published, so there is nothing to pause")
    if workflow.state == "paused":
        return workflow
    # Nothing reads `live_since` of a paused workflow: kept, it says that it was live; None, that it was watching.
    live_since = workflow.live_since if workflow.state == "live" else None
    return _stand(workflow, "paused", live_since=live_since, now=now)


def resume(workflow_id: UUID, *, now: datetime) -> Workflow:
    """Go on as before the pause, with the events from `now` on; one that isn't paused stays as it is.

    Raises ConflictError when it is archived or was never published, Workflow.DoesNotExist.
    """
    workflow = hold(workflow_id)
    refuse_archived(workflow)
    if workflow.state == "draft":
        raise ConflictError("this workflow was never published; publish it first")
    if workflow.state != "paused":
        return workflow
    return _stand(workflow, "watching" if workflow.live_since is None else "live", live_since=now, now=now)


def restore(workflow_id: UUID, *, number: int, by: str, now: datetime, seen: UUID | None = None) -> Version:
    """Make the content of version `number` the new draft, which says so in its note; what decides stays as it is.

    A draft in the way is retired, not lost: it can be restored in its turn. The content is checked when it is
    published. Raises ConflictError (archived, changed since `seen`), Version.DoesNotExist, Workflow.DoesNotExist.
    """
    workflow = hold(workflow_id)
    refuse_archived(workflow)
    refuse_unseen(workflow, seen)
    source = version_of(workflow, number)
    if workflow.draft is not None:
        Version.objects.filter(tenant_id=workflow.tenant_id, workflow_id=workflow.id, number=workflow.draft).update(
            state="retired"
        )
    return write_draft(
        workflow, document_of(source), number=next_number(workflow), words=source.sentence, by=by, now=now,
        note=f"Restored from version {number}",
    )  # fmt: skip


def archive(workflow_id: UUID, *, now: datetime) -> Archived:
    """End the workflow for good and everything that waits for it. Raises Workflow.DoesNotExist."""
    workflow = hold(workflow_id)
    if workflow.state == "archived":
        return Archived(workflow=workflow, cancelled=())
    cancelled = [run_id for ending in ENDINGS for run_id in ending(workflow, now)]
    return Archived(workflow=_stand(workflow, "archived", live_since=None, now=now), cancelled=tuple(cancelled))


def unarchive(workflow_id: UUID, *, now: datetime) -> Workflow:
    """Bring an archived workflow back, switched off: paused (to be resumed in watch mode), or a draft as before.

    Raises ConflictError when it isn't archived, Workflow.DoesNotExist.
    """
    workflow = hold(workflow_id)
    if workflow.state != "archived":
        raise ConflictError("this workflow is not archived")
    return _stand(workflow, "paused" if workflow.published is not None else "draft", live_since=None, now=now)


def revision_of(tenant_id: int) -> int:
    """The number of the tenant's published set, 0 before anything was ever published."""
    with connection.cursor() as cursor:
        cursor.execute("select revision from workflows_ruleset where tenant_id = %s", [tenant_id])
        row = cursor.fetchone()
    return int(row[0]) if row is not None else 0


def _put_in_force(workflow: Workflow, draft: Version, *, by: str, now: datetime) -> None:
    """The draft is published, the version before it retired."""
    plan, _, _ = checked(document_of(draft), workflow.tenant_id)
    if workflow.published is not None:
        Version.objects.filter(tenant_id=workflow.tenant_id, workflow_id=workflow.id, number=workflow.published).update(
            state="retired"
        )
    draft.state, draft.published_at, draft.published_by = "published", now, by
    draft.save(update_fields=["state", "published_at", "published_by"])
    workflow.published, workflow.draft, workflow.name = draft.number, None, plan.name


def _stand(workflow: Workflow, state: str, *, live_since: datetime | None, now: datetime) -> Workflow:
    workflow.state, workflow.live_since, workflow.updated_at = state, live_since, now
    workflow.save(update_fields=["state", "live_since", "updated_at", "published", "draft", "name"])
    clocks.set_clock(workflow, now)
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_REVISION, [workflow.tenant_id])
        cursor.execute("select pg_notify(%s, %s)", [CHANNEL, str(workflow.tenant_id)])
    return workflow


_NEXT_REVISION = """
insert into workflows_ruleset (tenant_id, revision) values (%s, 1)
on conflict (tenant_id) do update set revision = workflows_ruleset.revision + 1"""
