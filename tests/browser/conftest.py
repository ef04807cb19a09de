"""A real browser on a real server: Chromium by Playwright, uvicorn in a process of its own, a database of its own."""

import os
import secrets
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
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker, Settings

from tests import databases
from tests.databases import Database

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
    """Postsale's web server as people reach it; it can be killed and started again on the same port."""

    def __init__(self, environment: dict[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = environment | {"BASE_URL": self.url, "PORT": str(self.port)}
        self.process: subprocess.Popen[bytes] | None = None
        self.was_cut = False

    def manage(self, *words: str) -> None:
        """Run a management command to its end."""
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.DEVNULL)

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


@pytest.fixture
def site(
    fresh_database: Database,
    static_files: Path,
    tmp_path: Path,
    django_db_blocker: DjangoDbBlocker,
    django_db_setup: None,
) -> Iterator[Site]:
    """A running server on an empty, migrated database; the test's own queries go there, too."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
    environment |= fresh_database.environment
    environment |= {"DJANGO_SETTINGS_MODULE": "postsale.settings", "POSTSALE_DATA": str(tmp_path), "LOG_LEVEL": "ERROR"}
    server = Site(environment | {"SECRET_KEY": secrets.token_hex(32), "HOST": "127.0.0.1"})
    shutil.copytree(static_files, tmp_path / "static", copy_function=os.link)
    with django_db_blocker.unblock(), databases.lead_to(fresh_database.name):
        server.start()
        try:
            yield server
        finally:
            server.kill()
            connections.close_all()


@pytest.fixture
def complaints(site: Site) -> Iterator[Complaints]:
    """What the consoles complain about: nothing at the end of a test, but for the absence of a server that it killed."""
    said = Complaints()
    yield said
    assert [each for each in said if not (site.was_cut and any(sign in each for sign in ABSENCE))] == []


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for a module's tests; each test opens its own contexts in it.

    It must end with them: Playwright's loop would go on in this thread, where Django then refuses all queries.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
