"""The rows about watching: from a hook to a watcher's socket, and one change to a thousand of them."""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPConnection
from statistics import median, quantiles
from time import monotonic

import uvloop
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client

from dashboards.boards import saving
from dashboards.boards.models import Board, Case
from dashboards.boards.showing import board_picture
from dashboards.boards.topics import board_topic
from postsale.live.topics import sign_topic
from postsale.service.database import Server
from postsale.tenants.models import Member, User
from postsale.tenants.scope import tenant
from tests.bench.figures import Figure
from tests.bench.house import Site, answers, free_port, site
from tests.bench.shops import ACTING, ShopAtWork, hooks, label_parcels, open_shop
from tests.bench.sockets import Socket, connect, last_heard

BOARD = "exceptions"
WATCHERS = 1_000
#: Sockets that one person may have.
EACH = 20
#: Longer than the pause between two messages of one topic (seconds).
CALM = 0.4
ROUNDS = 12


def hook_to_dom(running: Server, *, full: bool) -> list[Figure]:
    """From the first byte of a signed hook to its card at a watcher's socket, while nothing else happens."""
    samples = 1_000 if full else 100
    with site(running) as at:
        shop = open_shop(workflows=1)
        label_parcels(shop, ACTING * (samples + 5))
        at.settle([shop.id])
        before = at.cpu()
        spans = uvloop.run(_hooked(at, shop, hooks(shop, ACTING * (samples + 5))[::ACTING]))[5:]
        after = at.cpu()
        answering = median(_answering(at) for _ in range(50))
    cuts = quantiles(spans, n=100)
    name = "p99" if samples >= 1_000 else "p95"
    value = cuts[98] if samples >= 1_000 else cuts[94]
    return [
        Figure(
            name="hook_to_dom", value=1000 * value, unit="ms", against="one answer of /healthz/", limit=1000 * answering,
            goal="p99 ≤ 300 ms when idle", cpu_ms_per_event=1000 * (after[0] - before[0]) / samples,
            more={
                "value_is": name, "samples": samples, "p50": round(1000 * cuts[49], 1), "worst": round(1000 * max(spans), 1),
                "until": "the watcher's socket; a browser then puts it in its place",
            },
        )
    ]  # fmt: skip


def fanout_1000(running: Server, *, full: bool) -> list[Figure]:
    """A card is changed; until the last of 1,000 sockets has it. In turns with Channels' groups on the same uvicorn."""
    rounds = 4 * ROUNDS if full else ROUNDS
    with site(running, workers=False) as at:
        shop = open_shop(workflows=1)
        case = _card(shop)
        paths = _watchers(shop, WATCHERS)
        text = "x" * len(board_text(shop, case))
        spans: dict[str, list[float]] = {"ours": [], "memory": []}

        async def change() -> None:
            await sync_to_async(_change, thread_sensitive=False)(shop, case)

        with _peer(at, "") as memory, _redis() as url:
            turns: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
                "ours": (at.port, change), "memory": (memory, _post(memory, text)),
            }  # fmt: skip
            if url:
                with _peer(at, url) as through:
                    spans["redis"] = []
                    turns["redis"] = (through, _post(through, text))
                    uvloop.run(_in_turns(turns, paths, spans, rounds))
            else:
                uvloop.run(_in_turns(turns, paths, spans, rounds))
    peer = "redis" if url else "memory"
    return [
        Figure(
            name="fanout_1000", value=1000 * median(spans["ours"]), unit="ms", against=f"Channels group_send ({peer})",
            limit=1000 * median(spans[peer]), goal="≤ 0.25x",
            more={
                "watchers": WATCHERS, "rounds": rounds, "bytes": len(text),
                "median_ms": {name: round(1000 * median(each), 1) for name, each in spans.items()},
                "worst_ms": {name: round(1000 * max(each), 1) for name, each in spans.items()},
            },
        )
    ]  # fmt: skip


async def _hooked(at: Site, shop: ShopAtWork, requests: list[bytes]) -> list[float]:
    (watcher,) = await connect(
        at.port, await sync_to_async(_watchers, thread_sensitive=False)(shop, 1), is_greeted=True
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", at.port)
    spans = []
    for request in requests:
        await asyncio.sleep(CALM)
        watcher.arm()
        began = monotonic()
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 20" not in answer.partition(b"\r\n")[0]:
            raise RuntimeError(answer.decode())
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        spans.append(await last_heard([watcher]) - began)
    writer.close()
    watcher.close()
    return spans


async def _in_turns(
    turns: dict[str, tuple[int, Callable[[], Awaitable[None]]]],
    paths: list[tuple[str, str]],
    spans: dict[str, list[float]],
    rounds: int,
) -> None:
    sockets: dict[str, list[Socket]] = {
        name: await connect(port, paths, is_greeted=name == "ours") for name, (port, _) in turns.items()
    }
    for n in range(rounds + 1):  # the first round warms
        for name, (_, send) in turns.items():
            await asyncio.sleep(CALM)
            for each in sockets[name]:
                each.arm()
            began = monotonic()
            await send()
            span = await last_heard(sockets[name]) - began
            if n:
                spans[name].append(span)
    for each in (one for many in sockets.values() for one in many):
        each.close()


def _watchers(shop: ShopAtWork, number: int) -> list[tuple[str, str]]:
    """So many sockets' path and cookie, for as many people as it takes."""
    people = -(-number // EACH)
    with tenant(shop.id):
        known = Member.objects.filter(tenant_id=shop.id).count()
    users = User.objects.bulk_create(
        User(email=f"watcher-{shop.id}-{known}-{n}@shop.example", password="!") for n in range(people)
    )
    with tenant(shop.id):
        members = Member.objects.bulk_create(
            Member(tenant_id=shop.id, user_id=user.pk, email=user.email, role="viewer") for user in users
        )
    found: list[tuple[str, str]] = []
    for user, member in zip(users, members, strict=True):
        client = Client(HTTP_HOST="127.0.0.1")
        client.force_login(user)
        cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        topic = sign_topic(board_topic(shop.id, BOARD), member_id=member.id)
        found += [(f"/live/?topics={topic}&since=", cookie)] * EACH
    return found[:number]


def _card(shop: ShopAtWork) -> Case:
    now = datetime.now(tz=UTC)
    with tenant(shop.id):
        board = Board.objects.get(tenant_id=shop.id, slug=BOARD)
        return Case.objects.create(
            tenant_id=shop.id, board=board, subject=board.id, reason="It has not moved", opened_at=now, last_seen_at=now
        )


def _change(shop: ShopAtWork, case: Case) -> None:
    case.count += 1
    with tenant(shop.id):
        saving.save(shop.id, [case], [], slugs={case.board_id: BOARD})


def board_text(shop: ShopAtWork, case: Case) -> str:
    """The row that goes to every watcher: the peer's message is as long."""
    with tenant(shop.id):
        return board_picture(BOARD, [case.id]).rows[0].html


def _post(port: int, text: str) -> Callable[[], Awaitable[None]]:
    request = f"POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {len(text)}\r\n\r\n{text}".encode()

    async def send() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        await writer.drain()

    return send


def _answering(at: Site) -> float:
    began = monotonic()
    line = HTTPConnection("127.0.0.1", at.port)
    line.request("GET", "/healthz/")
    line.getresponse().read()
    line.close()
    return monotonic() - began


@contextmanager
def _peer(at: Site, redis: str) -> Iterator[int]:
    """The peer's server, with groups in its memory or through Redis; its port."""
    other = replace(at, port=free_port(), redis=redis)
    other.serve("peer", ["-m", "tests.bench.peer"])
    try:
        yield other.port
    finally:
        other.stop()


@contextmanager
def _redis() -> Iterator[str]:
    """A Redis of our own, or "" where there is none."""
    program = shutil.which("redis-server")
    if program is None:
        yield ""
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            answers(port, process)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()
