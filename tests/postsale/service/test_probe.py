"""The web server is asked how it is, and one that hangs doesn't hang whoever asks."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from postsale.service import probe
from postsale.service.probe import Probe
from tests.waiting import until


class _Answers(BaseHTTPRequestHandler):
    """Answers with the server's status, and remembers who was asked for."""

    status = 200
    hosts: list[str | None] = []

    def do_GET(self) -> None:
        self.hosts.append(self.headers["Host"])
        self.send_response(self.status if self.path == "/healthz/" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _server(status: int) -> Iterator[int]:
    handler = type("Answers", (_Answers,), {"status": status})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "expected"), [(200, True), (503, False), (400, False)])
def test_only_200_is_a_sign_of_life(status: int, expected: bool) -> None:
    with _server(status) as port:
        assert Probe("127.0.0.1", port, base_url="https://shop.example").ask() is expected


def test_it_asks_in_the_name_that_the_server_answers_to() -> None:
    _Answers.hosts.clear()

    with _server(200) as port:
        Probe("127.0.0.1", port, base_url="https://shop.example").ask()

    assert _Answers.hosts == ["shop.example"]


def test_nobody_there_is_no_sign_of_life() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert Probe("127.0.0.1", port, base_url="http://a").ask() is False


def test_a_server_that_takes_the_call_and_says_nothing_is_none_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "TIMEOUT", 0.2)

    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert Probe("127.0.0.1", mute.getsockname()[1], base_url="http://a").ask() is False


def test_the_silence_begins_with_the_last_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "EVERY", 0.01)
    with _server(200) as port:
        asking = Probe("127.0.0.1", port, base_url="http://a")
        before = asking.silence()
        asking.start()
        until(lambda: asking.silence() is not None, within=10, what="an answer")

    after = until(lambda: (asking.silence() or 0) > 0.1 and asking.silence(), within=10, what="silence")

    assert before is None
    assert after > 0.1


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104
        ("::", "::1"),
        ("[::1]", "::1"),
        ("10.1.2.3", "10.1.2.3"),
        ("localhost", "localhost"),
    ],
)
def test_a_server_that_listens_everywhere_is_asked_here(host: str, expected: str) -> None:
    assert Probe(host, 80, base_url="http://a")._address == (expected, 80)
