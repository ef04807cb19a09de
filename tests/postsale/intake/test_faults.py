"""The database goes away, comes back, refuses: what was answered 2xx is there, what was not can be sent again."""

import asyncio
from collections.abc import Iterator, Sequence
from time import monotonic

import httpx
import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests.databases import Database, lead_to
from tests.factories import make_connection, make_tenant
from tests.postsale.intake.asking import EVENTS, asked, bearer, cloud_event, easypost, events_of, queued_for, tracker

pytestmark = pytest.mark.django_db(transaction=True)


class Plug:
    """Pulls a database from under everybody, and plugs it in again."""

    def __init__(self, database: Database) -> None:
        self._name = database.name
        self._url = database.superuser_url.replace(f"/{database.name}", "/postgres")

    def cut(self) -> None:
        """Every connection dies, as in a crash; the test's own, too."""
        self._say("select pg_terminate_backend(pid) from pg_stat_activity where datname = {name}", literal=True)

    def pull(self) -> None:
        """Every connection dies, and no new one is let in."""
        self._say("alter database {name} with allow_connections false")
        self.cut()

    def put_back(self) -> None:
        """Let connections in again."""
        self._say("alter database {name} with allow_connections true")

    def _say(self, words: str, *, literal: bool = False) -> None:
        name = sql.Literal(self._name) if literal else sql.Identifier(self._name)
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(sql.SQL(words).format(name=name))


@pytest.fixture
def plug(fresh_database: Database) -> Iterator[Plug]:
    found = Plug(fresh_database)
    with lead_to(fresh_database.name):
        yield found
        found.put_back()


def test_i15_while_the_database_is_away_it_is_503_within_two_seconds_and_a_retry_gives_one_event(plug: Plug) -> None:
    shop, body = make_tenant(), tracker()
    hook = f"/hooks/{make_connection(shop.id).token}/"

    async def ask(client: httpx.AsyncClient) -> tuple[Sequence[httpx.Response], float, int]:
        warm = await client.post(EVENTS, json=cloud_event("warm"), headers=bearer(shop.api_key))
        assert warm.status_code == 202
        await asyncio.to_thread(plug.pull)
        began = monotonic()
        away = await asyncio.gather(
            client.post(EVENTS, json=cloud_event(), headers=bearer(shop.api_key)),
            client.post(hook, content=body, headers=easypost(body)),
        )
        took = monotonic() - began
        await asyncio.to_thread(plug.put_back)
        async with asyncio.timeout(20):
            while (again := await client.post(hook, content=body, headers=easypost(body))).status_code == 503:
                await asyncio.sleep(0.1)
        return away, took, again.status_code

    away, took, again = asked(ask)
    connection.close()

    assert [answer.status_code for answer in away] == [503, 503]
    assert {answer.headers["retry-after"] for answer in away} == {"2"}
    assert took < 2
    assert again == 200
    assert [event.external_id for event in events_of(shop.id)].count("evt_1") == 1
    assert len(events_of(shop.id)) == len(queued_for(shop.id)) == 2


def test_a_restart_of_the_database_between_two_requests_is_not_felt(plug: Plug) -> None:
    shop = make_tenant()

    async def ask(client: httpx.AsyncClient) -> list[int]:
        codes = []
        for n in range(3):
            answers = [
                client.post(EVENTS, json=cloud_event(f"{n}-{m}"), headers=bearer(shop.api_key)) for m in range(9)
            ]
            codes += [answer.status_code for answer in await asyncio.gather(*answers)]
            await asyncio.to_thread(plug.cut)
        return codes

    codes = asked(ask)
    connection.close()

    assert set(codes) == {202}
    assert len(events_of(shop.id)) == 27


def test_one_request_that_the_database_refuses_does_not_fail_its_neighbours(
    plug: Plug, fresh_database: Database
) -> None:
    shop = make_tenant()
    with psycopg.connect(fresh_database.superuser_url, autocommit=True) as superuser:
        superuser.execute("alter table postsale_event add constraint no_bad check (external_id <> 'bad')")

    async def ask(client: httpx.AsyncClient) -> list[int]:
        bodies = [[cloud_event(f"{n}")] for n in range(20)] + [[cloud_event("good"), cloud_event("bad")]]
        posts = [client.post(EVENTS, json=body, headers=bearer(shop.api_key)) for body in bodies]
        return [answer.status_code for answer in await asyncio.gather(*posts)]

    codes = asked(ask)

    assert codes == [202] * 20 + [422]
    assert sorted(event.external_id for event in events_of(shop.id)) == sorted(f"{n}" for n in range(20))


def test_many_tenants_at_once_each_get_their_own(plug: Plug) -> None:
    shops = [make_tenant() for _ in range(8)]

    async def ask(client: httpx.AsyncClient) -> set[int]:
        posts = [
            client.post(EVENTS, json=cloud_event(f"{shop.slug}-{n}"), headers=bearer(shop.api_key))
            for n in range(10)
            for shop in shops
        ]
        return {answer.status_code for answer in await asyncio.gather(*posts)}

    assert asked(ask) == {202}
    for shop in shops:
        log = events_of(shop.id)
        assert sorted(event.external_id for event in log) == sorted(f"{shop.slug}-{n}" for n in range(10))
        assert [row.event_id for row in queued_for(shop.id)] == [event.id for event in log]
