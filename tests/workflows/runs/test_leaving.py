"""From the event to the mailbox: a founding story's e-mail leaves, unless the parcel has moved on before it could."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from tests.factories import make_member, make_tenant
from tests.postsale.integrations.test_mail import Mailbox, listening
from tests.workflows.runs.kit import NOW, decide, example, hours, label, publish_document, rows, say, scan
from workflows.models import Notification, Outbox, StepRun
from workflows.runs.deliver import deliver

pytestmark = pytest.mark.django_db(transaction=True)

T = NOW + timedelta(minutes=1)


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    """Where EMAIL_URL leads."""
    kept = Mailbox()
    with listening(kept) as port:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
        yield kept


def exception_said(shop: int) -> None:
    """A parcel of an order has an exception, and that is decided."""
    publish_document(shop, example("shipment_exception"))
    say(shop, label("1001", "1Z1", at=T), at=T)
    say(shop, scan("1Z1", "exception", at=T + hours(1)), at=T + hours(1))
    decide(shop, until=T + hours(1))


def told(shop: int) -> tuple[str, str]:
    """What the customer's step says."""
    [step] = rows(shop, StepRun, step="tell_customer")
    return step.state, step.result["words"]


def test_the_customer_of_a_parcel_with_an_exception_gets_one_e_mail(mailbox: Mailbox) -> None:
    shop = make_tenant(slug="north").id
    exception_said(shop)

    deliver(now=T + hours(1))
    deliver(now=T + hours(2))

    [mail] = mailbox.kept
    assert mail["To"] == "ann@example.com"
    assert told(shop) == ("done", "sent to ann@example.com at 2026-11-18 11:01 UTC")


def test_the_customer_is_not_told_of_an_exception_after_the_delivery(mailbox: Mailbox) -> None:
    shop = make_tenant(slug="north").id
    exception_said(shop)
    say(shop, scan("1Z1", "delivered", at=T + hours(2)), at=T + hours(2))
    decide(shop, until=T + hours(2))

    deliver(now=T + hours(2))

    [message] = rows(shop, Outbox)
    assert (mailbox.kept, message.status, told(shop)[0]) == ([], "suppressed", "suppressed")
    assert told(shop)[1].startswith("not sent: what it says is not so any more: ")


def test_the_shipping_manager_is_told_of_a_late_parcel_in_the_app_and_by_e_mail(mailbox: Mailbox) -> None:
    shop = make_tenant(slug="north").id
    member = make_member(shop, role="shipping_manager", email="mia@north.example")
    publish_document(shop, example("late_handoff"))
    say(shop, label("1001", "1Z1", at=T), at=T)
    decide(shop, until=T + hours(49))

    deliver(now=T + hours(49))

    [seen] = rows(shop, Notification)
    assert (seen.member_id, seen.subject) == (member.id, mailbox.kept[0]["Subject"])
    assert [mail["To"] for mail in mailbox.kept] == ["mia@north.example"]
