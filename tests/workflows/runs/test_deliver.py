"""The outbox's loop, over real SMTP and HTTP: sent once, tried again, given up, left unsent when it is not so any more."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connections, transaction
from django.db.models import F
from pytest_django.fixtures import Settings
from standardwebhooks import Webhook

from postsale.integrations.outgoing import new_secret
from postsale.orders.models import Unreachable
from postsale.tenants.models import Tenant
from postsale.tenants.scope import tenant
from tests.factories import make_connection
from tests.postsale.integrations.receiver import Receiver, Script, answering, receiving
from tests.postsale.integrations.test_mail import Mailbox, listening
from tests.workflows.runs.leaving import IS_EXCEPTION, NOW, leaving, make_due, queued
from workflows.runs.deliver import (
    LEASE,
    Claim,
    NotRetryableError,
    claim,
    deliver,
    mark,
    prepare,
    queue_lag,
    retry_message,
)
from workflows.runs.fates import MOST_ATTEMPTS, PAUSES, pause_after
from workflows.runs.models import Notification, Outbox
from workflows.runs.send import Sender

pytestmark = pytest.mark.django_db(transaction=True)

SAYS_NO = "busy@customer.example"
NOBODY = "gone@customer.example"
STANDARD = new_secret()


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    """Where EMAIL_URL leads."""
    kept = Mailbox()
    with listening(kept) as port:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
        yield kept


@pytest.fixture
def hook(settings: Settings) -> Iterator[Callable[[Script], Receiver]]:
    """Opens a receiver of webhooks that the admin lets us reach."""
    settings.POSTSALE_EGRESS_ALLOW = ["127.0.0.1"]
    with ExitStack() as opened:
        yield lambda script: opened.enter_context(receiving(script))


def test_an_e_mail_leaves_once_and_its_step_says_when(mailbox: Mailbox) -> None:
    shop = leaving(sender={"from": "North <orders@north.example>", "reply_to": "help@north.example"})
    sent = shop.write(guard=IS_EXCEPTION)

    first, second = deliver(now=NOW), deliver(now=NOW)

    [mail] = mailbox.kept
    assert (first, second, queued()) == (1, 0, [])
    assert (mail["To"], mail["Subject"], mail["From"]) == (
        "ann@customer.example", "Order 1001", "North <orders@north.example>",
    )  # fmt: skip
    assert (mail["Reply-To"], mail["Message-ID"]) == ("help@north.example", f"<{sent}@postsale.testserver>")
    assert mail.get_content() == "Hello Ann.\r\n"
    assert shop.fate(sent) == ("sent", 1, "")
    assert shop.message(sent).sent_at == NOW
    state, result = shop.step()
    words = "sent to ann@customer.example at 2026-11-23 10:00 UTC"
    assert (state, result["words"]) == ("done", words)
    assert result["messages"] == {str(sent): {"to": "ann@customer.example", "status": "sent", "words": words}}


def test_a_letter_is_kept_as_it_left(mailbox: Mailbox) -> None:
    shop = leaving(branding={"is_on": True, "name": "North Pole Candles", "footer": "Elf Street 1"})
    sent, unsent = shop.write(), shop.write(to=SAYS_NO, step="other")

    deliver(now=NOW)

    kept = shop.message(sent).letter
    assert kept is not None
    left = next(mail for mail in mailbox.kept if mail["To"] == "ann@customer.example")
    plain, html = (left.get_body(preferencelist=(kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert (kept["text"].split(), kept["html"].split()) == (plain.get_content().split(), html.get_content().split())
    assert ["Subject", "Order 1001"] in kept["headers"]
    assert "North Pole Candles" in kept["html"]
    assert shop.message(unsent).letter is None


def test_a_message_that_is_not_so_any_more_stays_here_with_the_reason(mailbox: Mailbox) -> None:
    shop = leaving()
    late = shop.write(guard={"all": [IS_EXCEPTION, {"field": "order.number", "op": "is", "value": "1001"}]})
    shop.move_on("delivered")

    deliver(now=NOW)

    status, attempts, reason = shop.fate(late)
    assert (status, attempts, mailbox.kept, queued()) == ("suppressed", 1, [], [])
    assert reason.startswith("what it says is not so any more: ")
    assert shop.step()[0] == "suppressed"


def test_a_guard_that_can_not_be_answered_lets_the_message_go(mailbox: Mailbox) -> None:
    shop = leaving()
    sent = shop.write(guard={"field": "parcel.exception_reason", "op": "is", "value": "damaged"})

    deliver(now=NOW)

    assert shop.fate(sent) == ("sent", 1, "")


def test_who_opted_out_since_then_is_not_written_to(mailbox: Mailbox) -> None:
    shop = leaving()
    unsent = shop.write()
    with tenant(shop.tenant_id):
        Unreachable.objects.create(tenant_id=shop.tenant_id, email="ann@customer.example", reason="opted_out", at=NOW)

    deliver(now=NOW)

    assert shop.fate(unsent) == ("suppressed", 1, "the customer must not be written to any more")
    assert mailbox.kept == []


@pytest.mark.parametrize(
    ("settings_", "content"),
    [({"redirect_mail_to": "test@north.example"}, {}), ({}, {"redirect_to": "test@north.example"})],
    ids=["since today", "when it was written"],
)
def test_in_redirect_mode_the_shop_gets_its_customers_mail(
    mailbox: Mailbox, settings_: dict[str, str], content: dict[str, str]
) -> None:
    shop = leaving(**settings_)
    sent = shop.write(content={"text": "Hello Ann.", **content})

    deliver(now=NOW)

    [mail] = mailbox.kept
    assert (mail["To"], mail["Subject"]) == ("test@north.example", "[to ann@customer.example] Order 1001")
    assert mail.get_content() == "Redirected: this e-mail was written to ann@customer.example.\r\n\r\nHello Ann.\r\n"
    assert shop.fate(sent) == ("sent", 1, "")
    assert shop.step()[1]["words"].startswith("sent to test@north.example instead of ann@customer.example at ")


class Interrupted(Mailbox):
    """A mail server during whose first letter somebody changes the shop's settings."""

    def __init__(self, change: Callable[[], None]) -> None:
        super().__init__()
        self.change = change

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if not self.kept:
            await asyncio.to_thread(self.change)
        return await super().handle_DATA(server, session, envelope)


def test_a_setting_counts_from_the_next_message_of_a_batch_on(settings: Settings) -> None:
    shop = leaving()
    shop.write()
    shop.write()

    def redirect() -> None:
        with tenant(shop.tenant_id):
            changed = {"redirect_mail_to": "test@north.example"}
            Tenant.objects.filter(id=shop.tenant_id).update(settings=changed, revision=F("revision") + 1)
        connections.close_all()

    mailbox = Interrupted(redirect)
    with listening(mailbox) as port:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
        deliver(now=NOW)

    assert [mail["To"] for mail in mailbox.kept] == ["ann@customer.example", "test@north.example"]


def test_mail_to_the_team_is_not_redirected_nor_guarded(mailbox: Mailbox) -> None:
    shop = leaving(redirect_mail_to="test@north.example")
    shop.write(is_customer=False, to="mia@north.example", guard=IS_EXCEPTION)
    shop.move_on("delivered")

    deliver(now=NOW)

    assert [mail["To"] for mail in mailbox.kept] == ["mia@north.example"]


def test_the_demo_shops_mail_goes_to_files(mailbox: Mailbox, settings: Settings, tmp_path: Path) -> None:
    settings.POSTSALE_DATA = tmp_path
    shop = leaving()
    with tenant(shop.tenant_id):
        Tenant.objects.filter(id=shop.tenant_id).update(is_demo=True)
    sent = shop.write()

    deliver(now=NOW)

    [file] = (tmp_path / "mail").iterdir()
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["To"] == "ann@customer.example"
    assert (shop.fate(sent), mailbox.kept) == (("sent", 1, ""), [])


def test_a_busy_mail_server_is_tried_again_later(mailbox: Mailbox) -> None:
    shop = leaving()
    waits = shop.write(to=SAYS_NO)

    deliver(now=NOW)

    status, attempts, reason = shop.fate(waits)
    [(spent, pause)] = queued()
    assert (status, attempts, spent) == ("failed", 1, 1)
    assert reason == "the mail server refused the recipient: 451 4.7.1 come back later"
    assert timedelta(seconds=4) < pause < timedelta(seconds=6)
    assert shop.step()[1]["words"].startswith("attempt 1 failed: ")


def test_a_refused_recipient_is_given_up_at_once(mailbox: Mailbox) -> None:
    shop = leaving()
    dead = shop.write(to=NOBODY)

    deliver(now=NOW)

    assert shop.fate(dead) == ("dead", 1, "the mail server refused the recipient: 550 5.1.1 nobody here")
    assert (queued(), shop.step()[0]) == ([], "failed")


def test_after_ten_attempts_it_is_given_up(mailbox: Mailbox) -> None:
    shop = leaving()
    dead = shop.write(to=SAYS_NO)
    make_due(after_attempts=MOST_ATTEMPTS - 1)

    deliver(now=NOW)

    status, attempts, reason = shop.fate(dead)
    assert (status, attempts, queued()) == ("dead", 10, [])
    assert reason.startswith("given up after 10 attempts: ")


def test_what_kills_its_worker_runs_out_of_attempts(mailbox: Mailbox) -> None:
    shop = leaving()
    dead = shop.write()
    make_due(after_attempts=MOST_ATTEMPTS)

    deliver(now=NOW)

    assert shop.fate(dead)[0] == "dead"
    assert (mailbox.kept, queued()) == ([], [])


def test_a_worker_that_died_after_sending_makes_a_repeat_with_the_same_message_id(mailbox: Mailbox) -> None:
    shop = leaving()
    sent = shop.write()
    [lost] = claim(10)
    message = prepare(lost, now=NOW)
    assert message is not None
    with Sender() as sender:
        fate = sender.send(message, now=NOW)
    make_due()

    deliver(now=NOW)

    marked = mark(lost, fate, now=NOW)
    assert [mail["Message-ID"] for mail in mailbox.kept] == [f"<{sent}@postsale.testserver>"] * 2
    assert (marked, shop.fate(sent)) == (False, ("sent", 2, ""))


def test_a_claim_that_another_worker_took_over_is_not_sent(mailbox: Mailbox) -> None:
    shop = leaving()
    shop.write()
    [lost] = claim(10)
    make_due()
    claim(10)

    prepared = prepare(lost, now=NOW)

    assert (prepared, mailbox.kept) == (None, [])


def test_a_claimed_message_is_nobody_elses_for_a_minute() -> None:
    shop = leaving()
    shop.write()

    first, second = claim(10), claim(10)

    [(attempts, left)] = queued()
    assert (len(first), len(second), attempts) == (1, 0, 1)
    assert LEASE - timedelta(seconds=10) < left <= LEASE


def test_two_workers_neither_share_a_message_nor_wait_for_each_other() -> None:
    shop = leaving()
    shop.write()
    shop.write(step="other")

    def other_worker() -> list[Claim]:
        try:
            return claim(10)
        finally:
            connections.close_all()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        mine = claim(1)
        theirs = pool.submit(other_worker).result(timeout=20)

    assert (len(mine), len(theirs)) == (1, 1)
    assert mine[0].outbox_id != theirs[0].outbox_id


def test_with_a_wrong_email_url_mail_waits_for_the_admin(settings: Settings) -> None:
    settings.EMAIL_URL = "smtp:/nowhere"
    shop = leaving()
    waits = shop.write()

    deliver(now=NOW)

    status, attempts, reason = shop.fate(waits)
    assert (status, attempts) == ("failed", 1)
    assert reason.startswith("EMAIL_URL is not of the form smtp://")


def test_tenants_take_turns() -> None:
    busy, quiet = leaving(), leaving()
    for number in range(3):
        busy.write(step=f"step_{number}")
    quiet.write()

    taken = claim(2)

    assert {one.tenant_id for one in taken} == {busy.tenant_id, quiet.tenant_id}


def test_one_broken_message_does_not_hold_up_the_others(mailbox: Mailbox) -> None:
    shop = leaving()
    broken = shop.write(guard={"field": "no field at all"})
    sent = shop.write(step="other")

    taken = deliver(now=NOW)

    assert (taken, shop.fate(broken)[0], shop.fate(sent)[0]) == (2, "queued", "sent")
    assert [attempts for attempts, _ in queued()] == [1]


@pytest.mark.parametrize(
    ("secret", "key"), [(STANDARD, STANDARD), ("hushx!", "whsec_aHVzaHgh")], ids=["standard", "not base64"]
)
def test_a_webhook_is_signed_and_keeps_its_id(hook: Callable[[Script], Receiver], secret: str, key: str) -> None:
    shop = leaving()
    make_connection(shop.tenant_id, partner="generic", secret=secret)
    receiver = hook(answering("204 No Content"))
    sent = shop.webhook(receiver.url, secret_ref="generic")

    deliver(now=NOW)

    head, _, body = receiver.got[0].partition(b"\r\n\r\n")
    headers = dict(line.decode().lower().split(": ", 1) for line in head.split(b"\r\n")[1:])
    signature = next(line.split(b": ")[1].decode() for line in head.split(b"\r\n") if b"signature" in line.lower())
    assert (body, headers["webhook-id"], headers["idempotency-key"]) == (b'{"a": 1}', str(sent), str(sent))
    assert (headers["x-shop"], headers["webhook-timestamp"]) == ("north", str(int(NOW.timestamp())))
    assert signature == Webhook(key).sign(str(sent), NOW, body.decode())
    assert shop.fate(sent) == ("sent", 1, "")
    assert shop.step()[1]["words"] == "answered 204 at 2026-11-23 10:00 UTC"


@pytest.mark.parametrize(
    ("status", "headers", "fate", "least"),
    [
        ("500 Oops", (), ("failed", "answered 500"), timedelta(seconds=4)),
        ("302 Found", ("Location: http://127.0.0.1/",), ("failed", "answered 302"), timedelta(seconds=4)),
        ("429 Slow", ("Retry-After: 600",), ("failed", "answered 429"), timedelta(seconds=590)),
        ("410 Gone", (), ("dead", "answered 410: the receiver wants no more calls"), None),
    ],
)
def test_a_receivers_answer_decides_what_follows(
    hook: Callable[[Script], Receiver],
    status: str,
    headers: tuple[str, ...],
    fate: tuple[str, str],
    least: timedelta | None,
) -> None:
    shop = leaving()
    called = shop.webhook(hook(answering(status, b"", *headers)).url)

    deliver(now=NOW)

    found, _, reason = shop.fate(called)
    assert (found, reason) == fate
    assert [pause > least for _, pause in queued() if least] == ([True] if least else [])


def test_what_a_receiver_answered_is_kept_without_any_secret(hook: Callable[[Script], Receiver]) -> None:
    shop = leaving()
    make_connection(shop.tenant_id, partner="generic", secret=STANDARD)
    echo = f"no such user; you said Bearer opensesame\x00, signed with {STANDARD}".encode() + b"!" * 3_000
    receiver = hook(answering("500 Oops", echo, "Set-Cookie: session=abc", "X-Request: 17", "X-Echo: opensesame"))
    called = shop.webhook(receiver.url, headers={"Authorization": "Bearer opensesame"}, secret_ref="generic")

    deliver(now=NOW)
    make_due()
    deliver(now=NOW + timedelta(minutes=1))

    kept = shop.message(called).answers
    assert kept is not None
    assert [each["at"] for each in kept] == ["2026-11-23T10:00:00+00:00", "2026-11-23T10:01:00+00:00"]
    assert (kept[0]["status"], kept[0]["words"], kept[0]["is_cut"], len(kept[0]["body"])) == (
        500,
        "answered 500",
        True,
        2048,
    )
    assert kept[0]["body"].startswith("no such user; you said hidden\ufffd, signed with hidden!!!")
    assert kept[0]["headers"] == {
        "content-length": str(len(echo)), "set-cookie": "hidden", "x-request": "17", "x-echo": "hidden",
    }  # fmt: skip
    assert "opensesame" not in str(kept)


def test_a_receiver_that_is_not_there_is_tried_again(hook: Callable[[Script], Receiver]) -> None:
    shop = leaving()
    with receiving(answering("200 OK")) as receiver:
        url = receiver.url
    called = shop.webhook(url)

    deliver(now=NOW)

    assert shop.fate(called) == ("failed", 1, "nobody answers there")
    assert shop.message(called).answers == [{"at": "2026-11-23T10:00:00+00:00", "words": "nobody answers there"}]


def test_an_address_in_our_own_network_is_never_called(settings: Settings) -> None:
    settings.POSTSALE_EGRESS_ALLOW = []
    shop = leaving()
    with receiving(answering("200 OK")) as receiver:
        called = shop.webhook(receiver.url)

        deliver(now=NOW)

    assert (shop.fate(called)[0], receiver.got) == ("dead", [])


def test_a_webhook_whose_connection_has_gone_waits_for_it(hook: Callable[[Script], Receiver]) -> None:
    shop = leaving()
    receiver = hook(answering("200 OK"))
    called = shop.webhook(receiver.url, secret_ref="gone")

    deliver(now=NOW)

    assert shop.fate(called) == ("failed", 1, "there is no connection 'gone' whose secret could sign")
    assert receiver.got == []


def test_a_dead_message_can_be_sent_again(mailbox: Mailbox) -> None:
    shop = leaving()
    dead = shop.write(to=NOBODY)
    deliver(now=NOW)
    del mailbox.answers[NOBODY]

    retry_message(shop.tenant_id, dead, now=NOW + timedelta(hours=1))

    state, result = shop.step()
    assert (state, result["words"]) == ("done", "queued again at 2026-11-23 11:00 UTC")
    deliver(now=NOW + timedelta(hours=1))
    assert shop.fate(dead) == ("sent", 1, "")


def test_a_failed_message_need_not_wait_for_its_turn(mailbox: Mailbox) -> None:
    shop = leaving()
    failed = shop.write(to=SAYS_NO)
    deliver(now=NOW)
    mailbox.answers.clear()

    retry_message(shop.tenant_id, failed, now=NOW)

    assert (deliver(now=NOW), shop.fate(failed)) == (1, ("sent", 1, ""))


def test_only_what_failed_can_be_retried_and_only_by_its_tenant(mailbox: Mailbox) -> None:
    shop, stranger = leaving(), leaving()
    sent = shop.write()

    with pytest.raises(NotRetryableError, match="the message is queued"):
        retry_message(shop.tenant_id, sent, now=NOW)
    with pytest.raises(Outbox.DoesNotExist):
        retry_message(stranger.tenant_id, sent, now=NOW)


def test_a_notification_is_delivered_by_being_stored() -> None:
    shop = leaving()
    member = uuid4()

    told = shop.write(kind="notification", is_customer=False, to="mia@north.example", status="sent", member_id=member)

    with tenant(shop.tenant_id):
        [seen] = Notification.objects.filter(tenant_id=shop.tenant_id)
    assert (seen.member_id, seen.subject, seen.body, seen.order_id) == (
        member,
        "Order 1001",
        "Hello Ann.",
        shop.order_id,
    )
    assert (shop.message(told).sent_at, queued(), deliver(now=NOW)) == (NOW, [], 0)


def test_the_lag_of_the_queue_is_the_age_of_its_oldest_due_message() -> None:
    shop = leaving()
    nothing = queue_lag()
    shop.write()
    make_due()

    assert nothing == timedelta()
    assert queue_lag() > timedelta(days=299)


def test_the_pauses_add_up_to_three_days_and_obey_the_receiver() -> None:
    pauses = [pause_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]

    assert all(least <= pause <= least * 1.1 for least, pause in zip(PAUSES, pauses, strict=True))
    assert sum(PAUSES, timedelta()) > timedelta(hours=75)
    assert pause_after(1, asked=timedelta(hours=1)) == timedelta(hours=1)
    assert pause_after(1, asked=timedelta(days=9)) == timedelta(hours=24)


def test_a_message_that_left_already_gives_up_its_place(mailbox: Mailbox) -> None:
    shop = leaving()
    sent = shop.write()
    with tenant(shop.tenant_id):
        Outbox.objects.filter(tenant_id=shop.tenant_id, id=sent).update(status="sent")

    deliver(now=NOW)

    assert (mailbox.kept, queued()) == ([], [])


def test_what_a_batch_has_no_time_for_is_given_back(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = leaving()
    shop.write()
    monkeypatch.setattr("workflows.runs.deliver.BATCH_SECONDS", -1.0)

    taken = deliver(now=NOW)

    [(attempts, left)] = queued()
    assert (taken, attempts, left <= timedelta()) == (0, 0, True)
