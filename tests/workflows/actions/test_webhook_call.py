"""`webhook.call`: what it refuses when a draft is saved, and what it will send."""

import json
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from postsale.tenants.scope import tenant
from tests.factories import make_connection, make_tenant
from tests.workflows.actions.standing import NAMES, ORDER, Standing
from workflows.actions.webhook_call import WEBHOOK_CALL, secret_names
from workflows.catalog.shelf import ActionFailedError

URL = "https://hooks.example.com/in"


@pytest.mark.parametrize(
    ("with_", "paths"),
    [
        ({"url": URL}, []),
        ({"url": URL, "headers": {"X-Shop": "{{ shop.name }}"}, "body": "{{ order.number }}", "secret_ref": "erp"}, []),
        ({}, ["with.url"]),
        ({"url": 3}, ["with.url"]),
        ({"url": "http://hooks.example.com/in"}, ["with.url"]),
        ({"url": "https://169.254.169.254/latest"}, ["with.url"]),
        ({"url": "http://testserver/api/v1/events/"}, ["with.url"]),
        ({"url": URL, "method": "GET", "body": "{{ nonsense }}"}, ["with.method", "with.body"]),
        ({"url": URL, "headers": {"Host": "x", "X-A": "a\r\nB: c", "X-B": 3}},
         ["with.headers.Host", "with.headers.X-A", "with.headers.X-B"]),
        ({"url": URL, "headers": ["X"], "secret_ref": 4}, ["with.headers", "with.secret_ref"]),
        ({"url": URL, "headers": {"X-A": "{{ nonsense }}"}}, ["with.headers.X-A"]),
    ],
)  # fmt: skip
def test_everything_wrong_is_said_when_it_is_saved(with_: Mapping[str, object], paths: list[str]) -> None:
    problems = WEBHOOK_CALL.problems(with_, "with", NAMES)

    assert [problem.path for problem in problems] == paths


def test_without_a_body_it_tells_of_the_order_the_parcel_and_the_event() -> None:
    moment = Standing(with_={"url": URL})

    outcome = WEBHOOK_CALL.do(moment)

    [(writer, row)] = moment.rows
    said = json.loads(row.content["body"])
    assert (writer, row.kind, row.to, row.status) == ("outbox", "webhook", URL, "queued")
    assert (said["order"]["id"], said["order"]["number"], said["order"]["total"]) == (
        str(moment.order_id),
        "1001",
        "125.50",
    )
    assert said["order"]["customer"] == {"email": "ann@customer.example", "first_name": "Ann"}
    assert said["order"]["items"] == [{"sku": "A-1", "name": "Mug", "quantity": 2, "price": "12.50"}]
    assert (said["parcel"]["tracking_status"], said["parcel"]["location"]) == ("exception", {"city": "Reno"})
    assert said["event"]["to"] == "exception"
    assert outcome.words == f"call to {URL} queued"


def test_a_parcel_without_an_order_tells_of_itself() -> None:
    moment = Standing(with_={"url": URL}, order=None, order_id=None)

    WEBHOOK_CALL.do(moment)

    said = json.loads(moment.rows[0][1].content["body"])
    assert (said["order"], said["parcel"]["carrier"]) == (None, "ups")


def test_values_can_not_break_out_of_their_json_string() -> None:
    customer = {"first_name": 'Ann", "admin": "yes'}
    moment = Standing(
        with_={
            "url": URL,
            "body": '{"name": "{{ customer.first_name }}"}',
            "headers": {"X-Order": "{{ order.number }}"},
        },
        order=replace(ORDER, customer=customer),
    )

    WEBHOOK_CALL.do(moment)

    content = moment.rows[0][1].content
    assert json.loads(content["body"]) == {"name": 'Ann", "admin": "yes'}
    assert content["headers"] == {"X-Order": "1001"}


def test_a_body_of_another_kind_is_left_as_it_is() -> None:
    moment = Standing(
        with_={"url": URL, "body": 'order "{{ order.number }}"', "headers": {"Content-Type": "text/plain"}}
    )

    WEBHOOK_CALL.do(moment)

    assert moment.rows[0][1].content["body"] == 'order "1001"'


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"body": "order {{ order.number }}"}, "not JSON"),
        ({"body": '"{{ customer.phone }}"'}, "customer.phone"),
        ({"headers": {"X-Name": "{{ customer.first_name }}"}}, "plain ASCII"),
        ({"secret_ref": "unknown"}, "no connection 'unknown'"),
    ],
)
def test_what_can_not_be_sent_fails_in_words(change: Mapping[str, object], words: str) -> None:
    moment = Standing(
        with_={"url": URL, **change}, known=frozenset({"erp"}), order=replace(ORDER, customer={"first_name": "Zoë"})
    )

    with pytest.raises(ActionFailedError, match=words):
        WEBHOOK_CALL.do(moment)


def test_the_secret_is_named_and_never_copied() -> None:
    moment = Standing(with_={"url": URL, "secret_ref": "erp"}, known=frozenset({"erp"}))

    WEBHOOK_CALL.do(moment)

    assert moment.rows[0][1].content["secret_ref"] == "erp"


@pytest.mark.django_db(transaction=True)
def test_a_connection_signs_by_its_name_or_id() -> None:
    shop, stranger = make_tenant(), make_tenant()
    connection = make_connection(shop.id, partner="generic")
    make_connection(stranger.id, partner="easypost")

    with tenant(shop.id):
        names = secret_names(shop.id)

    assert names == {"generic", str(connection.id)}
