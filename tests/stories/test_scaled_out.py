"""Outgrown one machine: the same code with Redis between its processes and a second web server; Redis may go away."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from postsale.service.database import Server
from tests import databases
from tests.stories.house import PASSWORD, ROOT, SOON, House, Shop
from tests.waiting import until
from tests.workflows.runs.kit import example

pytestmark = pytest.mark.xdist_group("stories")


class Redis:
    """A Redis server of our own that keeps nothing; it can be ended and started again on its port."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        assert program is not None, "install Debian's redis-server, as .ci/run does"
        self.port = House(folder).port
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Start it; who needs it waits for it."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        """End it with all that it knows."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A running Redis."""
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        made = Redis(Path(folder))
        yield made
        made.kill()


@pytest.fixture
def house(_template: tuple[Server, str], redis: Redis) -> Iterator[House]:
    """A running house whose processes talk through Redis."""
    running, source = _template
    with databases.copy(running, source) as database, tempfile.TemporaryDirectory(prefix="scaled-") as folder:
        made = House(Path(folder), REDIS_URL=redis.url, **database.environment)
        made.create_tenant("first").close()  # so that nothing is seeded
        with made:
            yield made


@contextmanager
def second_web(house: House) -> Iterator[str]:
    """Another web server of the same house; its address."""
    port = House(house.data).port
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "postsale.service.server"], cwd=ROOT, env=house.environment | {"PORT": str(port)}
    )
    try:
        until(lambda: _answers(url), within=SOON, what="the second web server")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=SOON)


@contextmanager
def watcher(url: str, email: str) -> Iterator[ClientConnection]:
    """Somebody's page on the Exceptions board, as far as its socket goes."""
    with httpx.Client(base_url=url, follow_redirects=True, timeout=20) as browser:
        form = browser.get("/accounts/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert token is not None
        said = {"csrfmiddlewaretoken": token[1], "login": email, "password": PASSWORD}
        browser.post("/accounts/login/", data=said, headers={"Origin": url, "Referer": f"{url}/accounts/login/"})
        page = browser.get("/boards/exceptions/").text
        cookie = "; ".join(f"{each.name}={each.value}" for each in browser.cookies.jar)
    topic = re.search(r'data-topic="([^"]+)" data-since', page)
    assert topic is not None, page[:500]
    address = f"{url.replace('http', 'ws')}/live/?topics={topic[1]}"
    with connect(address, additional_headers={"Cookie": cookie}, origin=Origin(url), open_timeout=20) as socket:
        yield socket


def test_a_story_told_to_one_server_is_seen_at_the_other_and_goes_on_without_redis(house: House, redis: Redis) -> None:
    shop = house.create_tenant("north")
    shop.publish(example("shipment_exception"))
    with second_web(house) as url, watcher(url, "owner@north.example") as socket:
        _exception(shop, "1001")
        shop.comes(lambda: _card(shop, "1001"), "a card on the board")
        seen = socket.recv(timeout=SOON)

    redis.kill()
    _exception(shop, "1002")
    without = shop.comes(lambda: _card(shop, "1002"), "a card although Redis is away")

    redis.start()
    _exception(shop, "1003")
    again = shop.comes(lambda: _card(shop, "1003"), "a card now that Redis is back")
    shop.close()

    assert "1001" in str(seen)
    assert [(card["state"], card["count"]) for card in (without, again)] == [("open", 1)] * 2


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz/", timeout=3).is_success
    except httpx.HTTPError:
        return False


def _exception(shop: Shop, number: str) -> None:
    """A parcel of the story's channel is in trouble; the shop is told whatever else is away."""
    now = datetime.now(UTC).isoformat()
    event = {
        "specversion": "1.0", "id": f"exception-{number}", "source": "test", "type": "tracking.updated", "time": now,
        "data": {
            "order": {"number": number, "sales_channel": "shopify-us", "customer": {"email": f"{number}@customer.example"}},
            "parcel": {"carrier": "ups", "tracking_number": f"1Z{number}", "status": "exception"},
        },
    }  # fmt: skip
    shop.post("events/", event, status=202)


def _card(shop: Shop, number: str) -> dict[str, Any] | None:
    cards = shop.rows("boards/exceptions/cases/")
    return next((card for card in cards if card["tracking_number"] == f"1Z{number}"), None)
