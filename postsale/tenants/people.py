"""Who works in a shop: asked in by a link, given a role, taken out. A shop always keeps an owner."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from postsale.signals import member_renamed
from postsale.tenants import audit
from postsale.tenants.ids import new_id
from postsale.tenants.keys import digest_of
from postsale.tenants.models import Door, Invitation, Member, Role, Tenant, User
from postsale.tenants.scope import person, tenant

KIND = "invite"
LASTS = timedelta(days=7)
#: Open invitations of a shop.
MOST_INVITED = 200


class NotAllowedError(Exception):
    """It was not done; the message says why, for the person who tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An invitation as its link shows it to whoever holds it."""

    tenant_id: int
    shop: str
    email: str
    role: str
    invited_by: str
    has_account: bool


def may_manage(by: Member, role: str) -> bool:
    """Whether `by` may give, take or change `role`: owners everything, admins everything but owners."""
    return by.role == Role.OWNER or (by.role == Role.ADMIN and role != Role.OWNER)


def invite(email: str, *, role: str, by: Member, now: datetime) -> tuple[Invitation, str]:
    """Ask somebody in, in the shop's transaction; the second value is the link's token, which can't be shown again.

    An older invitation of the same address loses its link. Raises NotAllowedError.
    """
    address = email.strip().lower()
    _check_invitation(address, role, by)
    _take_back(by.tenant_id, Invitation.objects.filter(tenant_id=by.tenant_id, email=address))
    token = secrets.token_urlsafe(24)
    made = Invitation.objects.create(
        id=new_id(), tenant_id=by.tenant_id, email=address, role=role, digest=digest_of(token), invited_by=by.email,
        created_at=now, expires_at=now + LASTS,
    )  # fmt: skip
    Door.objects.create(digest=digest_of(token), kind=KIND, tenant=by.tenant_id, target=made.id)
    audit.write(by.tenant_id, actor=by.email, action="member.invited", target=address, detail={"role": role}, now=now)
    return made, token


def withdraw(invitation_id: UUID, *, by: Member, now: datetime) -> Invitation:
    """Take an invitation back: its link leads nowhere from now on. Raises NotAllowedError."""
    found = Invitation.objects.filter(tenant_id=by.tenant_id, id=invitation_id).first()
    if found is None:
        raise NotAllowedError("This invitation was used or taken back before.")
    if not may_manage(by, found.role):
        raise NotAllowedError("Only an owner takes back the invitation of an owner.")
    _take_back(by.tenant_id, [found])
    audit.write(by.tenant_id, actor=by.email, action="member.uninvited", target=found.email, now=now)
    return found


def _take_back(tenant_id: int, invitations: Iterable[Invitation]) -> None:
    """Delete invitations and the doors that their links open."""
    for each in list(invitations):
        Door.objects.filter(digest=bytes(each.digest), tenant=tenant_id, kind=KIND).delete()
        Invitation.objects.filter(tenant_id=tenant_id, id=each.id).delete()


def asked(token: str, *, now: datetime) -> Asked | None:
    """What the link with `token` asks; None when it was used, taken back or is too old. Opens its own transaction."""
    door = Door.objects.filter(digest=digest_of(token), kind=KIND).first()
    if door is None:
        return None
    with tenant(door.tenant):
        found = Invitation.objects.filter(tenant_id=door.tenant, id=door.target, expires_at__gt=now).first()
        shop = Tenant.objects.filter(id=door.tenant, state="active").values_list("name", flat=True).first()
    if found is None or shop is None:
        return None
    return Asked(
        tenant_id=door.tenant, shop=shop, email=found.email, role=found.role, invited_by=found.invited_by,
        has_account=User.objects.filter(email=found.email).exists(),
    )  # fmt: skip


def accept(token: str, *, user: User, now: datetime) -> Member:
    """Let the invited person in, once. Raises NotAllowedError for another's link or one that no longer counts."""
    door = Door.objects.filter(digest=digest_of(token), kind=KIND).first()
    if door is None:
        raise NotAllowedError("This invitation was used, taken back, or is too old.")
    with tenant(door.tenant) as tenant_id:
        found = Invitation.objects.select_for_update().filter(tenant_id=tenant_id, id=door.target).first()
        if found is None or found.expires_at <= now:
            raise NotAllowedError("This invitation was used, taken back, or is too old.")
        if found.email != user.email:
            raise NotAllowedError(f"This invitation is for {found.email}; you are signed in as {user.email}.")
        Member.everybody.filter(tenant_id=tenant_id, user_id=user.pk).exclude(visits_until=None).delete()
        member = Member.objects.filter(tenant_id=tenant_id, user_id=user.pk).first() or Member.objects.create(
            tenant_id=tenant_id, user=user, email=user.email, role=found.role, created_at=now
        )
        _take_back(tenant_id, [found])
        audit.write(
            tenant_id,
            actor=user.email,
            action="member.joined",
            target=user.email,
            detail={"role": member.role},
            now=now,
        )
    return member


def register(email: str, *, name: str, password: str, now: datetime) -> User:
    """A new account whose address is known to be theirs: its invitation reached them there."""
    user = User.objects.create_user(email, password, name=name, date_joined=now)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def rename(user: User, before: str, after: str, *, now: datetime) -> None:
    """Let every shop of the person know them by their new address. Opens its own transactions, one a shop."""
    with person(user.pk):
        shops = list(Member.everybody.filter(user_id=user.pk).values_list("tenant_id", flat=True))
    for tenant_id in shops:
        with tenant(tenant_id):
            Member.everybody.filter(tenant_id=tenant_id, user_id=user.pk).update(email=after)
            member_renamed.send(sender=Member, tenant_id=tenant_id, before=before, after=after)
            detail = {"before": {"email": before}, "after": {"email": after}}
            audit.write(tenant_id, actor=after, action="member.renamed", target=after, detail=detail, now=now)


def change_role(member_id: UUID, role: str, *, by: Member, now: datetime) -> Member:
    """Give a member another role. Raises NotAllowedError."""
    member = _manageable(member_id, by)
    if role not in Role.values or not may_manage(by, role):
        raise NotAllowedError("Only an owner makes somebody an owner.")
    if member.role != role:
        _keep_an_owner(member, role)
        before, member.role = member.role, role
        member.save(update_fields=["role"])
        detail = {"before": {"role": before}, "after": {"role": role}}
        audit.write(
            by.tenant_id, actor=by.email, action="member.role_changed", target=member.email, detail=detail, now=now
        )
    return member


def remove(member_id: UUID, *, by: Member, now: datetime) -> Member:
    """Take a member out of the shop; their account stays, and what they did stays in the log. Raises NotAllowedError."""
    member = _manageable(member_id, by)
    _keep_an_owner(member, "")
    Member.objects.filter(tenant_id=by.tenant_id, id=member.id).delete()
    detail = {"role": member.role}
    audit.write(by.tenant_id, actor=by.email, action="member.removed", target=member.email, detail=detail, now=now)
    return member


def _manageable(member_id: UUID, by: Member) -> Member:
    # All owners are locked, in one order: two who demote each other at once leave one behind.
    locked = Member.objects.select_for_update().filter(tenant_id=by.tenant_id).order_by("id")
    rows = {row.id: row for row in locked if row.role == Role.OWNER or row.id in (member_id, by.id)}
    member, actor = rows.get(member_id), rows.get(by.id)
    if member is None or actor is None:
        raise NotAllowedError("This person is not a member of the shop any more.")
    if not may_manage(actor, member.role):
        raise NotAllowedError("Only an owner changes or removes an owner.")
    return member


def _keep_an_owner(member: Member, role: str) -> None:
    if member.role != Role.OWNER or role == Role.OWNER:
        return
    owners = Member.objects.filter(tenant_id=member.tenant_id, role=Role.OWNER)
    if not owners.exclude(id=member.id).exists():
        raise NotAllowedError("A shop needs an owner: make somebody else an owner first.")


def _check_invitation(address: str, role: str, by: Member) -> None:
    try:
        validate_email(address)
    except ValidationError as error:
        raise NotAllowedError(f"“{address[:80]}” is not an e-mail address.") from error
    if role not in Role.values or not may_manage(by, role):
        raise NotAllowedError("Only an owner invites an owner.")
    if Member.objects.filter(tenant_id=by.tenant_id, email=address).exists():
        raise NotAllowedError(f"{address} is a member already.")
    if Invitation.objects.filter(tenant_id=by.tenant_id).count() >= MOST_INVITED:
        raise NotAllowedError(f"{MOST_INVITED} invitations are open. Take some back first.")
