"""One e-mail to one recipient, built so that no value of an order can add a header or another recipient."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, UniqueAddressHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from typing import cast

from email_validator import EmailNotValidError, validate_email

POLICY = SMTP.clone(cte_type="7bit")


class MailError(Exception):
    """An e-mail was not sent; the words say why and hold nothing of its text."""


class Temporary(MailError):  # noqa: N818 - the kind of failure, not an error of ours
    """Try again later: the server is away, busy or badly set up, and this e-mail was not taken."""


class Uncertain(Temporary):
    """The connection died between the end of the text and the server's word: it may have been taken.

    The documented window of at-least-once: the caller chooses whether to repeat (with the same Message-ID) or to hold.
    """


class Permanent(MailError):  # noqa: N818 - the kind of failure, not an error of ours
    """Don't try again: this recipient or this e-mail is refused."""


def build(
    *,
    message_id: str,
    at: datetime,
    from_: str,
    to: str,
    subject: str,
    text: str,
    html: str | None = None,
    reply_to: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> EmailMessage:
    """The e-mail to one recipient; `message_id` (local@domain) stays the same over attempts, `at` is its Date.

    `from_` and `reply_to` may have a display name, `to` is an address alone. `headers` are X-Postsale-… and
    List-Unsubscribe… only. Raises Permanent with words when an address, the subject or a header can't be used.
    """
    if not MESSAGE_ID.fullmatch(message_id):
        raise Permanent("the Message-ID must look like name@domain")
    message = EmailMessage(policy=POLICY)
    message["From"] = _sender(from_)
    message["To"] = _address(to, "recipient", named=False)
    if reply_to:
        message["Reply-To"] = _address(reply_to, "reply address", named=True)
    message["Subject"] = _line(subject, "subject")
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{message_id}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notice answers it
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    for name, value in (headers or {}).items():
        if not EXTRA_HEADER.fullmatch(name):
            raise Permanent(f"the header {name!r} can't be set: expected X-Postsale-… or List-Unsubscribe")
        message[name] = _line(value, name)
    _set_text(message, text)
    if html is not None:
        message.add_alternative(_clean(html), subtype="html", cte="quoted-printable")
    return message


def problem_with_address(address: str) -> str | None:
    """What is wrong with one e-mail address, in words and without asking the network; None when nothing is."""
    try:
        _address(address, "address", named=False)
    except Permanent as error:
        return str(error)
    return None


MESSAGE_ID = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,150}@[A-Za-z0-9.-]{1,80}")
SENDER = MESSAGE_ID
#: An address without anything that could be meant otherwise; shorter than any limit.
PLAIN = re.compile(r"(?=[^@]{1,60}@)([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@([A-Za-z0-9.-]{1,180})")
EXTRA_HEADER = re.compile(r"X-Postsale-[A-Za-z0-9-]{1,60}|List-Unsubscribe(?:-Post)?")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _sender(written: str) -> Address:
    """The one address of our own settings: any host will do, for a small installation sends as postsale@localhost."""
    addresses = cast("UniqueAddressHeader", HeaderRegistry()("From", _line(written, "sender"))).addresses
    if len(addresses) != 1 or not SENDER.fullmatch(addresses[0].addr_spec):
        raise Permanent("the sender is not one e-mail address, such as Ann's Shop <orders@shop.example>")
    return Address(addresses[0].display_name, addr_spec=addresses[0].addr_spec)


@lru_cache(maxsize=4_096)
def _address(written: str, what: str, *, named: bool) -> Address:
    if (plain := PLAIN.fullmatch(written)) and (domain := _domain(plain[2])):
        return Address(username=plain[1], domain=domain)
    try:
        # `.test` (RFC 2606) is let through: it can't be delivered to, and every rehearsal uses it.
        found = validate_email(written, check_deliverability=False, allow_display_name=named, test_environment=True)
    except EmailNotValidError as error:
        raise Permanent(f"the {what} is not one plain e-mail address: {error}") from error
    if not found.ascii_email:
        raise Permanent(f"the {what} has letters before its @ that most mail servers refuse: use plain ones")
    if any(_mixes_scripts(label) for label in found.domain.split(".")):
        raise Permanent(f"the {what} mixes scripts in its domain to look like another one")
    shown = _line(found.display_name or "", f"{what}'s name")
    return Address(shown, addr_spec=found.ascii_email)


@lru_cache(maxsize=4_096)
def _domain(written: str) -> str:
    """The domain as mail servers know it; empty unless it is plain beyond doubt. Customers are many, domains few."""
    try:
        found = validate_email(f"a@{written}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return found.ascii_domain if found.domain.isascii() else ""


def _mixes_scripts(label: str) -> bool:
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}
    return "LATIN" in scripts and not scripts.isdisjoint({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})


def _line(value: str, what: str) -> str:
    if CONTROL.search(value):
        raise Permanent(f"the {what} must be one line without control characters")
    return value.encode("utf-8", "replace").decode("utf-8")


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", lines).encode("utf-8", "replace").decode("utf-8")


def _set_text(message: EmailMessage, text: str) -> None:
    clean = _clean(text)
    plain = clean.isascii() and all(len(line) < 200 for line in clean.split("\n"))
    message.set_content(clean, cte="7bit" if plain else "quoted-printable")
