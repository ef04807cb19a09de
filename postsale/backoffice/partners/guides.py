"""What to click at each partner, in words; a partner without a guide gets the general one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from postsale.integrations.registry import PARTNERS

GROUPS = ("Sales channels", "Carriers", "Anything else")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """A partner's card. `asks` are the settings that count for it; `makes_secret`: we choose the secret, not they."""

    key: str
    label: str
    group: str
    icon: str
    brings: str
    steps: Sequence[str]
    asks_for: str
    makes_secret: bool = True
    asks: Sequence[str] = ()


GUIDES: Mapping[str, Guide] = {
    "shopify": Guide(
        key="shopify",
        label="Shopify",
        group="Sales channels",
        icon="store",
        brings="Orders, payments, cancellations, fulfilments and their tracking",
        steps=(
            "In Shopify, open Settings → Notifications → Webhooks.",
            "At the foot of that page, below “Your webhooks will be signed with”, copy the long text. It is the secret.",
            "Press “Create webhook”, choose the event, the format JSON, and paste this connection's address as URL.",
            "Do so for: Order creation, Order update, Order payment, Order cancellation, Fulfillment creation, "
            "Fulfillment update.",
        ),
        asks_for="The text below “Your webhooks will be signed with”",
        makes_secret=False,
        asks=("sales_channel", "shop_domain"),
    ),
    "easypost": Guide(
        key="easypost",
        label="EasyPost",
        group="Carriers",
        icon="truck",
        brings="Scans of more than a hundred carriers",
        steps=(
            "In EasyPost, open Account Settings → Webhooks & Notifications (or call POST /v2/webhooks).",
            "Add a webhook with this connection's address as URL.",
            "Paste this connection's secret as “Webhook secret”, and save.",
            "Parcels appear with their first scan; they find their order by tracking number.",
        ),
        asks_for="The webhook secret",
    ),
    "generic": Guide(
        key="generic",
        label="Any system that can send webhooks",
        group="Anything else",
        icon="webhook",
        brings="Orders, scans and your own events, in JSON",
        steps=(
            "Send POST requests to this connection's address.",
            "Sign them as Standard Webhooks do (headers webhook-id, webhook-timestamp, webhook-signature) with the secret.",
            "The body is a CloudEvent, or an object with “type” and “data”; what stands in them is described at "
            "/api/v1/docs/.",
        ),
        asks_for="The signing secret",
        asks=("sales_channel",),
    ),
}


def guide_of(partner: str) -> Guide:
    """The guide of a partner. Raises KeyError for none that we know."""
    if partner in GUIDES:
        return GUIDES[partner]
    return Guide(
        key=partner,
        label=PARTNERS[partner].label,
        group="Anything else",
        icon="plug",
        brings="Events",
        steps=("Give the partner this connection's address and the secret.",),
        asks_for="The secret",
        makes_secret=False,
    )


def guides() -> list[tuple[str, list[Guide]]]:
    """Every partner's guide, by group."""
    found = [guide_of(key) for key in PARTNERS]
    return [(group, [guide for guide in found if guide.group == group]) for group in GROUPS]
