"""The names a document may mention: the shop's own, and those that the floors above register here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from postsale.tenants.shop import load_shop

#: kind of name ("boards", "dashboards") → `look_up(tenant_id)` giving key → label. Upper floors add theirs at start.
NAMES: dict[str, Callable[[int], Mapping[str, str]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """A tenant's names at one moment, each kind key → label; `members` are e-mail addresses, `zone` is the shop's."""

    boards: Mapping[str, str] = field(default_factory=dict)
    dashboards: Mapping[str, str] = field(default_factory=dict)
    ops_statuses: Mapping[str, str] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    zone: tzinfo = UTC


def names_of(tenant_id: int) -> Names:
    """The names of `tenant_id`, today. Must run in the tenant's transaction."""
    shop = load_shop(tenant_id)
    return Names(
        boards=_look_up("boards", tenant_id),
        dashboards=_look_up("dashboards", tenant_id),
        ops_statuses=shop.ops_statuses,
        members=frozenset(shop.members),
        zone=shop.zone,
    )


def _look_up(kind: str, tenant_id: int) -> Mapping[str, str]:
    look_up = NAMES.get(kind)
    return look_up(tenant_id) if look_up is not None else {}
