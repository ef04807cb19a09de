"""Where we may call: what an address may look like, which addresses are public, and whom the admin lets through."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

LONGEST_URL = 2048

CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")
"""RFC 3986's, without `#`: a backslash, a blank or another script is how parsers are made to disagree."""

NAME = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")

NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        # IANA IPv4 Special-Purpose Address Registry, multicast and class E.
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        # IANA IPv6 Special-Purpose Address Registry, inside the only space that is global unicast (2000::/3).
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
GLOBAL_UNICAST = ip_network("2000::/3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A web address taken apart; `host` in lower case without a last dot, `literal` when it is an address itself."""

    scheme: str
    host: str
    port: int
    path: str
    literal: Address | None

    @property
    def authority(self) -> str:
        """The Host header: without the port where it goes without saying."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORT[self.scheme] else f"{host}:{self.port}"


DEFAULT_PORT = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """A list of hosts (with a port or any), addresses and networks, as an admin writes it."""

    hosts: frozenset[tuple[str, int | None]]
    networks: tuple[tuple[Network, int | None], ...]

    @classmethod
    def of(cls, entries: Collection[str]) -> "Allowed":
        """Read `hooks.intranet`, `hooks.intranet:8080`, `127.0.0.1`, `127.0.0.1:9000`, `10.1.0.0/16`, `[::1]:80`."""
        hosts: set[tuple[str, int | None]] = set()
        networks: list[tuple[Network, int | None]] = []
        for entry in entries:
            name, port = _with_port(entry.strip().lower())
            try:
                networks.append((ip_network(name, strict=False), port))
            except ValueError:
                hosts.add((name.rstrip("."), port))
        return cls(hosts=frozenset(hosts), networks=tuple(networks))

    def names_host(self, target: Target) -> bool:
        """Whether the target's host is listed by name."""
        return not self.hosts.isdisjoint({(target.host, None), (target.host, target.port)})

    def names(self, target: Target, address: str) -> bool:
        """Whether the target is listed by its name or by this address of it."""
        there = ip_address(address.partition("%")[0])
        listed = any(port in {None, target.port} and there in network for network, port in self.networks)
        return listed or self.names_host(target)

    def may_name(self, target: Target) -> bool:
        """Whether the target is listed, or may turn out to be once its name is resolved."""
        if target.literal is not None:
            return self.names(target, str(target.literal))
        return self.names_host(target) or any(port in {None, target.port} for _, port in self.networks)

    def reachable(self, target: Target, addresses: Sequence[str]) -> list[str]:
        """Those of a target's addresses that may be called: the listed ones, or all of them if all are public."""
        if listed := [address for address in addresses if self.names(target, address)]:
            return listed
        ordinary = target.scheme == "https" and target.port in DEFAULT_PORT.values()
        return list(addresses) if ordinary and all(is_public(address) for address in addresses) else []


def problem_with_url(url: str, *, allow: Sequence[str] = (), own_hosts: Collection[str] = ()) -> str | None:
    """What is wrong with an address when it is saved, in words, without asking the network; None when nothing is."""
    if problem := _malformed(url):
        return problem
    target, allowed = target_of(url), Allowed.of(allow)
    if Allowed.of(own_hosts).names_host(target) or (
        target.literal is not None and Allowed.of(own_hosts).names(target, str(target.literal))
    ):
        return "this is Postsale's own address: a webhook to it would go round in circles"
    if allowed.may_name(target):
        return None
    if target.scheme != "https":
        return "expected an address that begins with https://"
    if target.port not in DEFAULT_PORT.values():
        return f"port {target.port} can't be called: expected 443"
    public = is_public(str(target.literal)) if target.literal is not None else "." in target.host
    return None if public else "expected a public address, such as https://hooks.example.com/orders"


def problem_with_header(name: str, value: str, *, ours: bool = False) -> str | None:
    """What is wrong with a header of an outgoing request, in words; `ours` lets the signature's headers through."""
    lower = name.lower()
    listed = lower in HEADERS or lower.startswith(("x-", "ce-")) or (ours and lower in SIGNATURE)
    if not HEADER_NAME.fullmatch(lower) or not listed or lower.startswith(("x-forwarded-", "x-real-ip")):
        return f"the header {name!r} can't be set: expected {', '.join(sorted(HEADERS))} or one that begins with X-"
    if len(value) > 2000 or not HEADER_VALUE.fullmatch(value):
        return f"the value of {name} may have at most 2,000 characters of plain ASCII, on one line"
    return None


HEADERS = frozenset({"accept", "accept-language", "authorization", "content-type", "idempotency-key"})
SIGNATURE = frozenset({"webhook-id", "webhook-timestamp", "webhook-signature"})
HEADER_NAME = re.compile(r"[a-z0-9-]{1,60}")
HEADER_VALUE = re.compile(r"(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?")


def is_public(address: str) -> bool:
    """Whether the address (text) is one of the public internet, by IANA's registries and not by Python's version."""
    there = ip_address(address.partition("%")[0])
    if "%" in address or (there.version == 6 and there not in GLOBAL_UNICAST):
        return False
    return not any(there in network for network in NOT_PUBLIC)


def target_of(url: str) -> Target:
    """Take apart an address that `problem_with_url` found well formed."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = parts.port or DEFAULT_PORT[parts.scheme]
    return Target(scheme=parts.scheme, host=host, port=port, path=path, literal=_literal(host))


def _malformed(url: str) -> str | None:
    if len(url) > LONGEST_URL or not CHARACTERS.fullmatch(url):
        return f"expected a web address of at most {LONGEST_URL} plain characters, without blanks, backslashes or #"
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        return "this is not a web address: its host or port can't be read"
    if parts.scheme not in DEFAULT_PORT:
        return "expected an address that begins with https://"
    if "@" in parts.netloc or port == 0:
        return "an address must not hold a user, a password or port 0"
    if _literal(host) is None and (not NAME.fullmatch(host) or NUMBER.fullmatch(host)):
        return "expected the host's name, or its address in the usual form"
    return None


def _literal(host: str) -> Address | None:
    try:
        return None if "%" in host else ip_address(host)
    except ValueError:
        return None


def _with_port(entry: str) -> tuple[str, int | None]:
    bracketed = re.fullmatch(r"\[(.+)\](?::([0-9]{1,5}))?", entry)
    plain = bracketed or re.fullmatch(r"([^:]+):([0-9]{1,5})", entry)
    return (plain[1], int(plain[2]) if plain[2] else None) if plain else (entry, None)
