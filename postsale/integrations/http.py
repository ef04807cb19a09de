"""Requests to addresses that tenants choose: never into our own network, no redirect, bounded in time and size.

The name is resolved once, every address is judged by our own table (Python's `is_global` differs between patch
releases), and the connection goes to a judged address, so a name that changes its mind between check and connection
gains nothing. No proxy, cookie or credential of the process is ever used: sockets, TLS and h11 are all there is.
"""

import socket
import ssl
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache

import certifi
import h11

from postsale.integrations.egress import Allowed, Target, problem_with_header, problem_with_url, target_of

__all__ = ["Answer", "Refused", "Unreachable", "post", "problem_with_header", "problem_with_url", "tls_context"]

REFUSED = "this address can't be called: it does not resolve to a public address, or only to ones that are not allowed"
"""One sentence for every refusal, so that nobody can map our network by its answers (RELIABILITY S11)."""

CONNECT_SECONDS = 4.0
#: A refusal takes a whole number of these seconds, so that nobody can map our network by its clock either.
BUCKET = 0.25


class UndeliveredError(Exception):
    """The request was not answered; the words are for the tenant."""


class Refused(UndeliveredError):  # noqa: N818 - named as what happened to the request
    """We don't call this address. Its words are the same whatever the reason."""

    def __init__(self) -> None:
        super().__init__(REFUSED)


class Unreachable(UndeliveredError):  # noqa: N818 - named as what happened to the request
    """The address is public, but nobody answered in time, properly, or with a valid certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: `body` cut to the asked size, header names in lower case, `elapsed` in seconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed: float

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it: 2xx only, for a redirect is not followed (Standard Webhooks)."""
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> int | None:
        """Seconds that the receiver asks us to wait, from a number or from a date measured by its own clock."""
        wanted = self.headers.get("retry-after", "").strip()
        if wanted.isascii() and wanted.isdigit():
            return int(wanted[:9])
        try:
            pause = parsedate_to_datetime(wanted) - parsedate_to_datetime(self.headers.get("date", ""))
        except (TypeError, ValueError):
            return None
        return max(0, int(pause.total_seconds()))


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    allow: Sequence[str] = (),
    own_hosts: Collection[str] = (),
    timeout: float = 10.0,
    max_bytes: int = 65_536,
) -> Answer:
    """POST `body` and give the answer, whatever its status; `timeout` seconds bound everything, name look-up included.

    `allow` are the entries of POSTSALE_EGRESS_ALLOW (host, host:port, address, network): reachable although private, on
    any port, without TLS. `own_hosts` (host or host:port) are never called. Raises Refused, Unreachable; ValueError for
    headers that a tenant may not set.
    """
    watch = _Watch(timeout)
    for name, value in headers.items():
        if problem := problem_with_header(name, value, ours=True):
            raise ValueError(problem)
    allowed = Allowed.of(allow)
    if problem_with_url(url, allow=allow, own_hosts=own_hosts):
        raise watch.refusal()
    target = target_of(url)
    try:
        addresses = allowed.reachable(target, _not_ours(target, _resolved(target, watch), own_hosts))
        if not addresses:
            raise watch.refusal()
        with closing(_connected(target, addresses, watch)) as connection:
            return _exchange(connection, target, body=body, headers=headers, watch=watch, max_bytes=max_bytes)
    except TimeoutError as error:
        raise Unreachable("it did not answer in time") from error


@cache
def tls_context() -> ssl.SSLContext:
    """Whom we trust: the system's authorities and Mozilla's, for a small machine has none of its own."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class _Watch:
    """The time that is left, for every step of one request."""

    def __init__(self, seconds: float) -> None:
        self.began = time.monotonic()
        self.ends = self.began + seconds

    def left(self) -> float:
        """Seconds until the end; raises TimeoutError after it."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def refusal(self) -> Refused:
        """A refusal, once the bucket of time that it falls into is full."""
        self.fill_bucket()
        return Refused()

    def fill_bucket(self) -> None:
        """Wait until a whole number of buckets is over."""
        time.sleep(BUCKET - self.elapsed() % BUCKET)


def _resolved(target: Target, watch: _Watch) -> list[str]:
    """Every address of the target's name, asked once, in a thread of its own: a slow resolver can't hold us."""
    if target.literal is not None:
        return [str(target.literal)]
    found: list[str] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(watch.left())
    if not found:
        # The words of a refusal: whether an inner name exists is nobody's business. The kind says: try again.
        watch.fill_bucket()
        raise Unreachable(REFUSED)
    return list(found)


def _not_ours(target: Target, addresses: Sequence[str], own_hosts: Collection[str]) -> list[str]:
    own = Allowed.of(own_hosts)
    return [address for address in addresses if not own.names(target, address)]


def _connected(target: Target, addresses: Sequence[str], watch: _Watch) -> socket.socket:
    words = "nobody answers there"
    for address in addresses:
        try:
            raw = socket.create_connection((address, target.port), timeout=min(CONNECT_SECONDS, watch.left()))
        except TimeoutError:
            words = "nobody answered in time"
        except OSError:
            words = "nobody answers there"
        else:
            return _encrypted(raw, target, watch) if target.scheme == "https" else raw
    raise Unreachable(words)


def _encrypted(raw: socket.socket, target: Target, watch: _Watch) -> socket.socket:
    try:
        raw.settimeout(watch.left())
        return tls_context().wrap_socket(raw, server_hostname=target.host)
    except ssl.SSLCertVerificationError as error:
        raw.close()
        raise Unreachable(f"its certificate is not valid: {error.verify_message}") from error
    except OSError as error:
        raw.close()
        raise Unreachable("no encrypted connection could be made") from error


def _exchange(
    connection: socket.socket,
    target: Target,
    *,
    body: bytes,
    headers: Mapping[str, str],
    watch: _Watch,
    max_bytes: int,
) -> Answer:
    talk = h11.Connection(h11.CLIENT)
    try:
        connection.settimeout(watch.left())
        connection.sendall(_request(talk, target, body, headers))
        response = _response(connection, talk, watch)
    except h11.ProtocolError as error:
        raise Unreachable("what it answered is not HTTP") from error
    except TimeoutError:
        raise
    except OSError as error:
        raise Unreachable("the connection broke before it answered") from error
    named = {name.decode("ascii"): value.decode("latin-1") for name, value in response.headers}
    content = _content(connection, talk, watch, max_bytes)
    return Answer(status=response.status_code, headers=named, body=content, elapsed=watch.elapsed())


def _request(talk: h11.Connection, target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    chosen = {"content-type": "application/json", **{name.lower(): value for name, value in headers.items()}}
    fixed = {
        "host": target.authority,
        "user-agent": "Postsale-Hook/1",
        "accept": "*/*",
        "content-length": str(len(body)),
        "connection": "close",
    }
    request = h11.Request(method="POST", target=target.path, headers=list({**fixed, **chosen}.items()))
    head = talk.send(request) or b""
    return head + (talk.send(h11.Data(data=body)) or b"") + (talk.send(h11.EndOfMessage()) or b"")


def _response(connection: socket.socket, talk: h11.Connection, watch: _Watch) -> h11.Response:
    while True:
        event = talk.next_event()
        if isinstance(event, h11.Response):
            return event
        if event is h11.NEED_DATA and not _feed(connection, talk, watch):
            raise ConnectionResetError


def _content(connection: socket.socket, talk: h11.Connection, watch: _Watch, max_bytes: int) -> bytes:
    """The body as far as it came: the status has been given, so a body that is cut off or drips changes nothing."""
    content = bytearray()
    try:
        while len(content) < max_bytes:
            event = talk.next_event()
            if isinstance(event, h11.Data):
                content += event.data
            elif event is h11.NEED_DATA:
                _feed(connection, talk, watch)
            else:
                break
    except (OSError, h11.ProtocolError):
        pass
    return bytes(content[:max_bytes])


def _feed(connection: socket.socket, talk: h11.Connection, watch: _Watch) -> int:
    # Before every read, so that a header sent byte by byte can't outlive the whole request's time.
    connection.settimeout(watch.left())
    data = connection.recv(16_384)
    talk.receive_data(data)
    return len(data)
