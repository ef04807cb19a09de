"""Coming in: the tenant, the member who comes and everybody's roles, by the one query that every page begins with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import DEFAULT_DB_ALIAS
from django.db.models.functions import JSONObject

from postsale.tenants.models import Member, Tenant
from postsale.tenants.shop import Roster, Shop, shop_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What a request knows of its tenant. `member` is None when the person is none here."""

    tenant: Tenant
    shop: Shop
    member: Member | None


def enter(tenant_id: int, *, user_id: int) -> Entrance | None:
    """The tenant as it is now, or None. One query; must run in the tenant's transaction."""
    residents = Member.objects.filter(tenant_id=tenant_id).order_by()
    everybody = residents.values(said=JSONObject(email="email", role="role", id="id"))
    themselves = (
        Member.everybody.filter(tenant_id=tenant_id, user_id=user_id)
        .order_by()
        .values(
            said=JSONObject(
                id="id",
                email="email",
                role="role",
                created_at="created_at",
                last_seen_at="last_seen_at",
                visits_until="visits_until",
                visit_reason="visit_reason",
            )
        )
    )
    rows: Any = Tenant.objects.filter(id=tenant_id).annotate(
        everybody=ArraySubquery(everybody), themselves=ArraySubquery(themselves)
    )
    tenant = rows.first()
    if tenant is None:
        return None
    roster: Roster = [(each["email"], each["role"], UUID(each["id"])) for each in tenant.everybody]
    members_own = [_member(said, tenant_id=tenant_id, user_id=user_id) for said in tenant.themselves]
    return Entrance(tenant=tenant, shop=shop_from(tenant, roster), member=members_own[0] if members_own else None)


def _member(said: dict[str, Any], *, tenant_id: int, user_id: int) -> Member:
    moments = {
        name: datetime.fromisoformat(said[name]) if said[name] else None
        for name in ("created_at", "last_seen_at", "visits_until")
    }
    values = {**said, **moments, "tenant_id": tenant_id, "user_id": user_id, "id": UUID(said["id"])}
    names = [field.attname for field in Member._meta.concrete_fields]
    return Member.from_db(DEFAULT_DB_ALIAS, names, [values[name] for name in names])
