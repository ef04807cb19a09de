"""`email.customer`: what it refuses when a draft is saved, whom it writes to, and why it sometimes doesn't."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from postsale.orders.models import Unreachable
from postsale.tenants.scope import tenant
from tests.factories import make_tenant
from tests.workflows.actions.standing import NAMES, NOW, ORDER, Standing, a_shop
from workflows.actions.email_customer import EMAIL_CUSTOMER, unreachable
from workflows.catalog.shelf import ActionFailedError
from workflows.engine.grammar import Leaf

WITH = {"subject": "Order {{ order.number }}", "body": "Hello {{ customer.first_name }}, we know."}
IS_EXCEPTION = Leaf(field="parcel.tracking_status", op="is", value="exception")
IS_LATE = Leaf(field="parcel.tracking_status", op="is", value="delayed")
US = Leaf(field="address.country", op="is", value="US")


@pytest.mark.parametrize(
    ("with_", "paths"),
    [
        (WITH, []),
        ({**WITH, "reply_to": "help@shop.example"}, []),
        ({}, ["with.subject", "with.body"]),
        ({**WITH, "cc": "x", "to": "y"}, ["with.cc", "with.to"]),
        ({"subject": "{{ order.nonsense }}", "body": "{% for x in y %}"}, ["with.subject", "with.body"]),
        ({**WITH, "subject": "two\nlines"}, ["with.subject"]),
        ({**WITH, "body": 7, "reply_to": "a@x.example, b@x.example"}, ["with.body", "with.reply_to"]),
    ],
)
def test_everything_wrong_is_said_when_it_is_saved(with_: Mapping[str, object], paths: list[str]) -> None:
    problems = EMAIL_CUSTOMER.problems(with_, "with", NAMES)

    assert [problem.path for problem in problems] == paths


def test_the_customer_is_written_to_with_the_texts_filled_in() -> None:
    moment = Standing(with_={**WITH, "reply_to": "help@shop.example"})

    outcome = EMAIL_CUSTOMER.do(moment)

    [(writer, row)] = moment.rows
    assert (outcome.state, outcome.words) == ("done", "e-mail to ann@customer.example queued")
    assert (writer, row.kind, row.is_customer, row.status) == ("outbox", "email", True, "queued")
    assert (row.to, row.subject) == ("ann@customer.example", "Order 1001")
    assert row.content == {"text": "Hello Ann, we know.", "reply_to": "help@shop.example"}
    assert row.event["changes"] == {"parcel.tracking_status": ["in_transit", "exception"]}


@pytest.mark.parametrize(
    ("customer", "known", "reason"),
    [
        ({}, {}, "the order has no customer's address"),
        ({"email": " "}, {}, "the order has no customer's address"),
        ({"email": "Ann@customer.example"}, {"ann@customer.example": "opted_out"}, "the customer opted out"),
        ({"email": "ann@customer.example"}, {"ann@customer.example": "bounced"}, "mail to this address bounced"),
        ({"email": "ann@customer.example", "opted_out": True}, {}, "the customer opted out"),
    ],
)
def test_who_must_not_be_written_to_is_left_alone_with_the_reason(
    customer: Mapping[str, object], known: Mapping[str, str], reason: str
) -> None:
    moment = Standing(with_=WITH, order=replace(ORDER, customer=customer), known=known)

    outcome = EMAIL_CUSTOMER.do(moment)

    [(_, row)] = moment.rows
    assert (outcome.state, outcome.words) == ("suppressed", f"not sent: {reason}")
    assert (row.status, row.reason, row.subject) == ("suppressed", reason, "Order 1001")


def test_two_addresses_in_one_field_are_nobodys_address() -> None:
    moment = Standing(with_=WITH, order=replace(ORDER, customer={"email": "a@x.example, b@y.example"}))

    outcome = EMAIL_CUSTOMER.do(moment)

    assert outcome.state == "suppressed"
    assert outcome.words.startswith("not sent: the address is not one plain e-mail address")


def test_a_suppressed_message_shows_its_subject_as_written_when_a_value_is_missing() -> None:
    moment = Standing(with_={**WITH, "subject": "For {{ customer.last_name }}"}, order=replace(ORDER, customer={}))

    EMAIL_CUSTOMER.do(moment)

    assert moment.rows[0][1].subject == "For {{ customer.last_name }}"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"body": "{{ customer.last_name }}"}, "customer.last_name"),
        ({"reply_to": "{{ order.number }}"}, "reply address"),
    ],
)
def test_nothing_half_filled_is_written(change: Mapping[str, object], words: str) -> None:
    moment = Standing(with_={**WITH, **change})

    with pytest.raises(ActionFailedError, match=words):
        EMAIL_CUSTOMER.do(moment)

    assert moment.rows == []


@pytest.mark.parametrize(
    ("guard", "keep", "stored"),
    [
        (None, None, None),
        (None, IS_EXCEPTION, {"field": "parcel.tracking_status", "op": "is", "value": "exception"}),
        (None, IS_LATE, None),
        (US, IS_LATE, {"field": "address.country", "op": "is", "value": "US"}),
        (
            US,
            IS_EXCEPTION,
            {"all": [{"field": "address.country", "op": "is", "value": "US"},
                     {"field": "parcel.tracking_status", "op": "is", "value": "exception"}]},
        ),
    ],
    ids=["nothing", "what brought it here", "gone already", "its own", "both"],
)  # fmt: skip
def test_what_it_says_must_still_be_so_when_it_leaves(
    guard: Leaf | None, keep: Leaf | None, stored: Mapping[str, object] | None
) -> None:
    moment = Standing(with_=WITH, guard=guard, keep=keep)

    EMAIL_CUSTOMER.do(moment)

    assert moment.rows[0][1].guard == stored


def test_redirect_mode_is_remembered_with_the_message() -> None:
    moment = Standing(with_=WITH, shop=a_shop(redirect_mail_to="test@shop.example"))

    EMAIL_CUSTOMER.do(moment)

    assert moment.rows[0][1].content["redirect_to"] == "test@shop.example"
    assert moment.rows[0][1].to == "ann@customer.example"


@pytest.mark.django_db(transaction=True)
def test_the_addresses_that_must_not_be_written_to_are_the_tenants_own() -> None:
    shop, stranger = make_tenant(), make_tenant()
    for made, email in ((shop, "ann@customer.example"), (stranger, "bob@customer.example")):
        with tenant(made.id):
            Unreachable.objects.create(tenant_id=made.id, email=email, reason="bounced", at=NOW)

    with tenant(shop.id):
        known = unreachable(shop.id)

    assert known == {"ann@customer.example": "bounced"}
