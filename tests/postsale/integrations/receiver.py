"""The outside world for tests of outgoing traffic: scripted receivers on loopback, certificates, a name service."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

type Script = Callable[[socket.socket, bytes], None]

PUBLIC = "93.184.216.34"
REAL_LOOKUP = socket.getaddrinfo
REAL_CONNECT = socket.socket.connect


def answering(status: str, body: bytes = b"", *headers: str) -> Script:
    """A script that gives one whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]

    def script(connection: socket.socket, _: bytes) -> None:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return script


@dataclass
class Receiver:
    """Where a scripted receiver listens, and the requests it got."""

    port: int
    got: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def receiving(script: Script, *, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listen on a free port of loopback and play the script to every request."""
    listener = socket.create_server(("127.0.0.1", 0))
    receiver = Receiver(port=listener.getsockname()[1])

    def one(plain: socket.socket) -> None:
        with suppress(OSError), plain, tls.wrap_socket(plain, server_side=True) if tls else plain as connection:
            receiver.got.append(_request(connection))
            script(connection, receiver.got[-1])

    def accept() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                plain.settimeout(5)
                threading.Thread(target=one, args=(plain,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _request(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        data = connection.recv(65_536)
        if not data:
            return got
        got += data
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, in a folder."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls, folder: Path) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority of the tests")])
        certificate = _certificate(name, name, key.public_key(), days=2)
        certificate = certificate.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        signed = certificate.add_extension(usage, critical=True).sign(key, hashes.SHA256())
        return cls(folder, key, signed)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def server(self, name: str, *, days: int = 1) -> ssl.SSLContext:
        """A server's context with a certificate for `name`; negative `days`: expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        certificate = _certificate(subject, self.certificate.subject, key.public_key(), days=days)
        certificate = certificate.add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        signed = certificate.add_extension(issuer, critical=False).sign(self.key, hashes.SHA256())
        path = self.folder / f"{name}{days}.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + secret)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    return builder.not_valid_before(now - timedelta(days=3)).not_valid_after(now + timedelta(days=days))


@dataclass
class World:
    """A name service and a network that lead to our receiver only; what was asked and dialled is written down."""

    names: dict[str, list[Sequence[str]]]
    port: int = 0
    silent: bool = False
    asked: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)

    def install(self, patch: pytest.MonkeyPatch) -> "World":
        patch.setattr(socket, "getaddrinfo", self._lookup)
        patch.setattr(socket.socket, "connect", self._connector())
        return self

    def _lookup(self, host: object, port: object, family: int = 0, type: int = 0, *_: object, **__: object) -> object:  # noqa: A002
        name = str(host).rstrip(".").lower()
        if name not in self.names:
            return REAL_LOOKUP(str(host), str(port), 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
        self.asked.append(name)
        answers = self.names[name]
        now = answers[min(self.asked.count(name), len(answers)) - 1]
        return [answer for ip in now for answer in REAL_LOOKUP(ip, str(port), 0, socket.SOCK_STREAM)]

    def _connector(self) -> Callable[[socket.socket, tuple[str, int]], None]:
        def connect(connection: socket.socket, address: tuple[str, int]) -> None:
            self.dialled.append((address[0], address[1]))
            if self.silent:
                raise TimeoutError
            if address[0] != PUBLIC or not self.port:
                raise ConnectionRefusedError("written down")
            REAL_CONNECT(connection, ("127.0.0.1", self.port))

        return connect
