"""Asking that a second person looks, taking it back, approving (which lets it go live) and declining.

Every deed holds the workflow first, tells those it concerns in the app and by mail, and is written into the log.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from postsale.tenants import audit
from postsale.tenants.access import BUILDERS
from postsale.tenants.models import Member
from workflows.builder.models import Draft, Review
from workflows.builder.review.rules import reviewers_beside
from workflows.builder.review.telling import tell
from workflows.definitions import publish, store
from workflows.definitions.models import Version, Workflow
from workflows.runs.moving import move_waiting

CHANGED = "The workflow was changed."


def waiting(workflow: Workflow, *, rev: int, is_held: bool = False) -> Review | None:
    """The review that waits for somebody, of the workflow as it is at revision `rev`; None when there is none."""
    rows = Review.objects.filter(tenant_id=workflow.tenant_id, workflow_id=workflow.id, state="asked", rev=rev)
    found = (rows.select_for_update() if is_held else rows).first()
    is_over = workflow.state == "archived" or (workflow.state == "live" and workflow.draft is None)
    if found is None or is_over:
        return None
    return found if store.version_of(workflow, "newest").id == found.version_id else None


def declined(version: Version) -> Review | None:
    """The last review of exactly this version, when it was declined."""
    last = Review.objects.filter(tenant_id=version.tenant_id, version_id=version.id).order_by("-id").first()
    return last if last is not None and last.state == "declined" else None


def ask(workflow: Workflow, *, member: Member, rev: int, note: str, moves_waiting: bool, now: datetime) -> Review:
    """Ask for a review of the newest version, which is revision `rev` of the working copy; whoever could review is told.

    Raises ConflictError: archived, asked already, nobody could review.
    """
    workflow = store.hold(workflow.id)
    store.refuse_archived(workflow)
    others = reviewers_beside(member.tenant_id, member.email)
    if not others:
        raise store.ConflictError("nobody else here may review workflows; invite somebody first")
    if waiting(workflow, rev=rev) is not None:
        raise store.ConflictError("a review of this version was asked for already")
    withdraw(workflow, by=member.email, now=now)
    version = store.version_of(workflow, "newest")
    review = Review.objects.create(
        tenant_id=workflow.tenant_id, workflow_id=workflow.id, version_id=version.id, rev=rev, note=note.strip()[:1000],
        moves_waiting=moves_waiting, asked_by=member.email, asked_at=now,
    )  # fmt: skip
    _log(workflow, "workflow.review_asked", by=member.email, now=now, note=review.note)
    body = f"{member.email} wants it to go live." + (f" “{review.note}”" if review.note else "")
    tell(workflow, others, subject=f"Please review “{workflow.name}”", body=body, now=now)
    return review


def approve(workflow: Workflow, *, member: Member, rev: int, now: datetime) -> Workflow:
    """Approve what was asked for at revision `rev`: it goes live. Raises ConflictError, InvalidDocumentError; then nothing
    has happened."""
    with transaction.atomic():
        workflow, review = _to_decide(workflow, member=member, rev=rev)
        _decide(review, "approved", by=member.email, now=now)
        done = publish.publish(workflow.id, mode="live", by=member.email, now=now, seen=review.version_id)
        _log(done, "workflow.review_approved", by=member.email, now=now, asked_by=review.asked_by)
        _log(done, "workflow.published", by=member.email, now=now, mode="live", version=done.published)
        if review.moves_waiting:
            move(done, by=member.email, now=now)
        tell(
            done, _asker(review), subject=f"“{done.name}” is on", body=f"{member.email} approved it. It acts from now on.",
            now=now,
        )  # fmt: skip
    return done


def decline(workflow: Workflow, *, member: Member, rev: int, words: str, now: datetime) -> Review:
    """Decline what was asked for at revision `rev`, with words for whoever asked. Raises ConflictError."""
    workflow, review = _to_decide(workflow, member=member, rev=rev)
    said = words.strip()[:1000]
    if not said:
        raise store.ConflictError("say what should be different before it goes live")
    _decide(review, "declined", by=member.email, now=now, words=said)
    _log(workflow, "workflow.review_declined", by=member.email, now=now, asked_by=review.asked_by, words=said)
    subject = f"“{workflow.name}” does not go live yet"
    tell(workflow, _asker(review), subject=subject, body=f"{member.email}: “{said}”", now=now)
    return review


def take_back(workflow: Workflow, *, member: Member, rev: int, now: datetime) -> None:
    """Whoever asked asks no more. Raises ConflictError when they didn't, or it has been decided."""
    review = waiting(store.hold(workflow.id), rev=rev, is_held=True)
    if review is None or review.asked_by != member.email:
        raise store.ConflictError("there is no review of yours to take back any more")
    withdraw(workflow, by=member.email, now=now)


def withdraw(workflow: Workflow, *, by: str, now: datetime, words: str = "") -> bool:
    """Take back what was asked for, if anything: `by` changed their mind, or (`words`) changed the workflow."""
    review = Review.objects.filter(tenant_id=workflow.tenant_id, workflow_id=workflow.id, state="asked").first()
    if review is None:
        return False
    _decide(review, "withdrawn", by=by, now=now, words=words)
    _log(workflow, "workflow.review_withdrawn", by=by, now=now, asked_by=review.asked_by, words=words)
    if by != review.asked_by:
        subject = f"“{workflow.name}” was changed: ask for a review again"
        body = f"{by} changed it after you asked for a review, so nobody will review it as it was."
        tell(workflow, _asker(review), subject=subject, body=body, now=now)
    return True


def move(workflow: Workflow, *, by: str, now: datetime) -> int:
    """Let the runs that wait with earlier versions go on with the published one; how many do. In the log."""
    done = move_waiting(store.version_of(workflow, "published"), now=now)
    counts = {"moved": done.moved, "stayed": done.stayed}
    _log(workflow, "workflow.runs_moved", by=by, now=now, version=workflow.published, **counts)
    return done.moved


def _to_decide(workflow: Workflow, *, member: Member, rev: int) -> tuple[Workflow, Review]:
    workflow = store.hold(workflow.id)
    store.refuse_archived(workflow)
    now_at = Draft.objects.filter(tenant_id=workflow.tenant_id, workflow_id=workflow.id).values_list("rev", flat=True)
    review = waiting(workflow, rev=rev, is_held=True) if now_at.first() == rev else None
    if review is None:
        raise store.ConflictError("nobody waits for a review of it as it is now; look at it again")
    if review.asked_by == member.email:
        raise store.ConflictError("you asked for this review, so somebody else has to decide")
    if member.role not in BUILDERS:
        raise store.ConflictError("your role does not review workflows")
    return workflow, review


def _decide(review: Review, state: str, *, by: str, now: datetime, words: str = "") -> None:
    review.state, review.decided_by, review.decided_at, review.words = state, by, now, words
    review.save(update_fields=["state", "decided_by", "decided_at", "words"])


def _asker(review: Review) -> Iterable[Member]:
    return Member.objects.filter(tenant_id=review.tenant_id, email=review.asked_by)


def _log(workflow: Workflow, action: str, *, by: str, now: datetime, **detail: object) -> None:
    said = {name: value for name, value in detail.items() if value not in ("", None)}
    audit.write(workflow.tenant_id, actor=by, action=action, target=workflow.name, detail=said, now=now)
