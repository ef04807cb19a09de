"""Who did what to a working copy: each person takes back and does again their own changes, also after a reload."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from postsale.tenants.models import Member
from workflows.builder.models import Draft, DraftOperation
from workflows.builder.operations import Done, RefusedError, perform

type Json = dict[str, Any]

#: Changes of one step's settings that follow each other within this time are one: somebody is typing.
TYPING = timedelta(seconds=4)
TYPED = frozenset({"update", "trigger", "settings", "rename_path"})
#: For changes that no member made here (the API's, a restored version's) before anybody edited.
NOBODY = UUID(int=0)


def note(held: Draft, *, member: Member, said: Mapping[str, Any], done: Done, rev: int, now: datetime) -> None:
    """Remember a change; what the member had undone before can't be done again after it."""
    _of(held, member.id).filter(standing="undone").update(standing="void")
    last = _of(held, member.id).filter(rev=rev - 1, standing="done", at__gt=now - TYPING).first()
    if last is not None and said["op"] in TYPED and _about(last.said) == _about(said):
        last.back |= {"id": done.back["id"]} if "id" in done.back else {}
        last.said, last.rev, last.at = dict(said), rev, now
        last.save(update_fields=["back", "said", "rev", "at"])
        return
    _write(held, member_id=member.id, said=said, done=done, by=member.email, rev=rev, at=now)


def note_foreign(held: Draft, *, said: Mapping[str, Any], done: Done, by: str, at: datetime) -> None:
    """Remember what was written elsewhere as a change that whoever edited last may take back."""
    last = DraftOperation.objects.filter(tenant_id=held.tenant_id, draft_id=held.id).order_by("-rev")
    member_id = last.values_list("member_id", flat=True).first() or NOBODY
    _write(held, member_id=member_id, said=said, done=done, by=by, rev=held.rev, at=at)


def standing(held: Draft, member: Member) -> set[str]:
    """What the member has in the log: "done" (can be undone), "undone" (can be done again)."""
    return set(_of(held, member.id).exclude(standing="void").order_by().values_list("standing", flat=True).distinct())


def step_back(held: Draft, *, member: Member, is_redo: bool, now: datetime) -> Done:
    """Take back the member's last change, or do again what they took back. Raises RefusedError.

    A change that others have built upon may no longer be taken back: it is then let go, for the one before to be next.
    """
    rows = _of(held, member.id).filter(standing="undone" if is_redo else "done")
    row = rows.order_by("rev" if is_redo else "-rev").first()
    if row is None:
        raise RefusedError("There is nothing to do again." if is_redo else "There is nothing to undo.")
    try:
        done = perform(held.document, row.back)
    except RefusedError as error:
        row.standing = "void"
        row.save(update_fields=["standing"])
        raise LetGoError(f"“{row.words}” can't be taken back any more. {error}") from error
    row.back, row.standing = done.back, "done" if is_redo else "undone"
    row.save(update_fields=["back", "standing"])
    return Done(
        document=done.document,
        back=done.back,
        focus=done.focus,
        words=f"{'Redone' if is_redo else 'Undone'}: {row.words}",
    )


class LetGoError(RefusedError):
    """A change can't be taken back any more, and the log has let go of it: that is to be kept."""


def since(held: Draft, at: datetime | None) -> list[DraftOperation]:
    """The changes since `at` that stand, oldest first, at most a few hundred."""
    rows = DraftOperation.objects.filter(tenant_id=held.tenant_id, draft_id=held.id, standing="done").order_by("rev")
    return list((rows.filter(at__gt=at) if at else rows)[:500])


def _of(held: Draft, member_id: UUID) -> Any:
    return DraftOperation.objects.filter(tenant_id=held.tenant_id, draft_id=held.id, member_id=member_id)


def _about(said: Mapping[str, Any]) -> tuple[object, ...]:
    """What a change is about: typing on is a change of the same thing."""
    step = said.get("step")
    named = step.get("id") if isinstance(step, Mapping) else None
    return said["op"], named or said.get("id"), said.get("n"), frozenset(said) if said["op"] == "settings" else None


def _write(
    held: Draft, *, member_id: UUID, said: Mapping[str, Any], done: Done, by: str, rev: int, at: datetime
) -> None:
    DraftOperation.objects.create(
        tenant_id=held.tenant_id, draft_id=held.id, member_id=member_id, rev=rev, said=dict(said), back=done.back,
        words=done.words[:200], by=by, at=at,
    )  # fmt: skip
