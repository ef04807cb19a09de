"""Sending one e-mail at a time, by SMTP or into files, with its failures told apart: later, never, or perhaps sent."""

import hashlib
import os
import re
import secrets
import smtplib
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from postsale.integrations.http import tls_context
from postsale.integrations.letters import (
    CONTROL,
    MailError,
    Permanent,
    Temporary,
    Uncertain,
    build,
    problem_with_address,
)

__all__ = [
    "FileTransport",
    "MailError",
    "Permanent",
    "Server",
    "SmtpTransport",
    "Temporary",
    "Transport",
    "Uncertain",
    "build",
    "open_transport",
    "problem_with_address",
]

SECONDS = 15.0


class Transport(Protocol):
    """Somewhere e-mails go. Use it as a context for a batch; it belongs to one thread."""

    def send(self, message: EmailMessage) -> None:
        """Hand one e-mail over. Raises Temporary, Uncertain or Permanent."""

    def close(self) -> None:
        """End the connection, if there is one; sending opens it again."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def open_transport(email_url: str | None, *, data_dir: Path) -> Transport:
    """Where EMAIL_URL says: smtp://user:password@host:port?starttls=auto|1|0, smtps://…; unset: files in data_dir/mail.

    `starttls=auto` (the default) encrypts whenever the server offers it, unless the server is this machine. Raises
    ValueError for another form, with words that don't repeat the password.
    """
    return SmtpTransport(_server(email_url)) if email_url else FileTransport(data_dir / "mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An SMTP server as EMAIL_URL describes it."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    is_tls: bool = False
    starttls: str = "auto"


class SmtpTransport:
    """Sends by SMTP, over one connection for as long as it lasts."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye, if the server still listens; sending opens a new connection."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()

    def send(self, message: EmailMessage) -> None:
        """Hand one e-mail to the server. Raises Temporary, Uncertain or Permanent."""
        try:
            smtp = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            # Nothing here is about this e-mail: a refused sign-in must not kill what waits for a new password.
            self.close()
            raise Temporary(f"the mail server can't be used: {_reason(error)}") from error
        try:
            self._hand_over(smtp, message)
        except MailError:
            self._reset(smtp)
            raise
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise Temporary(f"the connection to the mail server broke: {_reason(error)}") from error

    def _hand_over(self, smtp: smtplib.SMTP, message: EmailMessage) -> None:
        _judge(*smtp.mail(_bare(message, "From")), what="sender")
        _judge(*smtp.rcpt(_bare(message, "To")), what="recipient")
        try:
            answer = smtp.data(message.as_bytes())
        except smtplib.SMTPDataError as error:
            _judge(error.smtp_code, error.smtp_error, what="message")
            raise Temporary("the mail server did not ask for the text") from error
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self.close()
            raise Uncertain("the connection broke before the mail server said whether it took the message") from error
        _judge(*answer, what="message")

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                if self._smtp.noop()[0] == 250:
                    return self._smtp
            self.close()
        server = self.server
        if server.is_tls:
            self._smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=tls_context())
        else:
            self._smtp = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        self._smtp.ehlo_or_helo_if_needed()
        self._encrypt(self._smtp)
        if server.user:
            self._smtp.login(server.user, server.password)
        return self._smtp

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        server, offered = self.server, smtp.has_extn("starttls")
        if server.is_tls or server.starttls == "0":
            return
        if server.starttls == "1" or (offered and not _is_this_machine(server.host)):
            smtp.starttls(context=tls_context())
            smtp.ehlo()
        elif server.password and not _is_this_machine(server.host):
            raise smtplib.SMTPNotSupportedError("it offers no encryption, and the password isn't sent in the clear")

    def _reset(self, smtp: smtplib.SMTP) -> None:
        if self._smtp is None:
            return
        try:
            smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.close()


class FileTransport:
    """Writes each e-mail as a readable .eml file named by its Message-ID, so a repetition replaces the first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing stays open."""

    def path_of(self, message_id: str) -> Path:
        """The file of the e-mail with this Message-ID, with or without its angle brackets."""
        bare = message_id.strip("<>")
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", bare.partition("@")[0]).strip(".-")[:60]
        return self.folder / f"{name}-{hashlib.sha256(bare.encode()).hexdigest()[:12]}.eml"

    def send(self, message: EmailMessage) -> None:
        """Write the file, for its owner's eyes only, whole or not at all. Raises Temporary when the disk refuses."""
        path = self.path_of(str(message["Message-ID"]))
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(message.as_bytes(policy=message.policy.clone(linesep="\n")))
            unfinished.replace(path)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise Temporary(f"the mail folder can't be written: {error.strerror}") from error


def _bare(message: EmailMessage, header: str) -> str:
    addresses: tuple[Address, ...] = message[header].addresses
    if len(addresses) != 1:
        raise Permanent(f"expected exactly one address in {header}")
    return addresses[0].addr_spec


def _judge(code: int, answer: bytes | str, *, what: str) -> None:
    """Nothing for a 2xx; Permanent for a 5xx about this e-mail, else Temporary (RFC 5321 section 4.2.1)."""
    if 200 <= code < 300:
        return
    kind = Permanent if 500 <= code < 600 else Temporary
    raise kind(f"the mail server refused the {what}: {code} {_shown(answer)}".rstrip())


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_shown(error.smtp_error)}".rstrip()
    return _shown(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def _shown(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(CONTROL.sub(" ", text).split())[:200]


def _server(url: str) -> Server:
    wrong = ValueError("EMAIL_URL is not of the form smtp://user:password@host:port?starttls=auto|1|0 or smtps://…")
    try:
        parts = urlsplit(url)
        port, query = parts.port, dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        raise wrong from None
    starttls = STARTTLS.get(query.pop("starttls", "auto").lower())
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or query or starttls is None:
        raise wrong
    user = unquote(parts.username or "")
    is_tls = parts.scheme == "smtps"
    return Server(
        host=parts.hostname,
        port=port or (465 if is_tls else 587 if user else 25),
        user=user,
        password=unquote(parts.password or ""),
        is_tls=is_tls,
        starttls=starttls,
    )


STARTTLS = {
    "auto": "auto",
    **dict.fromkeys(("1", "true", "yes", "on"), "1"),
    **dict.fromkeys(("0", "false", "no", "off"), "0"),
}


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
