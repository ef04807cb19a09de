"""What a shop's settings must be like: every problem, where it is and what was expected. Pure."""

import re
from collections.abc import Iterator
from datetime import date, time
from email.headerregistry import HeaderRegistry, UniqueAddressHeader
from typing import cast
from zoneinfo import available_timezones

import holidays
from email_validator import EmailNotValidError, validate_email

from postsale.tenants.models import Role
from postsale.tenants.settings_shapes import Branding, Calendar, Failures, OpsStatus, Review, Sender, Settings
from postsale.tenants.shop import OPS_STATUSES
from postsale.web.problems import Flaw, FlawLike

MOST_STATUSES = 40
MOST_HOLIDAYS = 400
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def flaws_of(settings: Settings, before: Settings) -> list[FlawLike]:
    """What is wrong with `settings`, which would follow `before`."""
    return [
        *_line("name", settings.name, most=120, least=1),
        *_zone(settings.timezone),
        *_calendar(settings.calendar),
        *_sender(settings.sender),
        *_mailbox("redirect_mail_to", settings.redirect_mail_to),
        *_branding(settings.branding),
        *_statuses(settings.ops_statuses, before.ops_statuses),
        *_review(settings.review),
        *_failures(settings.failures),
    ]


def _line(path: str, text: str, *, most: int, least: int = 0) -> Iterator[FlawLike]:
    if not least <= len(text) <= most or _CONTROL.search(text):
        yield Flaw(
            path=path,
            problem="is empty" if not text and least else "is too long, or more than one line",
            expected=f"one line of {f'{least} to' if least else 'up to'} {most} characters",
        )


def _zone(name: str) -> Iterator[FlawLike]:
    if name not in available_timezones():
        yield Flaw(path="timezone", problem="is no time zone", expected="a name such as Europe/Berlin, or UTC")


def _calendar(said: Calendar) -> Iterator[FlawLike]:
    days = said.working_days
    if not days or len(set(days)) != len(days) or any(not 0 <= day <= 6 for day in days):
        expected = "one or more of 0 (Monday) to 6 (Sunday), each once"
        yield Flaw(path="calendar.working_days", problem="are not days of the week", expected=expected)
    times = {"opens": said.opens, "closes": said.closes, "cut_off": said.cut_off}
    wrong = [name for name, text in times.items() if text is not None and not _CLOCK.fullmatch(text)]
    yield from (
        Flaw(path=f"calendar.{name}", problem="is no time of day", expected="a time such as 09:00") for name in wrong
    )
    if not wrong:
        yield from _hours(said)
    yield from _country(said)
    yield from _holidays(said.holidays)


def _hours(said: Calendar) -> Iterator[FlawLike]:
    opens, closes = time.fromisoformat(said.opens), time.fromisoformat(said.closes)
    if opens >= closes:
        yield Flaw(path="calendar.closes", problem="is not after opening", expected=f"a time after {said.opens}")
    elif said.cut_off is not None and not opens <= time.fromisoformat(said.cut_off) <= closes:
        expected = f"a time from {said.opens} to {said.closes}, or none"
        yield Flaw(path="calendar.cut_off", problem="is outside working hours", expected=expected)


def _country(said: Calendar) -> Iterator[FlawLike]:
    known = holidays.list_supported_countries(include_aliases=False)
    if said.country is None:
        if said.subdivision is not None:
            yield Flaw(path="calendar.subdivision", problem="has no country", expected="a country beside it")
        return
    if said.country not in known:
        expected = "a two-letter code such as DE or US, or none"
        yield Flaw(path="calendar.country", problem="is no country whose holidays we know", expected=expected)
    elif said.subdivision is not None and said.subdivision not in known[said.country]:
        names = ", ".join(known[said.country][:60]) or "none: this country has no parts of its own"
        yield Flaw(path="calendar.subdivision", problem=f"is no part of {said.country}", expected=names)


def _holidays(days: list[str]) -> Iterator[FlawLike]:
    if len(days) > MOST_HOLIDAYS:
        yield Flaw(path="calendar.holidays", problem="are too many", expected=f"at most {MOST_HOLIDAYS}")
    for index, day in enumerate(days[:MOST_HOLIDAYS]):
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day) or not _is_date(day):
            expected = "a date such as 2026-12-24"
            yield Flaw(path=f"calendar.holidays[{index}]", problem="is no date", expected=expected)


def _is_date(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _sender(said: Sender) -> Iterator[FlawLike]:
    if said.from_ is not None and not is_sender(said.from_):
        expected = "one address such as Ann's Shop <orders@shop.example>"
        yield Flaw(path="sender.from", problem="is not one e-mail address", expected=expected)
    yield from _mailbox("sender.reply_to", said.reply_to)


def is_sender(text: str) -> bool:
    """Whether mail can be from this: one address, perhaps with a name before it."""
    if not text or len(text) > 320 or _CONTROL.search(text):
        return False
    try:
        addresses = cast("UniqueAddressHeader", HeaderRegistry()("From", text)).addresses
    except Exception:  # noqa: BLE001 -- the standard library's parser fails in many ways on what is no address
        return False
    return len(addresses) == 1 and _ADDRESS.fullmatch(addresses[0].addr_spec) is not None


def _mailbox(path: str, text: str | None) -> Iterator[FlawLike]:
    if text is None:
        return
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
        is_plain = bool(found.ascii_email)
    except EmailNotValidError:
        is_plain = False
    if not is_plain or _CONTROL.search(text):
        yield Flaw(path=path, problem="is not one plain e-mail address", expected="an address, or none")


def _branding(said: Branding) -> Iterator[FlawLike]:
    yield from _line("branding.name", said.name, most=120)
    if not _COLOUR.fullmatch(said.colour):
        yield Flaw(path="branding.colour", problem="is no colour", expected="six digits such as #0e6a7d")
    if len(said.footer) > 1000 or _CONTROL_BUT_LINES.search(said.footer):
        yield Flaw(path="branding.footer", problem="is too long", expected="up to 1000 characters")


def _statuses(said: list[OpsStatus], before: list[OpsStatus]) -> Iterator[FlawLike]:
    keys = [each.key for each in said]
    if len(said) > MOST_STATUSES:
        yield Flaw(path="ops_statuses", problem="are too many", expected=f"at most {MOST_STATUSES}")
    needed = [key for key in dict.fromkeys([*OPS_STATUSES, *(each.key for each in before)]) if key not in keys]
    if needed:
        expected = f"also {', '.join(needed)}: orders and workflows may name them"
        yield Flaw(path="ops_statuses", problem="lack some that there are", expected=expected)
    labels = [each.label.casefold() for each in said]
    for index, each in enumerate(said[: MOST_STATUSES + 20]):
        where = f"ops_statuses[{index}]"
        if not _KEY.fullmatch(each.key) or keys.index(each.key) != index:
            expected = "small letters, digits and _, each key once"
            yield Flaw(path=f"{where}.key", problem="is no key of its own", expected=expected)
        yield from _line(f"{where}.label", each.label, most=40, least=1)
        if each.label and labels.index(each.label.casefold()) != index:
            yield Flaw(path=f"{where}.label", problem="is there already", expected="a name of its own")


def _review(said: Review) -> Iterator[FlawLike]:
    if said.above_percent is not None and not 1 <= said.above_percent <= 99:
        expected = "a whole number of per cent from 1 to 99, or none"
        yield Flaw(path="review.above_percent", problem="is no share of orders", expected=expected)


def _failures(said: Failures | None) -> Iterator[FlawLike]:
    if said is not None and (len(set(said.roles)) != len(said.roles) or not set(said.roles).issubset(Role.values)):
        expected = f"some of {', '.join(Role.values)}, each once"
        yield Flaw(path="failures.roles", problem="are not roles", expected=expected)
