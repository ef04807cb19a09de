"""Statuses as people read them: a label, a colour and an icon, so that colour is never the only sign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from postsale.tenants.shop import Shop
from workflows.catalog.fields import DELIVERY_STATUSES, FULFILLMENT_STATUSES, PAYMENT_STATUSES, TRACKING_STATUSES
from workflows.catalog.names import key_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A word or two with a colour (crit, warn, ok, info or "") and an icon."""

    label: str
    tone: str = ""
    icon: str = "circle-dot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Tracking statuses that people look for together (DOMAIN.md section 2)."""

    key: str
    label: str
    statuses: Sequence[str]
    tone: str
    icon: str


GROUPS = (
    Group(
        key="problem", label="Problems", tone="crit", icon="triangle-alert",
        statuses=("delayed", "failed_attempt", "exception", "return_to_sender", "expired"),
    ),
    Group(
        key="before", label="Before handoff", tone="", icon="hourglass", statuses=("unknown", "awaiting_carrier"),
    ),
    Group(
        key="moving", label="Moving", tone="info", icon="truck", statuses=("accepted", "in_transit", "out_for_delivery"),
    ),
    Group(key="pickup", label="Waiting for pickup", tone="info", icon="map-pin", statuses=("available_for_pickup",)),
    Group(key="done", label="Done", tone="ok", icon="package-check", statuses=("delivered", "cancelled")),
)  # fmt: skip
GROUP_OF: Mapping[str, Group] = {status: group for group in GROUPS for status in group.statuses}
_TRACKING = dict(TRACKING_STATUSES)
_DELIVERY = dict(DELIVERY_STATUSES)
_TONES = {"delayed": "warn", "failed_attempt": "warn", "cancelled": ""}
_DELIVERY_BADGES: Mapping[str, tuple[str, str]] = {
    "awaiting_carrier": ("", "hourglass"), "in_progress": ("info", "truck"), "partially_delivered": ("info", "truck"),
    "delivered": ("ok", "package-check"), "exception": ("crit", "triangle-alert"), "returning": ("crit", "undo-2"),
    "returned": ("warn", "undo-2"), "mixed": ("warn", "split"), "not_shipped": ("", "package"),
}  # fmt: skip
_OPS_TONES = {
    "exception": ("crit", "triangle-alert"), "waiting_on_customer": ("warn", "hourglass"),
    "waiting_on_carrier": ("warn", "hourglass"), "resolved": ("ok", "check"), "delivered": ("ok", "package-check"),
    "closed": ("", "archive"),
}  # fmt: skip


def tracking_badge(status: str) -> Badge:
    """A parcel's tracking status."""
    group = GROUP_OF.get(status)
    tone = _TONES.get(status, group.tone if group else "")
    return Badge(label=tracking_label(status), tone=tone, icon=group.icon if group else "circle-dot")


def tracking_label(status: str) -> str:
    """A tracking status in words."""
    return _TRACKING.get(status, key_words(status))


def delivery_badge(status: str) -> Badge:
    """How far an order's parcels are, all together."""
    tone, icon = _DELIVERY_BADGES.get(status, ("", "circle-dot"))
    return Badge(label=_DELIVERY.get(status, key_words(status)), tone=tone, icon=icon)


def ops_badge(status: str, shop: Shop) -> Badge:
    """The shop's own status of an order."""
    tone, icon = _OPS_TONES.get(status, ("", "circle-dot"))
    return Badge(label=shop.ops_statuses.get(status, key_words(status)), tone=tone, icon=icon)


def payment_label(status: str | None) -> str:
    """How an order is paid; unknown where nobody said."""
    return dict(PAYMENT_STATUSES).get(status, key_words(status)) if status else "Unknown"


def fulfillment_label(status: str) -> str:
    """How much of an order has left."""
    return dict(FULFILLMENT_STATUSES).get(status, key_words(status))
