"""Requests to tenants' addresses (RELIABILITY 2.4, S01 to S13): no socket is opened to a hostile one."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from postsale.integrations.egress import Allowed, is_public, target_of
from postsale.integrations.http import (
    BUCKET,
    REFUSED,
    Answer,
    Refused,
    Unreachable,
    post,
    problem_with_header,
    problem_with_url,
    tls_context,
)
from tests.postsale.integrations.receiver import PUBLIC, Authority, Receiver, World, answering, receiving

SPECIAL = [
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.0.8"),  # noqa: S104
    *("192.88.99.1", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *(
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
    ),
    *("64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1"),
    *("ff02::1", "5f00::1", "3fff::1"),
]

NAMES: dict[str, list[list[str]]] = {
    "ok.test": [[PUBLIC]],
    "rebind.test": [[PUBLIC], ["127.0.0.1"]],
    "mixed.test": [[PUBLIC, "127.0.0.1"]],
    "mixed2.test": [["127.0.0.1", PUBLIC]],
    "localhost": [["127.0.0.1"]],
    **{f"special{number}.test": [[address]] for number, address in enumerate(SPECIAL)},
}

LITERALS = [
    ("decimal", "http://2130706433/"),
    ("hexadecimal", "http://0x7f000001/"),
    ("octal", "http://0177.0.0.1/"),
    ("short", "http://127.1/"),
    ("zero", "http://0/"),
    ("a last dot", "http://localhost./"),
    ("full-width dots", "http://127。0。0。1/"),
    ("circled digits", "http://①②⑦.⓪.⓪.①/"),
    ("version 6", "http://[::1]/"),
    ("mapped version 4", "http://[::ffff:127.0.0.1]/"),
]

MALFORMED = [
    ("a user before the host", "http://ok.test@127.0.0.1/"),
    ("a fragment like a user", "http://127.0.0.1#@ok.test/"),
    ("a backslash", "http://ok.test\\@127.0.0.1/"),
    ("a tab", "http://127.0.0.1\t/"),
    ("a zone", "http://[fe80::1%25eth0]/"),
    ("a line break in the path", "http://ok.test/a\r\nX-Evil: 1"),
]

OTHER_DOORS = [
    ("port 25", "http://ok.test:25/"),
    ("ftp", "ftp://ok.test/"),
    ("file", "file:///etc/passwd"),
    ("gopher", "gopher://127.0.0.1:6379/_x"),
]

TRICKS = [("mixed answers", "http://mixed.test/"), ("mixed answers, other order", "http://mixed2.test/")]

REDIRECTS = [
    ("to loopback", "http://127.0.0.1/"),
    ("to the cloud's metadata", "http://169.254.169.254/latest"),
    ("to a file", "file:///etc/passwd"),
]

BY_NAME = [(f"a name of {address}", f"http://special{number}.test/") for number, address in enumerate(SPECIAL)]

NEVER_DIALLED = [*TRICKS, *LITERALS, *MALFORMED, *OTHER_DOORS, *BY_NAME]

# An entry that no hostile address is in: it only makes http possible, so that nothing is refused for its scheme alone.
ELSEWHERE = ["10.99.0.0/16"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority.new(tmp_path_factory.mktemp("authority"))
    tls_context().load_verify_locations(cadata=made.pem)
    return made


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(names={name: list(answers) for name, answers in NAMES.items()}).install(monkeypatch)


@pytest.fixture
def receiver(world: World, authority: Authority) -> Iterator[Receiver]:
    with receiving(answering("200 OK", b"hello"), tls=authority.server("ok.test")) as there:
        world.port = there.port
        yield there


def send(url: str, **options: object) -> Answer:
    return post(url, body=b"{}", headers={}, **options)  # type: ignore[arg-type]


def test_the_table_of_hostile_addresses_is_whole() -> None:
    assert len(NEVER_DIALLED) + len(REDIRECTS) + len(["rebinding"]) == 57


def test_a_public_address_is_called(world: World, receiver: Receiver) -> None:
    answer = post("https://ok.test/hook?a=1", body=b'{"n":1}', headers={"X-Shop": "Ann's"})

    assert (answer.status, answer.body, answer.is_success) == (200, b"hello", True)
    assert world.dialled == [(PUBLIC, 443)]
    head, _, body = receiver.got[0].partition(b"\r\n\r\n")
    assert body == b'{"n":1}'
    assert sorted(head.lower().split(b"\r\n")) == sorted(
        [
            b"post /hook?a=1 http/1.1",
            b"host: ok.test",
            b"user-agent: postsale-hook/1",
            b"accept: */*",
            b"content-length: 7",
            b"connection: close",
            b"content-type: application/json",
            b"x-shop: ann's",
        ]
    )


@pytest.mark.parametrize("secure", [False, True], ids=["as written", "with https"])
@pytest.mark.parametrize(("trick", "url"), NEVER_DIALLED, ids=[trick for trick, _ in NEVER_DIALLED])
def test_s01_to_s08_no_socket_is_opened_to_a_hostile_address(
    world: World, receiver: Receiver, trick: str, url: str, secure: bool
) -> None:
    with pytest.raises(Refused, match=f"^{REFUSED}$"):
        send(url.replace("http://", "https://") if secure else url, allow=ELSEWHERE)

    assert world.dialled == []


@pytest.mark.parametrize(("trick", "url"), [*LITERALS, *MALFORMED, *OTHER_DOORS])
def test_s01_s06_s07_s08_an_address_that_can_be_seen_through_is_refused_when_saved(trick: str, url: str) -> None:
    assert problem_with_url(url) is not None
    assert problem_with_url(url.replace("http://", "https://")) is not None


@pytest.mark.parametrize("address", [address for address in SPECIAL if ":" not in address])
def test_s01_a_special_address_is_refused_when_saved(address: str) -> None:
    assert problem_with_url(f"https://{address}/") == (
        "expected a public address, such as https://hooks.example.com/orders"
    )


@pytest.mark.parametrize(
    "address",
    [
        *SPECIAL,
        *(
            "192.0.2.1",
            "198.51.100.7",
            "203.0.113.9",
            "172.31.255.255",
            "100.127.255.255",
            "198.19.255.255",
            "127.8.9.1",
        ),
        *("2001:db8::1", "2001:20::1", "100::1", "febf::1", "::2"),
        "fe80::1%eth0",
    ],
)
def test_s02_a_special_address_is_never_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])
def test_an_ordinary_address_is_public(address: str) -> None:
    assert is_public(address)


def test_s03_a_name_that_changes_its_mind_is_asked_once_and_pinned(world: World, authority: Authority) -> None:
    with receiving(answering("204 No Content"), tls=authority.server("rebind.test")) as there:
        world.port = there.port

        answer = send("https://rebind.test/")

    assert answer.status == 204
    assert (world.asked, world.dialled) == (["rebind.test"], [(PUBLIC, 443)])


@pytest.mark.parametrize(
    "url", ["https://ann:pw@ok.test/", "https://@ok.test/", "http://ok.test/", "http://ok.test:443/"]
)
def test_s07_s08_a_public_name_is_not_called_with_a_user_or_without_tls(
    world: World, receiver: Receiver, url: str
) -> None:
    with pytest.raises(Refused):
        send(url, allow=ELSEWHERE)

    assert world.dialled == []


@pytest.mark.parametrize(("trick", "location"), REDIRECTS)
def test_s05_a_redirect_is_an_answer_and_never_followed(
    world: World, authority: Authority, trick: str, location: str
) -> None:
    script = answering("302 Found", b"", f"Location: {location}")
    with receiving(script, tls=authority.server("ok.test")) as there:
        world.port = there.port

        answer = send("https://ok.test/")

    assert (answer.status, answer.is_success) == (302, False)
    assert world.dialled == [(PUBLIC, 443)]


def test_s09_proxies_of_the_environment_are_ignored(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    answer = send("https://ok.test/")

    assert answer.status == 200
    assert world.dialled == [(PUBLIC, 443)]


def test_s10_a_huge_answer_is_cut() -> None:
    with receiving(answering("200 OK", b"x" * 5_000_000)) as there:
        answer = send(there.url, allow=["127.0.0.1"], max_bytes=1000)

    assert (answer.status, len(answer.body)) == (200, 1000)


def test_s10_a_body_that_drips_ends_with_the_time_and_keeps_its_status() -> None:
    over = threading.Event()

    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not over.wait(0.02):
            connection.sendall(b"x")

    with receiving(drip) as there:
        answer = send(there.url, allow=["127.0.0.1"], timeout=0.3)
        over.set()

    assert answer.status == 200
    assert 0 < len(answer.body) < 1000
    assert answer.elapsed < 2


def test_s10_a_header_that_drips_ends_with_the_time() -> None:
    over = threading.Event()

    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not over.wait(0.02):
            connection.sendall(b"X-More: 1\r\n")

    with receiving(drip) as there:
        with pytest.raises(Unreachable, match=r"^it did not answer in time$"):
            send(there.url, allow=["127.0.0.1"], timeout=0.3)
        over.set()


@pytest.mark.parametrize(
    ("what", "name", "days", "words"),
    [
        ("an expired certificate", "ok.test", -1, "certificate has expired"),
        ("another's certificate", "other.test", 1, "Hostname mismatch"),
    ],
)
def test_s10_a_wrong_certificate_is_refused(
    world: World, authority: Authority, what: str, name: str, days: int, words: str
) -> None:
    with receiving(answering("200 OK"), tls=authority.server(name, days=days)) as there:
        world.port = there.port

        with pytest.raises(Unreachable, match=f"its certificate is not valid: .*{words}"):
            send("https://ok.test/")

    assert there.got == []


def test_s10_a_certificate_of_nobody_is_refused(world: World, tmp_path: Path) -> None:
    with receiving(answering("200 OK"), tls=Authority.new(tmp_path).server("ok.test")) as there:
        world.port = there.port

        with pytest.raises(Unreachable, match="its certificate is not valid"):
            send("https://ok.test/")


def test_s10_a_server_without_tls_is_refused(world: World) -> None:
    def plain(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"not for you")

    with receiving(plain) as there:
        world.port = there.port

        with pytest.raises(Unreachable, match=r"^no encrypted connection could be made$"):
            send("https://ok.test/", timeout=2)


def test_s11_an_unknown_name_sounds_like_an_inner_one(world: World) -> None:
    with pytest.raises(Unreachable, match=f"^{REFUSED}$"):
        send("https://nobody.test/")


def test_s11_a_name_service_that_does_not_answer_ends_with_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def silent(*_: object, **__: object) -> list[object]:
        over.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    with pytest.raises(Unreachable, match=f"^{REFUSED}$"):
        send("https://ok.test/", timeout=0.1)
    over.set()


@pytest.mark.parametrize("own", ["ok.test", "ok.test:443", "OK.test", PUBLIC, f"{PUBLIC}:443"])
def test_s12_our_own_host_is_never_called(world: World, own: str) -> None:
    with pytest.raises(Refused):
        send("https://OK.test./hooks/1/", own_hosts=[own])

    assert world.dialled == []


def test_s12_another_port_of_our_own_machine_may_be_allowed() -> None:
    with receiving(answering("200 OK")) as there:
        answer = send(there.url, allow=["127.0.0.1"], own_hosts=["127.0.0.1:8000"])

    assert answer.status == 200


def test_s12_our_own_address_is_refused_when_saved() -> None:
    words = "this is Postsale's own address: a webhook to it would go round in circles"

    assert problem_with_url("https://shop.example/hooks/1/", own_hosts=["shop.example"]) == words
    assert problem_with_url("http://127.0.0.1:8000/", allow=["127.0.0.1"], own_hosts=["127.0.0.1:8000"]) == words


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "127.0.0.1"),
        ("Content-Length", "5"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "upgrade"),
        ("Upgrade", "websocket"),
        ("Cookie", "a=b"),
        ("Proxy-Authorization", "x"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("webhook-signature", "v1,forged"),
        ("X-Note\r\nHost", "x"),
        ("X Note", "x"),
        ("", "x"),
        ("X-Note", "a\r\nX-Evil: 1"),
        ("X-Note", "a\nb"),
        ("X-Note", "a\u2028b"),
        ("X-Note", "a\x00b"),
        ("X-Note", "é"),
        ("X-Note", " padded "),
        ("X-Note", "x" * 2001),
    ],
)
def test_s13_a_header_that_steers_the_request_is_refused(name: str, value: str) -> None:
    assert problem_with_header(name, value) is not None


@pytest.mark.parametrize(
    ("name", "value"), [("X-Note", "a b"), ("Authorization", "Bearer x"), ("content-type", "text/plain"), ("ce-id", "")]
)
def test_s13_an_ordinary_header_may_be_set(name: str, value: str) -> None:
    assert problem_with_header(name, value) is None


def test_s13_a_forbidden_header_opens_no_socket(world: World) -> None:
    with pytest.raises(ValueError, match="'Host' can't be set"):
        post("https://ok.test/", body=b"", headers={"Host": "127.0.0.1"})

    assert (world.asked, world.dialled) == ([], [])


def test_our_own_signature_goes_out() -> None:
    with receiving(answering("200 OK")) as there:
        post(there.url, body=b"{}", headers={"webhook-id": "msg_1"}, allow=["127.0.0.1"])

    assert b"\r\nwebhook-id: msg_1\r\n" in there.got[0]


@pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.0/8", "127.0.0.1:{port}", "localhost", "localhost:{port}"])
def test_an_allowed_host_is_called_on_any_port_without_tls(entry: str) -> None:
    with receiving(answering("200 OK")) as there:
        url = f"http://localhost:{there.port}/" if "localhost" in entry else there.url
        answer = send(url, allow=[entry.format(port=there.port)])

    assert answer.status == 200


def test_a_name_of_an_allowed_network_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving(answering("200 OK")) as there:
        answer = send(f"http://localhost:{there.port}/", allow=["127.0.0.0/8"])

    assert answer.status == 200


def test_only_the_allowed_addresses_of_a_name_are_called() -> None:
    allowed, target = Allowed.of(["10.0.0.0/8"]), target_of("http://hooks.intranet:8080/")

    assert allowed.reachable(target, ["10.1.2.3", "192.168.0.1", PUBLIC]) == ["10.1.2.3"]
    assert allowed.reachable(target, [PUBLIC]) == []


def test_an_entry_with_a_port_allows_that_port_only() -> None:
    assert problem_with_url("http://127.0.0.1:9000/", allow=["127.0.0.1:9000"]) is None
    assert problem_with_url("http://127.0.0.1:9001/", allow=["127.0.0.1:9000"]) is not None
    assert problem_with_url("http://[::1]:9000/", allow=["[::1]:9000"]) is None
    assert problem_with_url("http://[::1]:9000/", allow=["::1"]) is None
    assert problem_with_url("http://hooks:81/", allow=["hooks:80"]) is not None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.example.com/", "expected an address that begins with https://"),
        ("https://hooks.example.com:8443/", "port 8443 can't be called: expected 443"),
        ("https://hooks/", "expected a public address, such as https://hooks.example.com/orders"),
        ("https://hooks.example.com:x/", "this is not a web address: its host or port can't be read"),
        ("https://hooks.example.com:0/", "an address must not hold a user, a password or port 0"),
        ("https:///x", "expected the host's name, or its address in the usual form"),
        ("hooks.example.com", "expected an address that begins with https://"),
    ],
)
def test_a_wrong_address_is_explained(url: str, words: str) -> None:
    assert problem_with_url(url) == words


@pytest.mark.parametrize("url", ["https://hooks.example.com/a?b=c", "HTTPS://Hooks.Example.com", "https://8.8.8.8:80/"])
def test_a_right_address_has_no_problem(url: str) -> None:
    assert problem_with_url(url) is None


def test_a_url_that_is_too_long_is_refused() -> None:
    assert problem_with_url("https://hooks.example.com/" + "a" * 2048) is not None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "what it answered is not HTTP"),
        (b"", "the connection broke before it answered"),
        (b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 200_000 + b"\r\n\r\n", "what it answered is not HTTP"),
    ],
    ids=["another protocol", "nothing", "an endless header"],
)
def test_what_is_no_answer_is_told(raw: bytes, words: str) -> None:
    def script(connection: socket.socket, _: bytes) -> None:
        connection.sendall(raw)

    with receiving(script) as there, pytest.raises(Unreachable, match=f"^{words}$"):
        send(there.url, allow=["127.0.0.1"])


def test_a_status_counts_though_its_body_breaks_off() -> None:
    def script(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nhalf")

    with receiving(script) as there:
        answer = send(there.url, allow=["127.0.0.1"])

    assert (answer.status, answer.body) == (201, b"half")


def test_a_closed_port_is_told() -> None:
    with receiving(answering("200 OK")) as there:
        closed = there.url

    with pytest.raises(Unreachable, match=r"^nobody answers there$"):
        send(closed, allow=["127.0.0.1"])


def test_a_second_address_is_tried_when_the_first_is_silent(world: World, receiver: Receiver) -> None:
    world.names["two.test"] = [["2606:4700::1111", PUBLIC]]
    with pytest.raises(Unreachable, match="its certificate is not valid"):  # it is ok.test's, so we got through
        send("https://two.test/")

    assert world.dialled == [("2606:4700::1111", 443), (PUBLIC, 443)]


def test_an_address_that_swallows_everything_is_told(world: World) -> None:
    world.silent = True

    with pytest.raises(Unreachable, match=r"^nobody answered in time$"):
        send("https://ok.test/")


def test_no_time_left_is_told(world: World) -> None:
    with pytest.raises(Unreachable):
        send("https://ok.test/", timeout=0.0)

    assert world.dialled == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": "Mon, 23 Nov 2026 10:01:00 GMT", "date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 60),
        ({"retry-after": "Mon, 23 Nov 2026 09:00:00 GMT", "date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 0),
        ({"retry-after": "Mon, 23 Nov 2026 10:01:00 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({}, None),
    ],
)
def test_the_receivers_wish_to_wait_is_read(headers: dict[str, str], seconds: int | None) -> None:
    answer = Answer(status=429, headers=headers, body=b"", elapsed=0.1)

    assert answer.retry_after == seconds


def test_every_refusal_takes_a_full_bucket_of_time() -> None:
    took = []
    for url in ("https://10.0.0.1/", "https://nowhere.invalid/", "not an address"):
        began = time.monotonic()
        with pytest.raises((Refused, Unreachable), match=f"^{REFUSED}$"):
            post(url, body=b"", headers={})
        took.append((time.monotonic() - began) % BUCKET)

    assert all(min(rest, BUCKET - rest) < BUCKET / 4 for rest in took)
