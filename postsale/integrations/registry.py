"""The partners we understand, by key. A new partner is a folder and a line here."""

from collections.abc import Mapping

from postsale.integrations.base import Partner
from postsale.integrations.easypost.adapter import EasyPost
from postsale.integrations.generic.adapter import Generic
from postsale.integrations.shopify.adapter import Shopify

PARTNERS: Mapping[str, Partner] = {partner.key: partner for partner in (EasyPost(), Shopify(), Generic())}
"""All partners by key."""


def partner(key: str) -> Partner:
    """The partner of that key. Raises KeyError."""
    return PARTNERS[key]
