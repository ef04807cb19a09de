"""Secrets that a shop confides are found nowhere in the clear (RELIABILITY.md G06): not in the database, not in the log."""

import io
import logging
from collections.abc import Iterator

import psycopg
import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from psycopg import sql

from postsale.service import database
from postsale.service.database import SUPERUSER
from tests.api.kit import Api
from tests.factories import PASSWORD, make_tenant
from tests.settings import HOUSE
from tests.workflows.runs.kit import NOW, decide, hours, label, publish_document, say
from workflows.runs.deliver import deliver

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "whsec_Q0FOQVJZLWNhbmFyeS1DQU5BUlktY2FuYXJ5"
RAW = "CANARY-canary-CANARY-canary"


@pytest.fixture
def heard() -> Iterator[io.StringIO]:
    """Everything that anybody logs, with tracebacks."""
    written = io.StringIO()
    handler, level = logging.StreamHandler(written), logging.root.level
    logging.root.addHandler(handler)
    logging.root.setLevel(logging.DEBUG)
    yield written
    logging.root.removeHandler(handler)
    logging.root.setLevel(level)
    cache.clear()


def everything() -> str:
    """Each row of each table, as text, as the superuser sees it."""
    name = str(connections["default"].settings_dict["NAME"])
    with psycopg.connect(database.url(HOUSE, SUPERUSER, name=name), autocommit=True) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        return "\n".join(
            str(row)
            for (table,) in tables
            for row in connection.execute(sql.SQL("select t::text from {} t").format(sql.Identifier(table))).fetchall()
        )


def test_g06_no_secret_is_in_any_table_or_line_after_a_whole_run(heard: io.StringIO) -> None:
    shop = make_tenant()
    api = Api(shop.api_key)
    made = api.ask(
        "POST", "connections/", {"partner": "generic", "name": "Mine", "secret": SECRET, "settings": {}}
    ).json()
    publish_document(shop.id, {
        "format": "postsale.workflow/1", "name": "Call", "trigger": {"type": "label.created"},
        "steps": [{"id": "call", "kind": "action", "action": "webhook.call",
                   "with": {"url": "https://hooks.nowhere.invalid/", "secret_ref": "Mine"}}],
    })  # fmt: skip
    say(shop.id, label("1001", "1Z1", at=NOW + hours(1)), at=NOW + hours(1))
    decide(shop.id, until=NOW + hours(2))
    deliver(now=NOW + hours(2))
    Client().post("/accounts/login/", {"login": shop.owner, "password": PASSWORD})
    Client().post("/accounts/login/", {"login": shop.owner, "password": "wrong-CANARY-password"})
    Api(shop.api_key + "x").ask("GET", "orders/")
    answered = [
        api.ask("GET", path).content.decode()
        for path in ("connections/", f"connections/{made['id']}/", "messages/", "runs/")
    ]

    stored = everything()

    assert "Mine" in stored  # the control: what is no secret is found
    secrets = [SECRET, SECRET.removeprefix("whsec_"), RAW, shop.api_key, PASSWORD, "wrong-CANARY-password"]
    assert [secret for secret in secrets if secret in stored] == []
    assert [secret for secret in secrets if secret in heard.getvalue()] == []
    assert [secret for secret in secrets if any(secret in text for text in answered)] == []
