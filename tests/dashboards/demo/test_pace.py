"""The demo's pace: signed webhooks for its own hooks, one after the other; nothing without a demo, or switched off."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from dashboards.demo import opening, pace
from dashboards.demo.living import Plan
from postsale.integrations.models import Connection
from postsale.integrations.registry import PARTNERS
from postsale.tenants.models import Tenant
from postsale.tenants.scope import tenant
from postsale.tenants.sealed import unseal
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)

type Request = tuple[str, dict[str, str], bytes]


class Receiver(ThreadingHTTPServer):
    """A server that keeps what it is sent and says that all of it was new."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Keeper)
        self.kept: list[Request] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Keeper(BaseHTTPRequestHandler):
    """Keeps one request."""

    server: Receiver

    def do_POST(self) -> None:
        """Take it in."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.kept.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(200)
        answer = b'{"accepted":1,"duplicates":0}'
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that listens."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the breath between two deliveries."""
    monkeypatch.setattr(pace, "BREATH", 0.001)
    monkeypatch.setattr(pace, "PATIENCE", 0.01)


def open_demo(*, seeded_ago: timedelta) -> dict[str, Connection]:
    """A demo shop that was seeded a while ago; its connections by the path of their hook."""
    now = datetime.now(UTC)
    made = opening.open_shop(password="harbour-lights-88", now=now - timedelta(days=9))
    plan = Plan(seed=2, orders=60, days=8, seeded_at=now - seeded_ago)
    with tenant(made.tenant_id):
        Tenant.objects.filter(id=made.tenant_id).update(settings={"demo": plan.as_setting()})
        return {f"/hooks/{row.token}/": row for row in Connection.objects.filter(tenant_id=made.tenant_id)}


@pytest.mark.usefixtures("quick")
def test_it_sends_what_was_missed_signed_for_the_demo_s_own_hooks(receiver: Receiver, tmp_path: Path) -> None:
    hooks = open_demo(seeded_ago=timedelta(hours=4))
    mine = pace.Pace(url=receiver.url, folder=tmp_path)
    mine.start()

    until(lambda: len(receiver.kept) >= 25, within=30, what="25 webhooks")
    mine.end()
    mine.join(timeout=10)

    now = timezone.now()
    for path, headers, body in receiver.kept:
        line = hooks[path]
        secret = unseal(line.secret, tenant=line.tenant_id, place="postsale_connection.secret", row=line.id)
        PARTNERS[line.partner].verify(headers, body, [secret], path=path, now=now)
        assert PARTNERS[line.partner].read(headers, body, line.settings, now=now)
    assert datetime.fromisoformat((tmp_path / pace.FILE).read_text()) <= now


@pytest.mark.usefixtures("quick")
def test_after_a_restart_it_goes_on_where_it_was(receiver: Receiver, tmp_path: Path) -> None:
    open_demo(seeded_ago=timedelta(hours=4))
    (tmp_path / pace.FILE).write_text(timezone.now().isoformat())
    mine = pace.Pace(url=receiver.url, folder=tmp_path)

    told = threading.Thread(target=mine._tell_some, args=(timezone.now(),), daemon=True)
    told.start()
    told.join(timeout=1.5)
    mine.end()
    told.join(timeout=10)

    assert len(receiver.kept) <= 5


@pytest.mark.usefixtures("quick")
def test_without_a_demo_shop_nothing_is_sent(receiver: Receiver, tmp_path: Path) -> None:
    mine = pace.Pace(url=receiver.url, folder=tmp_path)

    mine._tell_some(timezone.now())

    assert receiver.kept == []


def test_switched_off_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "POSTSALE_DEMO_PACE", False)

    assert pace.start() is None
