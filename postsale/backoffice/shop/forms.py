"""The forms of the shop's settings: each fills itself from the settings and says what to change."""

import re
from collections.abc import Iterable, Mapping
from email.headerregistry import Address, HeaderRegistry, UniqueAddressHeader
from typing import Any, ClassVar, cast

from django import forms
from holidays.registry import COUNTRIES

from postsale.tenants.models import Role
from postsale.tenants.settings import countries, zones
from postsale.tenants.settings_shapes import (
    LANGUAGES,
    BrandingChange,
    CalendarChange,
    Changes,
    FailuresChange,
    ReviewChange,
    SenderChange,
    Settings,
)
from postsale.web.forms import ShopForm
from postsale.web.problems import FlawLike

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class SettingsForm(ShopForm):
    """A part of the settings. `places` says which field shows the problems of which path."""

    places: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def filled(cls, settings: Settings) -> dict[str, Any]:
        """What the fields show of `settings`."""
        raise LookupError(f"{cls.__name__} shows nothing")

    def changes(self) -> Changes:
        """What the person asks for; of a form that is valid."""
        raise LookupError(f"{type(self).__name__} changes nothing")

    def refuse(self, flaws: Iterable[FlawLike]) -> None:
        """Show what the settings' own rules found, each at its field."""
        for flaw in flaws:
            path = re.sub(r"\[\d+\].*", "", flaw.path)
            field = self.places.get(path, path.rpartition(".")[2])
            self.add_error(field if field in self.fields else None, words_of(flaw))


def words_of(flaw: FlawLike) -> str:
    """A problem as a sentence for people."""
    start = "These" if flaw.problem.startswith(("are", "lack")) else "This"
    expected = f" Expected: {flaw.expected}." if flaw.expected else ""
    return f"{start} {flaw.problem}.{expected}"


class ShopDetails(SettingsForm):
    """Name and time zone, and who looks before a workflow goes live."""

    places: ClassVar[Mapping[str, str]] = {"review.above_percent": "review_above"}

    name = forms.CharField(label="Shop name", max_length=120, help_text="Customers see it as the sender of your mail.")
    timezone = forms.ChoiceField(
        label="Time zone", help_text="Days, working hours and times on pages are those of this place."
    )
    review_always = forms.BooleanField(
        label="A second person reviews before a workflow goes live",
        required=False,
        help_text="Whoever builds asks; another builder, admin or owner approves. Watch mode needs no review.",
    )
    review_above = forms.IntegerField(
        label="… or when it would act on more than this share of orders (%)",
        required=False,
        widget=forms.NumberInput(attrs={"min": 1, "max": 99}),
        help_text="As a try on the last 30 days says, which then has to come first. Empty: no such limit.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict.fromkeys([*zones(), str(self.initial.get("timezone", "UTC"))])
        self.fields["timezone"].choices = [(name, name.replace("_", " ")) for name in names]  # type: ignore[attr-defined]

    @classmethod
    def filled(cls, settings: Settings) -> dict[str, Any]:
        """All of it."""
        review = settings.review
        return {
            "name": settings.name, "timezone": settings.timezone, "review_always": review.is_always,
            "review_above": review.above_percent,
        }  # fmt: skip

    def changes(self) -> Changes:
        """All of it."""
        said = self.cleaned_data
        review = ReviewChange(is_always=said["review_always"], above_percent=said["review_above"])
        return Changes(name=said["name"], timezone=said["timezone"], review=review)


class Notices(SettingsForm):
    """Who is told when a workflow fails."""

    roles = forms.MultipleChoiceField(
        label="Tell everybody who is", required=False, choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )
    by_email = forms.BooleanField(
        label="By e-mail, too",
        required=False,
        help_text="Once for each workflow in six hours, however often it fails. In the app it is under the bell.",
    )

    @classmethod
    def filled(cls, settings: Settings) -> dict[str, Any]:
        """What was chosen; before that, what most shops want."""
        said = settings.failures
        if said is None:
            return {"roles": [Role.OWNER, Role.ADMIN, Role.BUILDER], "by_email": True}
        return {"roles": said.roles, "by_email": said.by_email}

    def changes(self) -> Changes:
        """All of it."""
        said = self.cleaned_data
        return Changes(failures=FailuresChange(roles=said["roles"], by_email=said["by_email"]))


class Mail(SettingsForm):
    """Who customers' mail is from, where answers go, how it looks."""

    places: ClassVar[Mapping[str, str]] = {
        "sender.from": "sender_address",
        "branding.name": "brand",
    }

    sender_name = forms.CharField(label="Sender name", required=False, max_length=120)
    sender_address = forms.CharField(
        label="Sender address",
        required=False,
        max_length=254,
        help_text="Your mail server must be allowed to send from it (SPF, DKIM). Empty: this installation's address.",
    )
    reply_to = forms.CharField(
        label="Answers go to", required=False, max_length=254, help_text="Empty: answers go to the sender."
    )
    redirect_mail_to = forms.CharField(
        label="Send all customer mail to one address instead",
        required=False,
        max_length=254,
        help_text="For trying out: no customer gets anything, and a banner says so on every page.",
    )
    is_on = forms.BooleanField(label="Put my shop's name, colour and footer around each letter", required=False)
    brand = forms.CharField(
        label="Name in the letter", required=False, max_length=120, help_text="Empty: the shop's name."
    )
    colour = forms.CharField(label="Colour", widget=forms.TextInput(attrs={"type": "color"}))
    footer = forms.CharField(
        label="Footer",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Your address, company details, how to reach you.",
    )
    language = forms.ChoiceField(
        label="Language of your customers' mail",
        choices=list(LANGUAGES.items()),
        help_text="Of the standing line below each letter, and what screen readers are told.",
    )

    @classmethod
    def filled(cls, settings: Settings) -> dict[str, Any]:
        """The sender in its two parts, and the rest as it is."""
        name, address = _parts(settings.sender.from_)
        branding = settings.branding
        return {
            "sender_name": name, "sender_address": address, "reply_to": settings.sender.reply_to,
            "redirect_mail_to": settings.redirect_mail_to, "is_on": branding.is_on, "brand": branding.name,
            "colour": branding.colour, "footer": branding.footer, "language": branding.language,
        }  # fmt: skip

    def changes(self) -> Changes:
        """All of it."""
        said = self.cleaned_data
        return Changes(
            sender=SenderChange(
                from_=_sender(said["sender_name"], said["sender_address"]), reply_to=said["reply_to"] or None
            ),
            redirect_mail_to=said["redirect_mail_to"] or None,
            branding=BrandingChange(
                is_on=said["is_on"],
                name=said["brand"],
                colour=said["colour"],
                footer=said["footer"].replace("\r\n", "\n"),
                language=said["language"],
            ),
        )

    def clean(self) -> dict[str, Any]:
        """A name needs an address."""
        said = super().clean() or {}
        if said.get("sender_name") and not said.get("sender_address"):
            self.add_error("sender_address", "A sender's name needs an address, too.")
        return said


class WorkingTime(SettingsForm):
    """Working days and hours, public holidays and own ones."""

    working_days = forms.TypedMultipleChoiceField(
        label="Working days", coerce=int, choices=list(enumerate(DAYS)), widget=forms.CheckboxSelectMultiple
    )
    opens = forms.CharField(label="Opens", widget=forms.TextInput(attrs={"type": "time"}))
    closes = forms.CharField(label="Closes", widget=forms.TextInput(attrs={"type": "time"}))
    cut_off = forms.CharField(
        label="Cut-off",
        required=False,
        widget=forms.TextInput(attrs={"type": "time"}),
        help_text="What comes in later counts from the next working day.",
    )
    country = forms.ChoiceField(label="Public holidays of", required=False)
    subdivision = forms.ChoiceField(label="State or region", required=False)
    holidays = forms.CharField(
        label="Your own days off",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "2026-12-24"}),
        help_text="One date a line, such as 2026-12-24.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = str((self.data if self.is_bound else self.initial).get("country") or "")
        choices: dict[str, list[tuple[str, str]]] = {
            "country": [("", "No country"), *country_names()],
            "subdivision": [("", "All of it"), *((part, part) for part in countries().get(country, ()))],
        }
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]

    @classmethod
    def filled(cls, settings: Settings) -> dict[str, Any]:
        """The calendar; own days off a line each."""
        said = settings.calendar
        return {
            "working_days": said.working_days, "opens": said.opens, "closes": said.closes, "cut_off": said.cut_off,
            "country": said.country, "subdivision": said.subdivision, "holidays": "\n".join(said.holidays),
        }  # fmt: skip

    def changes(self) -> Changes:
        """The whole calendar."""
        said = self.cleaned_data
        return Changes(
            calendar=CalendarChange(
                working_days=said["working_days"],
                opens=said["opens"][:5],
                closes=said["closes"][:5],
                cut_off=said["cut_off"][:5] or None,
                country=said["country"] or None,
                subdivision=said["subdivision"] or None,
                holidays=sorted({day for day in re.split(r"[\s,;]+", said["holidays"]) if day}),
            )
        )


def country_names() -> list[tuple[str, str]]:
    """The countries whose holidays we know, (code, name) by name."""
    known = countries()
    names = {codes[1]: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", codes[0]) for codes in COUNTRIES.values()}
    return sorted(((code, names.get(code, code)) for code in known), key=lambda each: each[1])


def _parts(sender: str | None) -> tuple[str, str]:
    if not sender:
        return "", ""
    (address,) = cast("UniqueAddressHeader", HeaderRegistry()("From", sender)).addresses[:1]
    return address.display_name, address.addr_spec


def _sender(name: str, address: str) -> str | None:
    if not address:
        return None
    try:
        return str(Address(name, addr_spec=address))
    except Exception:  # noqa: BLE001 -- the settings' own rules say what is wrong with it
        return address
