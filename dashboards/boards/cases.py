"""What people do with cards: resolve, assign, snooze, reopen. Each act is a few statements, told to all watchers."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models.fields.json import KT

from dashboards.boards import announcing
from dashboards.boards.models import Case
from dashboards.boards.placing import close, wake_up
from dashboards.boards.placing import reopen as open_again
from dashboards.boards.saving import entry, save, slugs_of, wake_no_later
from postsale.orders.models import Shipment
from postsale.tenants.models import Member
from postsale.web.paging import EPOCH
from workflows.definitions.listening import listened
from workflows.runs.announce import announce

LONGEST_SNOOZE = timedelta(days=366)
LONGEST_REASON = 1000

type Edit = Callable[[Case], tuple[str, str] | None]


class CaseEditError(ValueError):
    """What a person asked can't be done: which member of the request is wrong, how, and what was expected."""

    def __init__(self, path: str, problem: str, expected: str) -> None:
        super().__init__(f"{path}: {problem}; expected {expected}")
        self.path = path
        self.problem = problem
        self.expected = expected


def resolve(ids: Sequence[UUID], *, member: Member, reason: str = "", now: datetime) -> list[Case]:
    """Close the cards in the member's name. Raises CaseEditError for a reason of over 1,000 characters."""
    if len(reason) > LONGEST_REASON:
        raise CaseEditError("reason", f"{len(reason):,} characters are too many", f"at most {LONGEST_REASON:,}")

    def edit(case: Case) -> tuple[str, str] | None:
        if case.state == "resolved":
            return None
        close(case, by=_person(member), now=now)
        return "resolved", reason.strip() or "resolved"

    return _change(ids, edit, member=member, now=now)


def assign(ids: Sequence[UUID], *, member: Member, assignee: str | None, now: datetime) -> list[Case]:
    """Give the cards to a member (an e-mail address), or with None to nobody. Raises CaseEditError for a stranger."""
    if assignee is not None and not Member.objects.filter(tenant_id=member.tenant_id, email=assignee).exists():
        raise CaseEditError("assignee", f"{assignee[:80]!r} is not a member", "the e-mail address of a member, or null")

    def edit(case: Case) -> tuple[str, str] | None:
        if case.assignee == assignee:
            return None
        case.assignee = assignee
        return "assigned", f"assigned to {assignee}" if assignee else "assigned to nobody"

    return _change(ids, edit, member=member, now=now)


def snooze(
    ids: Sequence[UUID], *, member: Member, until: datetime, now: datetime, is_for_scan: bool = False
) -> list[Case]:
    """Put open cards to sleep until a moment in the coming year, `is_for_scan`: or until their carrier moves. Raises
    CaseEditError for another moment."""
    if not now < until <= now + LONGEST_SNOOZE:
        raise CaseEditError(
            "snoozed_until", f"{until.isoformat()} is not in the coming year", "a moment in the coming year"
        )

    scans = _last_scans(ids, member.tenant_id) if is_for_scan else {}

    def edit(case: Case) -> tuple[str, str] | None:
        if case.state == "resolved":
            return None
        case.state, case.snoozed_until, case.scan_after = "snoozed", until, scans.get(case.shipment_id)
        moment = f"{until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        moves = "the carrier moves, at the latest " if case.scan_after is not None else ""
        return "snoozed", f"snoozed until {moves}{moment}"

    return _change(ids, edit, member=member, now=now, wake_at=until)


def reopen(ids: Sequence[UUID], *, member: Member, now: datetime) -> list[Case]:
    """Open cards again that were resolved or sleep. A cleared one stays from now on until a person resolves it."""

    def edit(case: Case) -> tuple[str, str] | None:
        if case.state == "open":
            return None
        if case.state == "snoozed":
            wake_up(case)
        else:
            # What cleared it is still so: without this the next event would clear it under the person's hands.
            case.keep = case.keep if (case.resolved_by or {}).get("kind") == "person" else None
            opened_at = case.opened_at
            open_again(case, now=now)
            case.count, case.opened_at = case.count - 1, opened_at
        return "reopened", "reopened"

    return _change(ids, edit, member=member, now=now)


def _last_scans(ids: Sequence[UUID], tenant_id: int) -> dict[UUID | None, datetime]:
    """Parcel → its last scan so far (long ago: none yet), of the cards that have one. One query."""
    cards = Case.objects.filter(tenant_id=tenant_id, id__in=ids)
    rows = Shipment.objects.filter(tenant_id=tenant_id, id__in=cards.values("shipment_id"))
    said = rows.values_list("id", KT("body__last_scan_at"))
    return {pk: datetime.fromisoformat(at) if at else EPOCH for pk, at in said}


def _person(member: Member) -> dict[str, object]:
    return {"kind": "person", "name": member.email}


def _change(
    ids: Sequence[UUID], edit: Edit, *, member: Member, now: datetime, wake_at: datetime | None = None
) -> list[Case]:
    locked = Case.objects.select_related("board").select_for_update(of=("self",))
    cases = list(locked.filter(tenant_id=member.tenant_id, id__in=ids).order_by("id"))
    entries = []
    touched = []
    for case in cases:
        done = edit(case)
        if done is not None:
            touched.append(case)
            entries.append(entry(case, done[0], words=done[1], by=_person(member), now=now))
    slugs = slugs_of(touched)
    save(member.tenant_id, touched, entries, slugs=slugs)
    if any(line.what in announcing.TYPES for line in entries):
        known, heard = {case.id: case for case in touched}, listened(member.tenant_id, set(announcing.TYPES.values()))
        announce(
            member.tenant_id, announcing.told(member.tenant_id, entries, known, slugs=slugs, listened=heard), after=now
        )
    if wake_at is not None:
        wake_no_later(member.tenant_id, {case.id: wake_at for case in touched}, {case.id: case for case in touched})
    return cases
