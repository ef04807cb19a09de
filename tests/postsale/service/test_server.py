"""The web process behind proxies: who calls is what our own proxies say, and nobody else's word (RELIABILITY.md I22)."""

import asyncio
from typing import Any

import pytest
from pytest_django import Settings
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from postsale.service.server import trusted

PROXY, CALLER, MADE_UP = "192.0.2.1", "198.51.100.7", "10.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "seen"),
    [
        ([], CALLER, MADE_UP, (CALLER, "http")),
        ([PROXY], CALLER, MADE_UP, (CALLER, "http")),
        ([PROXY], PROXY, CALLER, (CALLER, "https")),
        ([PROXY], PROXY, f"{MADE_UP}, {CALLER}", (CALLER, "https")),
        ([PROXY], "127.0.0.1", f"{CALLER}, {PROXY}", (CALLER, "https")),
        ([], PROXY, f"{MADE_UP}, {CALLER}", (PROXY, "http")),
    ],
)
def test_i22_only_our_own_proxies_say_who_calls_and_how(
    proxies: list[str], peer: str, forwarded: str, seen: tuple[str, str], settings: Settings
) -> None:
    settings.POSTSALE_TRUSTED_PROXY = proxies
    found: list[Any] = []

    async def inner(scope: Any, _receive: Any, _send: Any) -> None:
        found.append((scope["client"][0], scope["scheme"]))

    async def nothing(*_message: Any) -> Any:
        return None

    headers = [(b"x-forwarded-for", forwarded.encode()), (b"x-forwarded-proto", b"https")]
    scope: Any = {"type": "http", "client": (peer, 1), "scheme": "http", "headers": headers}
    asyncio.run(ProxyHeadersMiddleware(inner, trusted())(scope, nothing, nothing))

    assert found == [seen]
