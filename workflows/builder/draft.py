"""The working copy of a workflow: what the builder shows, and the one place where it changes.

Unlike a Version it may be unfinished. Whenever nothing is wrong with it, it is also stored as the workflow's draft, so
that the API, back-tests and publishing see it. What others write (the API, a restored version) is taken over as a
change like any other, that whoever edited last can take back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from postsale.live.push import push
from postsale.live.topics import Topic
from postsale.tenants.models import Member
from workflows.builder import log
from workflows.builder.models import Draft
from workflows.builder.operations import ASKABLE, Done, RefusedError, perform
from workflows.builder.problems import Problem, problems_in
from workflows.builder.review.deeds import CHANGED, withdraw
from workflows.builder.shapes import blank_document
from workflows.definitions import store
from workflows.definitions.models import Version, Workflow
from workflows.definitions.names import Names, names_of

__all__ = [
    "Draft",
    "Problem",
    "RefusedError",
    "StaleError",
    "Working",
    "apply",
    "discard",
    "follow",
    "load",
    "topic",
    "unfinished",
]

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """A working copy as one person sees it. `published` is the number of the version that decides, None for none.

    `seen` is the newest version that it is in step with; `focus` and `words` say what the last operation was about;
    `is_stored`: the workflow's draft says the same.
    """

    workflow: Workflow
    document: Json
    rev: int
    problems: tuple[Problem, ...]
    names: Names
    can_undo: bool
    can_redo: bool
    published: int | None
    state: str
    edited_by: str
    seen: UUID | None = None
    focus: str | None = None
    words: str = ""

    @property
    def is_stored(self) -> bool:
        """Whether nothing is wrong with it, so that it stands as the workflow's draft."""
        return not self.problems

    def problems_of(self, step_id: str | None) -> list[Problem]:
        """What is wrong with one step."""
        return [problem for problem in self.problems if problem.step_id == step_id]


class StaleError(ValueError):
    """Somebody else (`by`) changed the workflow meanwhile; nothing was done, `working` is how it is now."""

    def __init__(self, working: Working, by: str) -> None:
        super().__init__(f"{by} changed this workflow")
        self.working = working
        self.by = by


def topic(workflow: Workflow) -> Topic:
    """What pages watch to learn that the working copy changed; messages carry no rows."""
    return Topic(tenant_id=workflow.tenant_id, kind="draft", key=workflow.id.hex)


def load(workflow: Workflow, *, member: Member) -> Working:
    """The working copy of `workflow` for `member`, in step with what others stored."""
    return _working(workflow, _held(workflow, lock=False), member)


def apply(
    workflow: Workflow,
    *,
    member: Member,
    op: Mapping[str, Any],
    rev: int,
    now: datetime,
    names: Names | None = None,
) -> Working:
    """Do `op` for `member`, who had revision `rev` before their eyes, and store the outcome.

    `names` are the shop's, when they are known already. Raises StaleError (somebody else changed it since), RefusedError
    (it can't be done; the words say why).
    """
    workflow, held = _locked(workflow, member, rev)
    asked = op.get("op")
    if asked in ("undo", "redo"):
        done = log.step_back(held, member=member, is_redo=asked == "redo", now=now)
    elif asked in ASKABLE:
        done = perform(held.document, op)
        if done.document == held.document:
            return _working(workflow, held, member, done)
        log.note(held, member=member, said=op, done=done, rev=held.rev + 1, now=now)
    else:
        raise RefusedError("This version of Postsale can't do that. Load the page again.")
    return _keep(workflow, held, done, member, now=now, names=names)


def discard(workflow: Workflow, *, member: Member, rev: int, now: datetime) -> Working:
    """Go back to what is published; can be undone. Raises StaleError, RefusedError (never published, or nothing has changed)."""
    workflow, held = _locked(workflow, member, rev)
    if workflow.published is None:
        raise RefusedError("This workflow was never published, so there is nothing to go back to.")
    document = store.document_of(store.version_of(workflow, "published"))
    if document == held.document:
        raise RefusedError(f"Nothing has changed since version {workflow.published}.")
    op = {"op": "replace", "document": document, "words": f"Went back to version {workflow.published}"}
    done = perform(held.document, op)
    log.note(held, member=member, said=op, done=done, rev=held.rev + 1, now=now)
    return _keep(workflow, held, done, member, now=now)


def follow(workflow: Workflow) -> None:
    """Somebody wrote the draft of `workflow` elsewhere: a working copy follows it, and whoever looks at it hears."""
    if Draft.objects.filter(tenant_id=workflow.tenant_id, workflow_id=workflow.id).exists():
        _held(workflow, lock=True)
        push([(topic(workflow), None)])


def unfinished(workflow: Workflow) -> Json | None:
    """What somebody is building and something is still wrong with, so that it can't stand as the draft; None for none."""
    held = Draft.objects.filter(tenant_id=workflow.tenant_id, workflow_id=workflow.id).first()
    newest = _newest(workflow)
    if held is None or (newest is not None and newest.id != held.seen):
        return None
    return held.document if newest is None or store.document_of(newest) != held.document else None


def _locked(workflow: Workflow, member: Member, rev: int) -> tuple[Workflow, Draft]:
    """The workflow and its copy for a change; the workflow's lock comes first, as everywhere."""
    workflow = store.hold(workflow.id)
    if workflow.state == "archived":
        raise RefusedError("This workflow is archived: nothing can be changed any more.")
    held = _held(workflow, lock=True)
    # What a person did meanwhile with their own hands (a form and a drag at once) is no surprise to them.
    is_own = held.edited_by == member.email and held.alone_from <= rev < held.rev
    if held.rev != rev and not is_own:
        raise StaleError(_working(workflow, held, member), held.edited_by or "Somebody else")
    return workflow, held


def _keep(
    workflow: Workflow, held: Draft, done: Done, member: Member, *, now: datetime, names: Names | None = None
) -> Working:
    """Store the copy as it is after an operation and tell whoever watches."""
    names = names if names is not None else names_of(workflow.tenant_id)
    problems = problems_in(done.document, names)
    held.document, held.rev = done.document, held.rev + 1
    if held.edited_by != member.email:
        held.alone_from = held.rev - 1
    held.edited_by, held.edited_at = member.email, now
    if not problems:
        stored = store.save(done.document, workflow=workflow, by=member.email, now=now, seen=held.seen, names=names)
        held.seen = store.version_of(stored, "newest").id
        workflow = stored
    elif workflow.published is None and workflow.name != done.document["name"]:
        workflow.name = done.document["name"]
        workflow.save(update_fields=["name"])
    held.save(update_fields=["document", "rev", "seen", "edited_by", "edited_at", "alone_from"])
    withdraw(workflow, by=member.email, now=now, words=CHANGED)
    push([(topic(workflow), None)])
    return _working(workflow, held, member, done, known=(names, problems))


def _held(workflow: Workflow, *, lock: bool) -> Draft:
    """The workflow's copy, made or brought up to date if need be; locked until the transaction ends if asked."""
    rows = Draft.objects.filter(tenant_id=workflow.tenant_id, workflow_id=workflow.id)
    held = (rows.select_for_update() if lock else rows).first()
    newest = _newest(workflow)
    if held is None:
        document = blank_document(workflow.name) if newest is None else store.document_of(newest)
        Draft.objects.bulk_create(
            [
                Draft(
                    tenant_id=workflow.tenant_id, workflow_id=workflow.id, document=document, edited_at=workflow.updated_at,
                    seen=newest.id if newest else None, edited_by=newest.published_by if newest else "",
                )
            ],
            ignore_conflicts=True,
        )  # fmt: skip
        return _held(workflow, lock=lock)
    if newest is None or newest.id == held.seen:
        return held
    if not lock:
        return _held(workflow, lock=True)
    withdraw(workflow, by=newest.published_by or "Somebody else", now=newest.created_at, words=CHANGED)
    return _take_over(held, newest)


def _newest(workflow: Workflow) -> Version | None:
    try:
        return store.version_of(workflow, "newest")
    except Version.DoesNotExist:
        return None


def _take_over(held: Draft, newest: Version) -> Draft:
    """Somebody wrote the draft elsewhere: it is the copy from now on."""
    document = store.document_of(newest)
    if document != held.document:
        by = newest.published_by or "Somebody else"
        op = {"op": "replace", "document": document, "words": newest.note or "Wrote the whole draft elsewhere"}
        done = perform(held.document, op)
        held.rev += 1
        log.note_foreign(held, said=op, done=done, by=by, at=newest.created_at)
        held.document, held.edited_by, held.edited_at = document, by, newest.created_at
        held.alone_from = held.rev
    held.seen = newest.id
    held.save(update_fields=["document", "rev", "seen", "edited_by", "edited_at", "alone_from"])
    return held


def _working(
    workflow: Workflow,
    held: Draft,
    member: Member,
    done: Done | None = None,
    *,
    known: tuple[Names, tuple[Problem, ...]] | None = None,
) -> Working:
    names, problems = known or _known(workflow.tenant_id, held.document)
    standing = log.standing(held, member)
    return Working(
        workflow=workflow, document=held.document, rev=held.rev, problems=problems, names=names,
        can_undo="done" in standing, can_redo="undone" in standing, published=workflow.published, state=workflow.state,
        edited_by=held.edited_by, seen=held.seen, focus=done.focus if done else None, words=done.words if done else "",
    )  # fmt: skip


def _known(tenant_id: int, document: Json) -> tuple[Names, tuple[Problem, ...]]:
    names = names_of(tenant_id)
    return names, problems_in(document, names)
