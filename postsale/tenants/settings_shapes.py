"""The shapes of a shop's settings, as `/api/v1/settings/` shows and takes them."""

from collections.abc import Mapping
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

type Language = Literal["en", "de", "es", "fr", "it", "nl", "pl", "pt"]

#: The languages of the standing words in customers' mail, by their own names.
LANGUAGES: Mapping[str, str] = {
    "en": "English", "de": "Deutsch", "es": "Español", "fr": "Français", "it": "Italiano", "nl": "Nederlands",
    "pl": "Polski", "pt": "Português",
}  # fmt: skip
COLOUR = "#0e6a7d"


class Calendar(Struct, kw_only=True):
    """Working time in the shop's zone: days 0 (Monday) to 6, "09:00"; the public holidays of a country, and own ones."""

    working_days: list[int]
    opens: str
    closes: str
    cut_off: str | None
    country: str | None
    subdivision: str | None
    holidays: list[str]


class CalendarChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """Members that aren't there stay as they are."""

    working_days: list[int] | UnsetType = UNSET
    opens: str | UnsetType = UNSET
    closes: str | UnsetType = UNSET
    cut_off: str | UnsetType | None = UNSET
    country: str | UnsetType | None = UNSET
    subdivision: str | UnsetType | None = UNSET
    holidays: list[str] | UnsetType = UNSET


class Sender(Struct, kw_only=True, rename={"from_": "from"}):
    """Whom customers' mail is from ("Ann's Shop <orders@shop.example>"); null: this installation's own address."""

    from_: str | None
    reply_to: str | None


class SenderChange(Struct, kw_only=True, rename={"from_": "from"}, forbid_unknown_fields=True):
    """Members that aren't there stay as they are."""

    from_: str | UnsetType | None = UNSET
    reply_to: str | UnsetType | None = UNSET


class Branding(Struct, kw_only=True):
    """How customers' mail looks: plain text, or (`is_on`) with a page of the shop's name and colour around it."""

    is_on: bool
    name: str
    colour: str
    footer: str
    language: Language


class BrandingChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """Members that aren't there stay as they are."""

    is_on: bool | UnsetType = UNSET
    name: str | UnsetType = UNSET
    colour: str | UnsetType = UNSET
    footer: str | UnsetType = UNSET
    language: Language | UnsetType = UNSET


class Review(Struct, kw_only=True):
    """When a second person must look before a workflow goes live: every time (`is_always`), or when the back-test of the
    last 30 days would act on more than `above_percent` % of the orders; null: whatever it says."""

    is_always: bool
    above_percent: int | None


class ReviewChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """Members that aren't there stay as they are."""

    is_always: bool | UnsetType = UNSET
    above_percent: int | UnsetType | None = UNSET


class Failures(Struct, kw_only=True):
    """Who is told when a workflow fails: members with one of `roles`, in the app and (`by_email`) by a letter."""

    roles: list[str] = field(default_factory=lambda: ["owner"])
    by_email: bool = False


class FailuresChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """Members that aren't there stay as they are."""

    roles: list[str] | UnsetType = UNSET
    by_email: bool | UnsetType = UNSET


class OpsStatus(Struct, kw_only=True, forbid_unknown_fields=True):
    """A status that people and workflows give orders."""

    key: str
    label: str


class Limits(Struct, kw_only=True):
    """What the shop may ask of this installation; only who runs it changes them."""

    events_per_second: float
    burst: float
    reads_per_second: float
    writes_per_second: float


class Settings(Struct, kw_only=True):
    """All of it. `failures` is null until somebody chooses: owners are told in the app then. `revision` grows with every
    change."""

    name: str
    timezone: str
    calendar: Calendar
    sender: Sender
    redirect_mail_to: str | None
    branding: Branding
    ops_statuses: list[OpsStatus]
    review: Review
    failures: Failures | None
    limits: Limits
    revision: int


class Changes(Struct, kw_only=True, forbid_unknown_fields=True):
    """What to change; members that aren't there stay. `ops_statuses` is the whole list, in the order to be shown."""

    name: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    calendar: CalendarChange | UnsetType = UNSET
    sender: SenderChange | UnsetType = UNSET
    redirect_mail_to: str | UnsetType | None = UNSET
    branding: BrandingChange | UnsetType = UNSET
    ops_statuses: list[OpsStatus] | UnsetType = UNSET
    review: ReviewChange | UnsetType = UNSET
    failures: FailuresChange | UnsetType = UNSET
