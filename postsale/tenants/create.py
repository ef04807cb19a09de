"""Make tenants and their members: all of it or nothing."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import IntegrityError, connection
from django.utils.text import slugify

from postsale.signals import tenant_created
from postsale.tenants import audit, find, keys
from postsale.tenants.models import Member, Role, Tenant, User
from postsale.tenants.scope import tenant

# A lane is the event log's, a floor above; a tenant without one would wait for ever.
LANE = "insert into postsale_lane (tenant, lease_until, attempts, suspect, served_at) values (%s, %s, 0, 0, %s)"
NEXT_ID = "select nextval(pg_get_serial_sequence('postsale_tenant', 'id'))"


class NotMadeError(Exception):
    """The tenant or member can't be made; the message says why, and nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new tenant; `api_key` is its first key's secret, shown only here."""

    tenant_id: int
    slug: str
    api_key: str


def create_tenant(
    name: str,
    *,
    slug: str,
    owner: str,
    password: str,
    now: datetime,
    timezone: str = "UTC",
    is_demo: bool = False,
) -> Made:
    """Make a tenant with its owner, a key with every scope and what new tenants start with. Raises NotMadeError."""
    _check(name, slug, owner, timezone)
    tenant_id = _next_id()
    try:
        with tenant(tenant_id):
            Tenant.objects.create(
                id=tenant_id, slug=slug, name=name, timezone=timezone, is_demo=is_demo, created_at=now
            )
            find.name_door(tenant_id, slug)
            _add(tenant_id, owner, role=Role.OWNER, password=password, now=now)
            _open_lane(tenant_id, now)
            _, secret = keys.create(tenant_id, name="First key", created_by=owner.strip().lower(), now=now)
            audit.write(tenant_id, actor="postsale", action="tenant.created", target=slug, now=now)
            tenant_created.send(sender=Tenant, tenant_id=tenant_id, now=now)
    except IntegrityError as error:
        if "slug" in str(error):
            raise NotMadeError(f"there is a tenant with the slug {slug!r} already; nothing was changed") from error
        raise
    return Made(tenant_id=tenant_id, slug=slug, api_key=secret)


def found_shop(name: str, *, owner: User, timezone: str, now: datetime) -> int:
    """Make a tenant that `owner`, who has an account, asked for; its id. Without a key. Raises NotMadeError."""
    name = name.strip()
    _check(name, "slug", owner.email, timezone)
    tenant_id, slug = _next_id(), _free_slug(name)
    with tenant(tenant_id):
        Tenant.objects.create(id=tenant_id, slug=slug, name=name, timezone=timezone, created_at=now)
        find.name_door(tenant_id, slug)
        Member.objects.create(tenant_id=tenant_id, user=owner, email=owner.email, role=Role.OWNER, created_at=now)
        _open_lane(tenant_id, now)
        audit.write(tenant_id, actor=owner.email, action="tenant.created", target=slug, now=now)
        tenant_created.send(sender=Tenant, tenant_id=tenant_id, now=now)
    return tenant_id


def add_member(tenant_id: int, email: str, *, role: str, password: str, now: datetime) -> Member:
    """Add a person to a tenant, with a new account if there is none by this address. Raises NotMadeError."""
    _check_email(email)
    if role not in Role.values:
        raise NotMadeError(f"there is no role {role!r}; roles are {', '.join(Role.values)}")
    with tenant(tenant_id):
        if Member.objects.filter(tenant_id=tenant_id, email=email.strip().lower()).exists():
            raise NotMadeError(f"{email} is a member already; nothing was changed")
        member = _add(tenant_id, email, role=role, password=password, now=now)
        audit.write(
            tenant_id, actor="postsale", action="member.added", target=member.email, detail={"role": role}, now=now
        )
    return member


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute(NEXT_ID)
        return int(cursor.fetchone()[0])


def _open_lane(tenant_id: int, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LANE, [tenant_id, now, now])


def _free_slug(name: str) -> str:
    """A slug like the name that leads nowhere yet; should two shops take it at once, the database refuses the second."""
    base = slugify(name)[:40].strip("-") or "shop"
    tries = (base, *(f"{base}-{number}" for number in range(2, 6)), f"{base}-{secrets.token_hex(4)}")
    return next(slug for slug in tries if find.tenant_id_of(slug) is None)


def _add(tenant_id: int, email: str, *, role: str, password: str, now: datetime) -> Member:
    address = email.strip().lower()
    user = User.objects.filter(email=address).first()
    if user is None:
        user = User.objects.create_user(address, password, date_joined=now)
    elif not EmailAddress.objects.filter(user=user, email=address, verified=True).exists():
        # Somebody took this address without proving that it is theirs: whoever is let in now gets the account.
        user.set_password(password)
        user.save(update_fields=["password"])
    EmailAddress.objects.update_or_create(user=user, email=address, defaults={"verified": True, "primary": True})
    return Member.objects.create(tenant_id=tenant_id, user=user, email=address, role=role, created_at=now)


def _check(name: str, slug: str, owner: str, timezone: str) -> None:
    if not 0 < len(name.strip()) <= 120:
        raise NotMadeError("the name must have 1 to 120 characters")
    try:
        validate_slug(slug)
    except ValidationError as error:
        raise NotMadeError(f"the slug {slug!r} may have letters, digits, - and _ only") from error
    if len(slug) > 60:
        raise NotMadeError("the slug must have at most 60 characters")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise NotMadeError(f"there is no time zone {timezone!r}; one is Europe/Berlin, another UTC") from error
    _check_email(owner)


def _check_email(email: str) -> None:
    try:
        validate_email(email.strip())
    except ValidationError as error:
        raise NotMadeError(f"{email!r} is not an e-mail address") from error
