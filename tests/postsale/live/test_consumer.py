"""The socket: for members of the shop, from our own pages; hears of a change at its commit, for as long as they may."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client

from postsale.live import consumer, renderers
from postsale.live.consumer import LiveConsumer
from postsale.live.hub import hub
from postsale.live.push import push
from postsale.live.renderers import Picture, Renderer, Row
from postsale.live.topics import Topic, sign_topic
from postsale.tenants.models import Member, Tenant, User
from postsale.tenants.scope import current_tenant, tenant
from tests.dashboards.kit import make_shop, owner_of
from tests.postsale.live.browser import Socket

pytestmark = pytest.mark.django_db(transaction=True)


def picture(key: str, ids: Sequence[UUID] | None) -> Picture:
    """Rows that say which tenant they were rendered for."""
    return Picture(
        rows=[Row(id=each.hex, html=f"{key} of {current_tenant()}", key="1") for each in ids or ()], counts={"open": 3}
    )


@pytest.fixture(autouse=True)
def _letters() -> Iterator[None]:
    """A kind of topic that is there under one key."""
    renderers.register(Renderer(kind="letters", picture=picture, is_there=lambda key: key == "a"))
    yield
    del renderers.RENDERERS["letters"]


@pytest.fixture(autouse=True)
def _no_connection_outlives_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The threads of these loops end with them, and so must their connections."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def owner() -> Member:
    """The owner of a shop."""
    shop = make_shop()
    with tenant(shop.id):
        return owner_of(shop)


def session_of(member: Member) -> str:
    """The session's key of a member who signed in."""
    client = Client()
    client.force_login(User.objects.get(id=member.user_id))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def letters(tenant_id: int, key: str = "a") -> Topic:
    """A topic of the kind above."""
    return Topic(tenant_id=tenant_id, kind="letters", key=key)


def run(story: Callable[[], Awaitable[None]]) -> None:
    """Play `story` in an event loop of its own, whose hub is stopped at the end."""

    async def play() -> None:
        try:
            await story()
        finally:
            await hub().stop()

    asyncio.run(play())


async def answer(session: str, topics: str, **how: Any) -> bool:
    """Whether such a socket is let in."""
    one = Socket(session, topics, **how)
    is_in = await one.connect()
    await one.disconnect()
    return is_in


def test_a_member_is_shown_a_change_when_it_is_committed(owner: Member) -> None:
    session, topic, row = session_of(owner), letters(owner.tenant_id), uuid4()

    def change() -> None:
        with tenant(owner.tenant_id):
            push([(topic, [row])])

    async def story() -> None:
        one = Socket(session, sign_topic(topic, member_id=owner.id))
        assert await one.connect()
        first = json.loads(await one.text())
        await database_sync_to_async(change, thread_sensitive=False)()
        second = json.loads(await one.text())
        await one.disconnect()

        assert (first["topic"], first["whole"], first["counts"]) == ("letters:a", True, {"open": 3})
        assert second["rows"] == [{"id": row.hex, "html": f"a of {owner.tenant_id}", "key": "1"}]
        assert second["seq"] > first["seq"]

    run(story)


def test_who_comes_back_is_told_what_was_missed(owner: Member) -> None:
    session, topic, row = session_of(owner), letters(owner.tenant_id), uuid4()
    signed = sign_topic(topic, member_id=owner.id)

    def change() -> None:
        with tenant(owner.tenant_id):
            push([(topic, [row])])

    async def story() -> None:
        one = Socket(session, signed)
        await one.connect()
        first = json.loads(await one.text())
        await one.disconnect()
        hub().knows_since = 0
        await database_sync_to_async(change, thread_sensitive=False)()
        back = Socket(session, signed, since=str(first["seq"]))
        await back.connect()
        missed = json.loads(await back.text())
        if not missed["rows"]:
            missed = json.loads(await back.text())
        await back.disconnect()

        assert [each["id"] for each in missed["rows"]] == [row.hex]
        assert "whole" not in missed

    run(story)


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example", "null", None, "", "https://testserver", "http://testserver:8001", "http://a.testserver",
        "http://testserver.evil.example", "http://testserver@evil.example", "http://TESTSERVER", "ftp://testserver",
    ],
)  # fmt: skip
def test_a12_only_our_own_pages_may_open_a_socket(owner: Member, origin: str | None) -> None:
    session, signed = session_of(owner), sign_topic(letters(owner.tenant_id), member_id=owner.id)

    async def story() -> None:
        assert not await answer(session, signed, origin=origin)
        assert await answer(session, signed)

    run(story)


def test_a10_nobody_watches_another_shop_or_what_is_not_there(owner: Member) -> None:
    other = make_shop("south")
    with tenant(other.id):
        stranger = owner_of(other)
    session = session_of(owner)
    mine = sign_topic(letters(owner.tenant_id), member_id=owner.id)
    refused = [
        sign_topic(letters(other.id), member_id=stranger.id),
        sign_topic(letters(other.id), member_id=owner.id),
        sign_topic(letters(owner.tenant_id, "../b"), member_id=owner.id),
        sign_topic(Topic(tenant_id=owner.tenant_id, kind="nothing", key="a"), member_id=owner.id),
        f"{mine},{sign_topic(letters(other.id), member_id=stranger.id)}",
        f"{mine}x",
        "",
        ",".join([mine] * 21),
    ]

    async def story() -> None:
        assert [await answer(session, topics) for topics in refused] == [False] * len(refused)
        assert await answer(session, mine)

    run(story)


@pytest.mark.parametrize("session", ["", "unknown"])
def test_who_is_not_signed_in_is_refused(owner: Member, session: str) -> None:
    async def story() -> None:
        assert not await answer(session, sign_topic(letters(owner.tenant_id), member_id=owner.id))

    run(story)


def dismiss(member: Member) -> None:
    """The member leaves the shop."""
    with tenant(member.tenant_id):
        Member.objects.filter(id=member.id).delete()


def sign_out(_member: Member) -> None:
    """Every session ends."""
    Session.objects.all().delete()


def suspend(member: Member) -> None:
    """The shop is suspended."""
    with tenant(member.tenant_id):
        Tenant.objects.filter(id=member.tenant_id).update(state="suspended")


@pytest.mark.parametrize("end", [dismiss, sign_out, suspend])
def test_a11_a_socket_is_closed_when_its_person_may_no_longer_watch(
    owner: Member, end: Callable[[Member], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "RECHECK", 0.05)
    session, signed = session_of(owner), sign_topic(letters(owner.tenant_id), member_id=owner.id)

    async def story() -> None:
        one = Socket(session, signed)
        await one.connect()
        await one.text()
        await database_sync_to_async(end, thread_sensitive=False)(owner)
        closed = await one.output()
        assert (closed["type"], closed["code"]) == ("websocket.close", 4403)

    run(story)


def test_a13_one_person_has_so_many_sockets_and_no_more(owner: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "MOST_SOCKETS", 2)
    session, signed = session_of(owner), sign_topic(letters(owner.tenant_id), member_id=owner.id)

    async def story() -> None:
        two = [Socket(session, signed), Socket(session, signed)]
        assert [await each.connect() for each in two] == [True, True]
        assert not await answer(session, signed)
        await two[0].disconnect()
        assert await answer(session, signed)
        await two[1].disconnect()

    run(story)


def test_a13_a_browser_that_never_reads_is_let_go(owner: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "MOST_WAITING", 2)

    async def story() -> None:
        slow = LiveConsumer()
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        slow.base_send = send
        slow.passes, slow.tasks, slow.waiting = [], [], asyncio.Queue(2)
        for text in ("1", "2", "3"):
            slow.offer(text)
        await asyncio.gather(*slow.tasks)
        assert sent == [{"type": "websocket.close", "code": 4408}]

    run(story)
