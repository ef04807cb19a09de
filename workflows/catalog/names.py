"""Names: carriers, sales channels and other keys as people write them; the one place that knows.

Who calls a shop `shopify-us` wants to read "Shopify US"; a key that somebody wrote as a name stays as it is.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

_CARRIERS: Mapping[str, str] = {
    "fedex": "FedEx", "fedex_smartpost": "FedEx SmartPost", "ontrac": "OnTrac", "lasership": "LaserShip",
    "dhl_ecommerce": "DHL eCommerce", "dhl_parcel_de": "DHL Paket", "dhl_parcel_uk": "DHL Parcel UK",
    "ups_mail_innovations": "UPS Mail Innovations", "ups_surepost": "UPS SurePost", "postnl": "PostNL", "bpost": "bpost",
    "la_poste": "La Poste", "an_post": "An Post", "yunexpress": "YunExpress", "couriersplease": "CouriersPlease",
    "star_track": "StarTrack", "other": "Other carrier",
}  # fmt: skip
_BRANDS: Mapping[str, str] = {
    "shopify": "Shopify", "woocommerce": "WooCommerce", "bigcommerce": "BigCommerce", "prestashop": "PrestaShop",
    "ebay": "eBay", "tiktok": "TikTok", "b2b": "B2B", "b2c": "B2C", "pos": "POS", "api": "API", "otto": "OTTO",
    "shipstation": "ShipStation", "easypost": "EasyPost", "aftership": "AfterShip",
}  # fmt: skip
#: Written in capitals wherever they stand: countries, regions, and companies that are letters.
_CAPITALS = frozenset({
    "ups", "usps", "dhl", "dpd", "gls", "sf", "us", "eu", "uk", "gb", "de", "fr", "it", "es", "nl", "be", "at", "ch", "pl",
    "se", "no", "dk", "fi", "ie", "pt", "cz", "ca", "mx", "br", "au", "nz", "jp", "cn", "in", "hk", "sg", "emea", "apac",
})  # fmt: skip
_LETTERS = frozenset({"ups", "usps", "dhl", "dpd", "gls", "evri", "hermes", "asendia", "purolator", "veho"})
#: A part that only a key has: "shopify-us", "ebay_de", but not "re-open".
_TELLING = frozenset(_BRANDS) | _CAPITALS | {"post", "amazon", "etsy", "walmart", "store", "shop", "express", "mail"}
_BREAK = re.compile(r"[\s_\-]+")


@lru_cache(maxsize=4096)
def carrier_name(key: str) -> str:
    """A carrier by its key: "UPS", "DHL Express"; "" for none."""
    return _CARRIERS.get(key.lower()) or _name(key)


@lru_cache(maxsize=4096)
def channel_name(key: str) -> str:
    """A sales channel by its key: "Shopify US", "Marketplace"; "" for none."""
    return _name(key)


def is_key(word: str) -> bool:
    """Whether a word in a sentence is the key of a carrier or a channel rather than a word."""
    return (
        word in _CARRIERS or word in _LETTERS or bool(re.search(r"[-_]", word) and set(_BREAK.split(word)) & _TELLING)
    )


def key_words(key: str) -> str:
    """A key that nobody has named, as words: "some_key" → "Some key"."""
    said = _BREAK.sub(" ", key).strip()
    return said[:1].upper() + said[1:]


def _name(key: str) -> str:
    if key != key.lower() or "." in key or "/" in key:  # somebody's own writing, or an address
        return key
    return " ".join(_word(part) for part in _BREAK.split(key) if part)


def _word(part: str) -> str:
    return _BRANDS.get(part) or (part.upper() if part in _CAPITALS else part.capitalize())
