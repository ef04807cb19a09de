"""E-mails (RELIABILITY 2.5): built against injection, sent over real SMTP with later, never and perhaps told apart."""

import asyncio
import email
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from postsale.integrations import mail
from postsale.integrations.http import tls_context
from postsale.integrations.letters import build, problem_with_address
from postsale.integrations.mail import (
    FileTransport,
    Permanent,
    SmtpTransport,
    Temporary,
    Transport,
    Uncertain,
    open_transport,
)
from tests.postsale.integrations.receiver import Authority

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def letter(**changed: Any) -> EmailMessage:
    usual: dict[str, Any] = {
        "message_id": "run-1.tell@shop.example",
        "at": AT,
        "from_": "Ann's Shop <orders@shop.example>",
        "to": "bob@customer.example",
        "subject": "Your order 1001",
        "text": "Hello Bob,\nit is on its way.\n",
    }
    return build(**(usual | changed))


class Mailbox:
    """A real SMTP server's hands: refuses whom it is told to, keeps the rest."""

    def __init__(self) -> None:
        self.kept: list[EmailMessage] = []
        self.senders: list[str | None] = []
        self.sessions: list[Session] = []
        self.answers = {
            "busy@customer.example": "451 4.7.1 come back later",
            "gone@customer.example": "550 5.1.1 nobody here",
        }
        self.word = "250 OK"
        self.drop_after_data = False

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if address == "banned@shop.example":
            return "553 5.7.1 not this sender"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.drop_after_data:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "250 OK"
        if self.word.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.kept.append(email.message_from_bytes(envelope.content, policy=policy.default))
            self.senders.append(envelope.mail_from)
            self.sessions.append(session)
        return self.word


@contextmanager
def listening(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def transport(mailbox: Mailbox, tmp_path: Path) -> Iterator[Transport]:
    with listening(mailbox) as port, open_transport(f"smtp://127.0.0.1:{port}", data_dir=tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority.new(tmp_path_factory.mktemp("authority"))
    tls_context().load_verify_locations(cadata=made.pem)
    return made


def test_an_email_arrives_as_it_was_built(transport: Transport, mailbox: Mailbox) -> None:
    message = letter(
        reply_to="help@shop.example",
        html="<p>Grüße</p>",
        text="Grüße, " * 100,
        headers={"X-Postsale-Run": "run-1", "List-Unsubscribe": "<https://shop.example/off/1>"},
    )

    transport.send(message)

    (got,) = mailbox.kept
    headers = {name: str(value) for name, value in got.items() if name not in {"MIME-Version", "Content-Type"}}
    assert headers == {
        "From": "Ann's Shop <orders@shop.example>",
        "To": "bob@customer.example",
        "Reply-To": "help@shop.example",
        "Subject": "Your order 1001",
        "Date": "Mon, 23 Nov 2026 10:00:00 +0000",
        "Message-ID": "<run-1.tell@shop.example>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Postsale-Run": "run-1",
        "List-Unsubscribe": "<https://shop.example/off/1>",
        **{name: str(got[name]) for name in ("X-Peer", "X-MailFrom", "X-RcptTo") if name in got},
    }
    assert [part.get_content_type() for part in got.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert [part.get_content().strip() for part in got.iter_parts()] == [("Grüße, " * 100).strip(), "<p>Grüße</p>"]
    assert mailbox.senders == ["orders@shop.example"]


@pytest.mark.parametrize(
    "subject",
    ["Hi\nBcc: v@x.example", "Hi\r\nBcc: v@x.example", "Hi\rBcc: v@x.example", "a\u2028b", "a\x85b", "a\x00b"],
)
def test_e01_a_subject_can_not_add_a_header(subject: str) -> None:
    with pytest.raises(Permanent, match=r"^the subject must be one line without control characters$"):
        letter(subject=subject)


@pytest.mark.parametrize(
    "changed",
    [
        {"headers": {"X-Postsale-Run": "1\nBcc: v@x.example"}},
        {"headers": {"X-Postsale-Run\nBcc": "1"}},
        {"headers": {"Bcc": "v@x.example"}},
        {"from_": "Ann\nBcc: v@x.example <orders@shop.example>"},
        {"from_": "a@shop.example, b@shop.example"},
        {"from_": "nobody"},
        {"reply_to": "help@shop.example\nBcc: v@x.example"},
        {"message_id": "a@b>\nBcc: v@x.example"},
        {"message_id": "no domain"},
    ],
)
def test_e01_nothing_else_can_add_a_header(changed: dict[str, Any]) -> None:
    with pytest.raises(Permanent):
        letter(**changed)


@given(st.text(max_size=300), st.text(max_size=60))
def test_e01_whatever_subject_and_name_say_the_headers_stay_ours(subject: str, name: str) -> None:
    try:
        message = letter(subject=subject, from_=f'"{name}" <orders@shop.example>')
    except Permanent:
        return

    again = email.message_from_bytes(message.as_bytes(), policy=policy.default)

    assert [key for key, _ in again.items()] == [key for key, _ in message.items()]
    assert [address.addr_spec for address in again["From"].addresses] == ["orders@shop.example"]
    assert [address.addr_spec for address in again["To"].addresses] == ["bob@customer.example"]


@pytest.mark.parametrize(
    "address",
    [
        "a@x.example, b@y.example",
        "a@x.example; b@y.example",
        "a@x.example b@y.example",
        "Bob <a@x.example>",
        "a@x.example\n",
        "",
        "nobody",
    ],
)
def test_e02_anything_but_one_address_is_refused(address: str) -> None:
    assert problem_with_address(address) is not None
    with pytest.raises(Permanent, match="the recipient is not one plain e-mail address"):
        letter(to=address)


@pytest.mark.parametrize(
    "address",
    [
        "a@localhost",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        '"a b"@x.example',
        "a@аpple.example",  # noqa: RUF001 - a Cyrillic a
        "grüße@x.example",
        "a@x..example",
    ],
)
def test_e03_an_address_that_leads_elsewhere_is_refused(address: str) -> None:
    assert problem_with_address(address) is not None


@pytest.mark.parametrize(
    "address", ["a@x.example", "a.b+c@x.co.uk", "a@shop.test", "a@bücher.example", "o'neil@x.example"]
)
def test_an_ordinary_address_is_taken(address: str) -> None:
    assert problem_with_address(address) is None


@given(st.from_regex(r"\A[aB0._+-]{0,66}@[aB0.-]{1,70}(\.example)?\Z"))
@example("Ann.B+c@X.Example")
@example(f"{'a' * 65}@x.example")
@example("a@xn--bcher-kva.example")
def test_a_plain_address_is_taken_as_the_library_takes_it(address: str) -> None:
    try:
        expected = validate_email(address, check_deliverability=False, test_environment=True).ascii_email
    except EmailNotValidError:
        expected = None

    assert (problem_with_address(address) is None) is (expected is not None)
    if expected is not None:
        assert str(letter(to=address)["To"]) == expected


def test_e03_a_domain_of_another_script_is_shown_for_what_it_is() -> None:
    assert str(letter(to="a@bücher.example")["To"]) == "a@xn--bcher-kva.example"


@pytest.mark.parametrize("sender", ["postsale@localhost", "postsale@127.0.0.1", '"Shop, Inc." <a@shop.example>'])
def test_the_sender_of_a_small_installation_is_taken(sender: str) -> None:
    assert len(letter(from_=sender)["From"].addresses) == 1


def test_bodies_lose_what_is_no_text() -> None:
    message = letter(text="a\r\nb\rc\x00\x1b\ud800", html="<p>\x00</p>")

    plain, html = message.iter_parts()
    assert plain.get_content() == "a\nb\nc?\n"
    assert html.get_content() == "<p></p>\n"


def test_a_line_that_is_only_a_dot_does_not_end_the_text(transport: Transport, mailbox: Mailbox) -> None:
    transport.send(letter(text="one\n.\ntwo\n..three\n"))

    assert mailbox.kept[0].get_content().splitlines() == ["one", ".", "two", "..three"]


@pytest.mark.parametrize(
    ("to", "kind", "words"),
    [
        ("busy@customer.example", Temporary, "the mail server refused the recipient: 451 4.7.1 come back later"),
        ("gone@customer.example", Permanent, "the mail server refused the recipient: 550 5.1.1 nobody here"),
    ],
)
def test_e04_a_refused_recipient_is_later_or_never(
    transport: Transport, mailbox: Mailbox, to: str, kind: type[mail.MailError], words: str
) -> None:
    with pytest.raises(mail.MailError) as caught:
        transport.send(letter(to=to))

    assert (type(caught.value), str(caught.value)) == (kind, words)
    assert mailbox.kept == []


def test_e04_a_refused_sender_is_never(transport: Transport) -> None:
    with pytest.raises(Permanent, match=r"refused the sender: 553 5\.7\.1 not this sender"):
        transport.send(letter(from_="banned@shop.example"))


@pytest.mark.parametrize(("word", "kind"), [("452 4.3.1 disk full", Temporary), ("554 5.7.1 spam", Permanent)])
def test_e04_a_refused_text_is_later_or_never(
    transport: Transport, mailbox: Mailbox, word: str, kind: type[mail.MailError]
) -> None:
    mailbox.word = word

    with pytest.raises(mail.MailError) as caught:
        transport.send(letter())

    assert (type(caught.value), str(caught.value)) == (kind, f"the mail server refused the message: {word}")


def test_e04_a_connection_that_dies_after_the_text_is_uncertain(transport: Transport, mailbox: Mailbox) -> None:
    mailbox.drop_after_data = True

    with pytest.raises(Uncertain):
        transport.send(letter())

    mailbox.drop_after_data = False
    transport.send(letter())
    assert [str(got["Message-ID"]) for got in mailbox.kept] == ["<run-1.tell@shop.example>"]


def test_e06_no_automatic_answer_is_asked_for() -> None:
    assert letter()["Auto-Submitted"] == "auto-generated"


def test_a_batch_shares_one_connection_even_past_a_refusal(transport: Transport, mailbox: Mailbox) -> None:
    transport.send(letter())
    with pytest.raises(Permanent):
        transport.send(letter(to="gone@customer.example"))
    transport.send(letter(to="eve@customer.example"))

    assert len(mailbox.kept) == 2
    assert mailbox.sessions[0] is mailbox.sessions[1]


def test_a_connection_that_the_server_ended_meanwhile_is_opened_again(mailbox: Mailbox, tmp_path: Path) -> None:
    with listening(mailbox) as port:
        transport = SmtpTransport(mail.Server(host="127.0.0.1", port=port))
        transport.send(letter())
    with socket.create_server(("127.0.0.1", port)):
        pass

    with pytest.raises(Temporary, match="the mail server can't be used: Connection refused"):
        transport.send(letter())
    transport.close()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (b"421 too many\r\n", "the mail server can't be used: 421 too many"),
        (b"554 go away\r\n", "the mail server can't be used: 554 go away"),
        (b"", "the mail server can't be used: Connection unexpectedly closed"),
        (b"220 hi\r\n250 hi\r\n", "the connection to the mail server broke: Connection unexpectedly closed"),
        (b"220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n450 no\r\n", "the mail server refused the message: 450 no"),
        (
            b"220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n250 what\r\n",
            "the mail server did not ask for the text",
        ),
    ],
)
def test_e04_a_server_that_fails_by_itself_is_asked_again_later(script: bytes, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = SmtpTransport(mail.Server(host="127.0.0.1", port=listener.getsockname()[1]))
        with _talking(listener, script), pytest.raises(Temporary) as caught:
            transport.send(letter())
        transport.close()

    assert str(caught.value) == words


@contextmanager
def _talking(listener: socket.socket, script: bytes) -> Iterator[None]:
    """Answer one client with the whole script at once, and say no more."""

    def talk() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(script)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    yield
    thread.join(5)


class Doorman:
    """Lets one user in."""

    def __call__(self, _: object, __: object, ___: object, mechanism: str, data: object) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ann", b"p@ss:word/")
        return AuthResult(success=right, handled=False)


def test_a_user_signs_in(mailbox: Mailbox, tmp_path: Path) -> None:
    with listening(mailbox, authenticator=Doorman(), auth_require_tls=False) as port:
        opened = open_transport(f"smtp://ann:p%40ss%3Aword%2F@127.0.0.1:{port}", data_dir=tmp_path)
        with opened as transport:
            transport.send(letter())

    assert [session.authenticated for session in mailbox.sessions] == [True]


def test_a_wrong_password_is_not_the_emails_fault_and_is_not_told(mailbox: Mailbox, tmp_path: Path) -> None:
    with listening(mailbox, authenticator=Doorman(), auth_require_tls=False) as port:
        transport = open_transport(f"smtp://ann:hunter2@127.0.0.1:{port}", data_dir=tmp_path)
        with pytest.raises(Temporary, match="the mail server can't be used: 535") as caught:
            transport.send(letter())

    assert "hunter2" not in f"{caught.value!r} {vars(transport)}"


def test_smtps_checks_the_certificate(mailbox: Mailbox, tmp_path: Path, authority: Authority) -> None:
    with listening(mailbox, ssl_context=authority.server("127.0.0.1")) as port:
        with open_transport(f"smtps://127.0.0.1:{port}", data_dir=tmp_path) as transport:
            transport.send(letter())
        with pytest.raises(Temporary, match="certificate verify failed"):
            open_transport(f"smtps://localhost:{port}", data_dir=tmp_path).send(letter())

    assert len(mailbox.kept) == 1


@pytest.mark.parametrize(
    ("query", "encrypted"), [("", False), ("?starttls=1", True), ("?starttls=0", False), ("?starttls=auto", False)]
)
def test_starttls_is_used_when_asked_for(
    mailbox: Mailbox, tmp_path: Path, authority: Authority, query: str, encrypted: bool
) -> None:
    with listening(mailbox, tls_context=authority.server("127.0.0.1")) as port:
        opened = open_transport(f"smtp://127.0.0.1:{port}{query}", data_dir=tmp_path)
        with opened as transport:
            transport.send(letter())

    assert [session.ssl is not None for session in mailbox.sessions] == [encrypted]


def test_starttls_that_the_server_lacks_stops_everything(mailbox: Mailbox, tmp_path: Path) -> None:
    with listening(mailbox) as port, pytest.raises(Temporary, match="STARTTLS"):
        open_transport(f"smtp://127.0.0.1:{port}?starttls=1", data_dir=tmp_path).send(letter())


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """`mail.example` is another machine by name that happens to be this one."""
    real = socket.getaddrinfo

    def lookup(host: Any, *rest: Any, **options: Any) -> Any:
        return real("127.0.0.1" if host == "mail.example" else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


def test_another_machine_is_spoken_to_encrypted_when_it_offers_it(
    mailbox: Mailbox, tmp_path: Path, authority: Authority, elsewhere: None
) -> None:
    with listening(mailbox, tls_context=authority.server("mail.example")) as port:
        opened = open_transport(f"smtp://mail.example:{port}", data_dir=tmp_path)
        with opened as transport:
            transport.send(letter())

    assert mailbox.sessions[0].ssl is not None


def test_a_password_never_travels_in_the_clear(mailbox: Mailbox, tmp_path: Path, elsewhere: None) -> None:
    with listening(mailbox) as port, pytest.raises(Temporary, match="the password isn't sent in the clear"):
        open_transport(f"smtp://ann:hunter2@mail.example:{port}", data_dir=tmp_path).send(letter())


def test_a_relay_without_encryption_or_password_is_used(mailbox: Mailbox, tmp_path: Path, elsewhere: None) -> None:
    with listening(mailbox) as port, open_transport(f"smtp://mail.example:{port}", data_dir=tmp_path) as transport:
        transport.send(letter())

    assert len(mailbox.kept) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", mail.Server(host="mail.example", port=25)),
        ("smtp://u:p@mail.example", mail.Server(host="mail.example", port=587, user="u", password="p")),
        ("smtps://mail.example", mail.Server(host="mail.example", port=465, is_tls=True)),
        ("smtp://mail.example:2525?starttls=yes", mail.Server(host="mail.example", port=2525, starttls="1")),
    ],
)
def test_the_address_of_the_server_is_read(url: str, expected: mail.Server, tmp_path: Path) -> None:
    transport = open_transport(url, data_dir=tmp_path)

    assert isinstance(transport, SmtpTransport)
    assert transport.server == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example",
        "mail.example:25",
        "smtp://",
        "smtp://u:hunter2@mail.example:x",
        "smtp://a?tls=1",
        "smtp://a?starttls=?",
    ],
)
def test_a_wrong_address_of_the_server_is_told_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^EMAIL_URL is not of the form smtp://user:password@host:port") as caught:
        open_transport(url, data_dir=tmp_path)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("unset", [None, ""])
def test_without_a_server_emails_are_readable_files(unset: str | None, tmp_path: Path) -> None:
    with open_transport(unset, data_dir=tmp_path) as transport:
        transport.send(letter())
        transport.send(letter(text="Grüße\n"))
        transport.send(letter(message_id="run-2.tell@shop.example"))

    files = sorted((tmp_path / "mail").iterdir())
    assert [(file.suffix, stat.S_IMODE(file.stat().st_mode)) for file in files] == [(".eml", 0o600)] * 2
    assert isinstance(transport, FileTransport)
    raw = transport.path_of("<run-1.tell@shop.example>").read_bytes()
    assert b"\r" not in raw
    assert email.message_from_bytes(raw, policy=policy.default).get_content() == "Grüße\n"


def test_a_message_id_can_not_leave_the_folder(tmp_path: Path) -> None:
    transport = FileTransport(tmp_path / "mail")

    transport.send(letter(message_id="../../etc/passwd@shop.example"))

    assert [file.name for file in (tmp_path / "mail").iterdir()] == [
        transport.path_of("../../etc/passwd@shop.example").name
    ]


def test_a_folder_that_can_not_be_written_means_later(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")

    with pytest.raises(Temporary, match="the mail folder can't be written: File exists"):
        FileTransport(tmp_path / "mail").send(letter())


def test_an_email_to_two_is_not_sent(transport: Transport, mailbox: Mailbox) -> None:
    message = letter()
    del message["To"]
    message["To"] = "a@x.example, b@y.example"

    with pytest.raises(Permanent, match="expected exactly one address in To"):
        transport.send(message)

    assert mailbox.kept == []
