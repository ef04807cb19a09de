"""The shop: a tenant's settings as one frozen value, read once a revision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from postsale.tenants.models import Member, Tenant

type Roster = Sequence[tuple[str, str, UUID]]

#: DOMAIN.md section 4: the ops statuses a new tenant starts with.
OPS_STATUSES: Mapping[str, str] = {
    "new": "New",
    "ready_to_ship": "Ready to ship",
    "label_created": "Label created",
    "handed_off": "Handed off",
    "in_transit": "In transit",
    "exception": "Exception",
    "waiting_on_customer": "Waiting on customer",
    "waiting_on_carrier": "Waiting on carrier",
    "resolved": "Resolved",
    "delivered": "Delivered",
    "closed": "Closed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A tenant as its work sees it. `members` maps e-mail → role; `settings` is the tenant's JSON:

    working_days [0..6], opens "09:00", closes "17:00", cut_off "14:00"|null, country "DE"|null, subdivision, holidays ["2026-12-24"];
    sender {from, reply_to}, redirect_mail_to; branding {is_on, name, colour, footer, language};
    limits {events_per_second, burst, …}; review {is_always, above_percent}; failures {roles, by_email};
    ops_statuses {key: label} (added and renamed ones), ops_order [key].
    Written by `postsale.tenants.settings`.
    """

    id: int
    slug: str
    name: str
    zone: ZoneInfo
    is_demo: bool
    revision: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    member_ids: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ops_statuses(self) -> Mapping[str, str]:
        """Every ops status of the tenant, key → label, in the shop's order."""
        labels = {**OPS_STATUSES, **self.settings.get("ops_statuses", {})}
        order = [key for key in self.settings.get("ops_order", ()) if key in labels]
        return {key: labels[key] for key in dict.fromkeys([*order, *labels])}

    def with_role(self, *roles: str) -> list[str]:
        """The addresses of the members who have one of `roles`, in order of their address."""
        return sorted(email for email, role in self.members.items() if role in roles)


def load_shop(tenant_id: int) -> Shop:
    """The shop as it is now. Must run in the tenant's transaction; raises Tenant.DoesNotExist outside it."""
    tenant = Tenant.objects.get(id=tenant_id)
    return shop_from(tenant, list(Member.objects.filter(tenant_id=tenant_id).values_list("email", "role", "id")))


def shop_from(tenant: Tenant, roster: Roster) -> Shop:
    """The shop of a tenant's row and its members' (address, role, id)."""
    return Shop(
        id=tenant.id,
        slug=tenant.slug,
        name=tenant.name,
        zone=ZoneInfo(tenant.timezone),
        is_demo=tenant.is_demo,
        revision=tenant.revision,
        settings=tenant.settings,
        members={email: role for email, role, _ in roster},
        member_ids={email: member_id for email, _, member_id in roster},
    )
