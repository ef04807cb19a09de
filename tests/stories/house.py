"""Postsale as its users run it: `manage.py up` and its commands as processes of their own, asked over real HTTP."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import httpx
import psutil

from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
#: Generous: two busy cores, and a whole Django to load.
SOON = 60.0
#: What the tests' own settings put into the environment, and no shop has.
OURS = {"SECRET_KEY", "BASE_URL", "DJANGO_SETTINGS_MODULE", "POSTSALE_DATA"}


class House:
    """One data folder with its processes; `environment` says what differs from the usual."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data, self.log = data, data / "up.log"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {name: value for name, value in os.environ.items() if name not in OURS}
        self.environment |= {"POSTSALE_DATA": str(data), "PORT": str(self.port), "LOG_LEVEL": "ERROR", **environment}
        self._up: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> str:
        """Run a command of manage.py to its good end; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=SOON,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def create_tenant(self, slug: str, *, timezone: str = "UTC") -> "Shop":
        """A tenant by its command, and what asks the API with its key."""
        said = self.command(
            "create_tenant", slug.title(), "--slug", slug, "--owner", f"owner@{slug}.example", "--password", PASSWORD,
            "--timezone", timezone,
        )  # fmt: skip
        made = json.loads(said.splitlines()[-1])
        return Shop(self, slug=slug, tenant_id=made["tenant"], api_key=made["api_key"])

    def __enter__(self) -> Self:
        """Start `up` and wait until web, workers and database are ready."""
        with self.log.open("ab") as log:
            self._up = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            self.is_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        assert self._up is not None
        self._up.terminate()
        self._up.wait(timeout=SOON)

    def is_ready(self) -> None:
        """Wait until it says that it is ready."""
        until(self._is_ready, within=SOON, what=lambda: f"ready; it said: {self.words()}")

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz/", timeout=3).status_code == HTTPStatus.OK
        except httpx.HTTPError:
            return False

    def words(self) -> str:
        """All that it has said."""
        return self.log.read_text(encoding="utf-8")

    def child(self, word: str) -> psutil.Process:
        """The supervisor's child whose command line has `word` in it."""
        return until(lambda: self._child(word), within=SOON, what=lambda: f"a process of {word}; {self.words()}")

    def _child(self, word: str) -> psutil.Process | None:
        assert self._up is not None
        for process in psutil.Process(self._up.pid).children():
            try:
                if any(word in part for part in process.cmdline()):
                    return process
            except psutil.Error:
                continue
        return None

    def workers(self) -> list[psutil.Process]:
        """What runs beneath django-q2's sentinel: its two workers, its pusher and its monitor."""

        def below() -> list[psutil.Process]:
            try:
                family = self.child("qcluster").children(recursive=True)
            except psutil.NoSuchProcess:
                return []
            return family[1:] if len(family) >= 5 else []

        return until(below, within=SOON, what=lambda: f"a whole cluster; {self.words()}")


class Shop:
    """A tenant from outside: its API, its hooks."""

    def __init__(self, house: House, *, slug: str, tenant_id: int, api_key: str) -> None:
        self.house, self.slug, self.id = house, slug, tenant_id
        self.workflows: dict[str, str] = {}
        self._client = httpx.Client(
            base_url=f"{house.url}/api/v1/", headers={"authorization": f"Bearer {api_key}"}, timeout=10
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def get(self, path: str, **query: str) -> Any:
        """What a GET answers with; anything but 200 fails."""
        answer = self._client.get(path, params=query)
        assert answer.status_code == HTTPStatus.OK, answer.text
        return answer.json()

    def post(self, path: str, body: Any, *, status: int) -> Any:
        """What a POST answers with; anything but `status` fails."""
        answer = self._client.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def try_post(self, path: str, body: Any) -> httpx.Response | None:
        """The answer to a POST, or None when nobody answered."""
        try:
            return self._client.post(path, json=body)
        except httpx.HTTPError:
            return None

    def rows(self, path: str, **query: str) -> list[dict[str, Any]]:
        """The first page of a list."""
        found: list[dict[str, Any]] = self.get(path, **query)["results"]
        return found

    def connect(self, partner: str, secret: str, **settings: str) -> str:
        """A connection; returns the address of its hook."""
        body = {"partner": partner, "name": partner.title(), "secret": secret, "settings": settings}
        url: str = self.post("connections/", body, status=HTTPStatus.CREATED)["hook_url"]
        return url

    def publish(self, document: Mapping[str, Any]) -> None:
        """Save a document and publish it live; `workflows` knows its id by its name."""
        made: str = self.post("workflows/", document, status=HTTPStatus.CREATED)["id"]
        self.post(f"workflows/{made}/publish/", {"mode": "live"}, status=HTTPStatus.OK)
        self.workflows[document["name"]] = made

    def comes[T](self, ask: Callable[[], T | None], what: str) -> T:
        """Wait until the answer is something; say what the house said if it never is."""
        return until(ask, within=SOON, what=lambda: f"{what}; {self.house.words()}")
