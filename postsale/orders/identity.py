"""Who is who: carriers under one key whatever they are called, orders with and without "#", addresses one way."""

import re
from functools import lru_cache

OTHER = "other"

# One key, and the names that senders use for it, as `_plain` leaves them. DHL's companies stay apart.
_NAMES = {
    "usps": ("us postal service", "united states postal service", "u s postal service", "usps web tools", "stamps com"),
    "ups": ("united parcel service", "upsdap", "ups dap", "ups ground", "ups r", "ups walleted", "ups us"),
    "ups_mail_innovations": ("upsmi", "ups mi", "upsmailinnovations"),
    "ups_surepost": ("surepost", "upssurepost"),
    "fedex": ("federal express", "fed ex", "fedex express", "fedex ground", "fedex home delivery", "fedexdefault",
              "fedex walleted", "fedex us", "fedex default"),
    "fedex_smartpost": ("smartpost", "fedexsmartpost", "fedex ground economy"),
    "dhl_express": ("dhlexpress", "dhl worldwide express", "dhl international"),
    "dhl_ecommerce": ("dhlecommerce", "dhl ecommerce us", "dhl global mail", "dhlglobalmail", "dhl e commerce",
                      "dhl ecs", "dhlecs", "dhl ecommerce solutions"),
    "dhl_parcel_de": ("dhl germany", "deutsche post dhl", "dhl paket", "dhl de", "dhlpaket", "dhl parcel germany"),
    "dhl_parcel_uk": ("dhl parcel uk", "dhl uk", "dhlparceluk"),
    "deutsche_post": ("deutschepost", "deutsche post international"),
    "canada_post": ("canadapost", "postes canada", "canada post corporation"),
    "royal_mail": ("royalmail",),
    "parcelforce": ("parcel force", "parcelforce worldwide"),
    "australia_post": ("australiapost", "auspost", "aus post", "australia post eparcel"),
    "new_zealand_post": ("nz post", "nzpost", "new zealand post"),
    "purolator": ("purolator courier", "purolator international"),
    "ontrac": ("on trac", "ontracv3", "ontrac v3"),
    "lasership": ("laser ship", "lasershipv2"),
    "amazon_logistics": ("amazon shipping", "amzl", "amzn us", "amazonshipping", "amazon mws", "amazonmws"),
    "dpd": ("dpd group", "dynamic parcel distribution"),
    "dpd_uk": ("dpduk",),
    "gls": ("gls group", "general logistics systems"),
    "hermes": ("hermes germany", "myhermes"),
    "evri": ("hermes uk", "evri uk"),
    "la_poste": ("laposte", "la poste colissimo"),
    "postnl": ("post nl", "postnl international", "tnt post"),
    "bpost": ("b post", "bpost international"),
    "swiss_post": ("swisspost", "die post", "post ch"),
    "austrian_post": ("austrianpost", "post at", "osterreichische post"),
    "japan_post": ("japanpost", "japan post international"),
    "china_post": ("chinapost", "china ems", "ems china"),
    "poste_italiane": ("posteitaliane",),
    "correos": ("correos spain", "correos de espana"),
    "an_post": ("anpost",),
    "singapore_post": ("singpost", "singaporepost"),
    "sf_express": ("sfexpress", "sf"),
    "yunexpress": ("yun express",),
    "globegistics": ("apg", "asendia globegistics"),
    "asendia": ("asendia usa", "asendiausa"),
    "couriersplease": ("couriers please",),
    "star_track": ("startrack",),
    "veho": ("veho tech",),
    OTHER: ("", "unknown", "custom", "none", "null", "n a", "manual", "other carrier", "not known"),
}  # fmt: skip
_KEYS = {key.replace("_", " "): key for key in _NAMES} | {name: key for key, names in _NAMES.items() for name in names}


@lru_cache(maxsize=4_096)
def carrier_key(name: str | None) -> str:
    """The key of a carrier by any of its names: "USPS", "usps" and "US Postal Service" are `usps`.

    Unknown names become words joined by "_"; a missing one is `other`. A key is its own key.
    """
    plain = _plain(name or "")
    found = _KEYS.get(plain)
    return found if found is not None else plain.replace(" ", "_")


def order_key(number: str) -> str:
    """What an order number is looked up by: without outer blanks and without one leading "#"."""
    return number.strip().removeprefix("#").strip() or number


def email_key(address: str) -> str:
    """What an e-mail address is compared by: lower case, without outer blanks."""
    return address.strip().lower()


def name_key(*names: object) -> str:
    """What a customer is looked up by: the names in the order given (the last name first), lower case, single blanks."""
    return " ".join(" ".join(str(name) for name in names if name).lower().split())[:200]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()
