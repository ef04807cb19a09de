"""Staff of the platform in somebody's shop: for a reason, for an hour, seen by the shop and written into its log."""

from datetime import datetime, timedelta

from django.db.models import Q

from postsale.tenants import audit
from postsale.tenants.models import Member, Role, User

LASTS = timedelta(hours=1)
#: What staff may be in a shop: they look, or they do what an admin does; never its owner.
ROLES = (Role.VIEWER, Role.ADMIN)


def not_over(now: datetime) -> Q:
    """Which of `Member.everybody` are in the shop at `now`: its people, and visits that are not over."""
    return Q(visits_until=None) | Q(visits_until__gt=now)


def enter(tenant_id: int, *, user: User, role: str, reason: str, now: datetime) -> Member:
    """Let a person of the staff in, in the tenant's transaction; who is a member anyhow stays what they are."""
    found = Member.everybody.filter(tenant_id=tenant_id, user_id=user.pk).first()
    if found is not None and found.visits_until is None:
        return found
    Member.everybody.filter(tenant_id=tenant_id, user_id=user.pk).delete()
    until = now + LASTS
    member = Member.everybody.create(
        tenant_id=tenant_id, user=user, email=user.email, role=role, created_at=now, visits_until=until,
        visit_reason=reason,
    )  # fmt: skip
    detail = {"reason": reason, "role": role, "until": until.isoformat()}
    audit.write(tenant_id, actor=user.email, action="platform.entered", target=user.email, detail=detail, now=now)
    return member


def leave(member: Member, *, by: str, now: datetime) -> None:
    """End a visit, in the tenant's transaction: the visitor's own choice, or one of the shop's people sends them away."""
    Member.everybody.filter(tenant_id=member.tenant_id, id=member.id).exclude(visits_until=None).delete()
    audit.write(member.tenant_id, actor=by, action="platform.left", target=member.email, now=now)


def visitors(tenant_id: int, *, now: datetime) -> list[Member]:
    """Who of the staff is in the shop now."""
    return list(Member.everybody.filter(tenant_id=tenant_id, visits_until__gt=now).order_by("email")[:20])
