"""Letters that people ask for, sent at once by the way that all mail goes: a test of the sender, an invitation."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from time import monotonic

from django.conf import settings

from postsale.integrations.branded import dressed
from postsale.integrations.letters import CONTROL, MailError, Permanent, build
from postsale.integrations.mail import open_transport
from postsale.integrations.ours import mail_domain
from postsale.tenants.ids import new_id
from postsale.tenants.limits import Buckets, Limit
from postsale.tenants.settings_shapes import Sender
from postsale.tenants.shop import Shop

#: Test letters of one shop: a few at once, then one in three minutes.
TESTS = Limit(1 / 180, 5)
TEST_SUBJECT = "A test from {name}"
TEST_TEXT = """This is a test from {name}.

When you can read it, mail from your shop reaches its readers. An answer to it goes to {answers}.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What became of it, in words for the person who asked."""

    is_sent: bool
    words: str


def send_test(shop: Shop, *, to: str, sender: Sender, now: datetime) -> Posted:
    """Send a test letter as `sender`, which need not be saved, in the look of the shop's mail. Never raises for mail."""
    from_ = sender.from_ or default_sender(shop)
    answers = sender.reply_to or from_
    text, html = dressed(TEST_TEXT.format(name=shop.name, answers=answers), shop)
    return post(
        shop, to=to, subject=TEST_SUBJECT.format(name=one_line(shop.name)), text=text, html=html, sender=sender, now=now
    )


def tests_left(tenant_id: int) -> float:
    """Count one more test letter of the shop: 0.0, or the seconds to wait for it."""
    return _tests.take(tenant_id, 1, TESTS, at=monotonic())


def post(
    shop: Shop, *, to: str, subject: str, text: str, sender: Sender, now: datetime, html: str | None = None
) -> Posted:
    """Send one letter now and say what the mail server answered. Never raises for mail."""
    try:
        letter = build(
            message_id=f"{new_id()}@postsale.{mail_domain()}",
            at=now,
            from_=sender.from_ or default_sender(shop),
            to=to,
            subject=subject,
            text=text,
            html=html,
            reply_to=sender.reply_to,
        )
        url = None if shop.is_demo else settings.EMAIL_URL
        with open_transport(url, data_dir=settings.POSTSALE_DATA) as transport:
            transport.send(letter)
    except Permanent as error:
        return Posted(is_sent=False, words=f"Not sent: {error}.")
    except MailError as error:
        return Posted(is_sent=False, words=f"Not sent: {error}. Try again, or ask who runs this Postsale.")
    except ValueError as error:
        return Posted(is_sent=False, words=f"Not sent, the mail server is set up wrongly: {error}.")
    if url:
        return Posted(is_sent=True, words=f"The mail server took the letter to {to}. Look in the spam folder, too.")
    kept = "the demo shop's mail" if shop.is_demo else "no mail server is set up (EMAIL_URL), so mail"
    return Posted(is_sent=True, words=f"The letter to {to} was written to a file: {kept} never leaves this machine.")


def default_sender(shop: Shop) -> str:
    """Whom a shop's mail is from until it says so itself."""
    return str(Address(one_line(shop.name), addr_spec=f"postsale@{mail_domain()}"))


def one_line(text: str) -> str:
    """The text as one line without control characters, for a header."""
    return re.sub(r"\s+", " ", CONTROL.sub(" ", text)).strip()


_tests = Buckets[int]()
