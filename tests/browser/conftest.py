"""A real browser on a real server: Chromium by Playwright, uvicorn in a process of its own, a database of its own."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker, Settings

from postsale.service.database import Server
from postsale.tenants.models import User
from tests import databases
from tests.databases import Cleaner, Database

#: A browser beside a server beside a database on two cores: how soon things are seen is a benchmark's question.
expect.set_options(timeout=20_000)

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next((path for path in map(Path, ("/usr/bin/chromium", "/usr/bin/chromium-browser")) if path.exists()), None)
#: Headless, sandboxless (CI runs as root), and silent on the network.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-domain-reliability",
]  # fmt: skip


#: How Chromium says that a server went away in the middle of an answer, or is away.
ABSENCE = (
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_SOCKET_NOT_CONNECTED",
    "WebSocket",
)


class Site:
    """Postsale's web server as people reach it; it can be killed and started again on the same port.

    A worker's tests share it: an empty database and an empty mail box is what each of them finds.
    """

    def __init__(self, database: Database, data: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = data
        self._own = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
        self._own |= database.environment
        self._own |= {"DJANGO_SETTINGS_MODULE": "postsale.settings", "POSTSALE_DATA": str(data), "LOG_LEVEL": "ERROR"}
        self._own |= {"HOST": "127.0.0.1", "PORT": str(self.port), "BASE_URL": self.url}
        self.environment = dict(self._own)
        self.process: subprocess.Popen[bytes] | None = None
        self.was_cut = False

    def manage(self, *words: str) -> None:
        """Run a management command to its end."""
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def begin(self) -> None:
        """For the next test: an empty mail box, the environment that belongs to it, and a server that answers."""
        shutil.rmtree(self.data / "mail", ignore_errors=True)
        if self.environment != self._own:
            self.environment = dict(self._own)
            self.kill()
        if self.process is None or self.process.poll() is not None:
            self.start()
        self.was_cut = False

    def start(self) -> None:
        """Start it, and come back when it answers."""
        command = [sys.executable, "-m", "postsale.service.server"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        for _ in range(150):
            with (
                suppress(urllib.error.URLError, ConnectionError),
                urllib.request.urlopen(f"{self.url}/healthz/") as answer,
            ):
                if answer.status == 200:
                    return
            if self.process.poll() is not None:
                break
            Event().wait(0.1)
        raise RuntimeError("the server does not answer")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
            self.was_cut = True

    def enter(self, page: Page, who: str, where: str) -> Page:
        """Lead somebody's page to an address; they signed in before."""
        session = Client()
        session.force_login(User.objects.get(email=who))
        cookie = session.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.url}])
        page.goto(f"{self.url}{where}")
        return page


class Complaints(list[str]):
    """What browsers' consoles complain about; a test that knows of a complaint takes it out."""

    def hear(self, page: Page, *, but: tuple[str, ...] = ()) -> Page:
        """Listen to a page from now on; `but` are words of complaints that belong to what the test does."""
        page.on("console", lambda said: self._note(said.text, but) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self._note(str(error), but))
        return page

    def _note(self, text: str, but: tuple[str, ...]) -> None:
        if not any(each in text for each in but):
            self.append(text)


@pytest.fixture(autouse=True)
def _passwords_as_the_server_reads_them(settings: Settings) -> None:
    """The other tests' cheap passwords are none to a real server."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]


@pytest.fixture(autouse=True)
def _queries_beside_playwright(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright's loop runs in the test's thread, and Django takes that for an asynchronous caller."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hashed static files, gathered once; every site links to them."""
    data = tmp_path_factory.mktemp("static")
    environment = dict(os.environ) | {"DJANGO_SETTINGS_MODULE": "postsale.settings", "POSTSALE_DATA": str(data)}
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return data / "static"


@pytest.fixture(scope="session")
def _shared(
    _template: tuple[Server, str], static_files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, Database, Cleaner]]:
    running, source = _template
    data = tmp_path_factory.mktemp("site")
    shutil.copytree(static_files, data / "static", copy_function=os.link)
    with databases.copy(running, source) as mine:
        server, cleaner = Site(mine, data), Cleaner(mine)
        try:
            yield server, mine, cleaner
        finally:
            server.kill()
            cleaner.close()


@pytest.fixture
def site(
    _shared: tuple[Site, Database, Cleaner], django_db_blocker: DjangoDbBlocker, django_db_setup: None
) -> Iterator[Site]:
    """A running server on an empty, migrated database; the test's own queries go there, too."""
    server, database, cleaner = _shared
    with django_db_blocker.unblock(), databases.lead_to(database.name):
        server.begin()
        try:
            yield server
        finally:
            connections.close_all()
            cleaner.clean()


@pytest.fixture
def complaints(site: Site) -> Iterator[Complaints]:
    """What the consoles complain about: nothing at the end of a test, but for the absence of a server that it killed."""
    said = Complaints()
    yield said
    assert [each for each in said if not (site.was_cut and any(sign in each for sign in ABSENCE))] == []


@pytest.fixture(scope="module")
def _browser() -> Iterator[Browser]:
    # It must end with its module: Playwright's loop would go on in this thread, where Django then refuses all queries.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def chromium(_browser: Browser, site: Site) -> Iterator[Browser]:
    """A module's Chromium; the contexts that a test opens in it are closed before its site is emptied."""
    yield _browser
    for context in _browser.contexts:
        context.close()
