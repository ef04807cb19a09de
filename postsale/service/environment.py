"""Read the environment that `contract/commands.md` names; every error names the variable and what was expected.

The two URL readers are our own: they are short, and no package knows both psycopg's options and Django's MAILERS.
"""

import ipaddress
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


def flag(name: str, *, default: bool = False) -> bool:
    """A yes or no; unset is `default`."""
    text = os.environ.get(name)
    if text is None:
        return default
    if text.strip().lower() not in TRUE + FALSE:
        raise ImproperlyConfigured(f"{name} is {text!r}, expected 1 or 0.")
    return text.strip().lower() in TRUE


def number(name: str, *, default: int, least: int = 0) -> int:
    """A whole number of at least `least`."""
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or int(text) < least:
        raise ImproperlyConfigured(f"{name} is {text!r}, expected a whole number of at least {least}.")
    return int(text)


def names(name: str) -> list[str]:
    """A list separated by commas or blanks."""
    return os.environ.get(name, "").replace(",", " ").split()


def database(name: str, url: str, *, timeouts: Mapping[str, str]) -> dict[str, Any]:
    """Django's settings for `postgresql://user:password@host:port/name?option=…`; a socket's folder goes in `?host=`.

    `?pgbouncer=1` leaves out what a transaction pooler can't carry: start-up options and server-side cursors.
    `timeouts` are PostgreSQL settings, given as start-up options. `name` is the variable, for the errors.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.scheme not in {"postgresql", "postgres"} or len(parts.path) < 2 or not (parts.hostname or "host" in query):
        raise ImproperlyConfigured(f"{name} is not of the form postgresql://user:password@host:port/name.")
    pooled = query.pop("pgbouncer", "") in TRUE
    host, port = query.pop("host", None) or unquote(parts.hostname or ""), query.pop("port", None) or _port(name, parts)
    user, password = query.pop("user", None) or unquote(parts.username or ""), unquote(parts.password or "")
    options: dict[str, Any] = {"connect_timeout": 5, "application_name": "postsale", **query}
    if not pooled:
        own = " ".join(f"-c {setting}={value}" for setting, value in timeouts.items())
        options["options"] = f"{query.get('options', '')} {own}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": user,
        "PASSWORD": password or query.pop("password", ""),
        "HOST": host,
        "PORT": str(port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
    }


def mailer(url: str, folder: Path) -> dict[str, Any]:
    """One entry of MAILERS: `smtp://user:password@host:port`, `smtps://…`; without a URL, files in `folder`.

    `smtp://` turns to TLS when `?starttls=1` asks for it.
    """
    if not url:
        return {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": str(folder)}}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL is not of the form smtp://user:password@host:port or smtps://….")
    query = dict(parse_qsl(parts.query))
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": _port("EMAIL_URL", parts) or (465 if parts.scheme == "smtps" else 25),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": parts.scheme == "smtps",
            "use_tls": query.get("starttls", "") in TRUE,
            "timeout": 10,
        },
    }


def _port(name: str, parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} has a port that is no number from 0 to 65535.") from None


def is_local(host: str) -> bool:
    """Whether only this machine can reach what listens on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_public_defaults(host: str) -> None:
    """Raise ImproperlyConfigured when `host` is public and a variable that must not be a default there is unset."""
    missing = [name for name in ("SECRET_KEY", "ALLOWED_HOSTS", "BASE_URL") if not os.environ.get(name)]
    if missing and not is_local(host):
        raise ImproperlyConfigured(
            f"HOST is {host}, which others can reach, so {', '.join(missing)} must be set. "
            "Set them, or leave HOST at 127.0.0.1."
        )


def base_url(host: str, port: int) -> str:
    """BASE_URL without its last slash; by default where we listen."""
    url = os.environ.get("BASE_URL", "").rstrip("/") or f"http://{f'[{host}]' if ':' in host else host}:{port}"
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise ImproperlyConfigured(f"BASE_URL is {url!r}, expected http(s)://host[:port] and nothing behind it.")
    return url


def secret_key(folder: Path) -> str:
    """SECRET_KEY, or the one that is made once and kept in `folder` for its owner's eyes only (0600)."""
    if given := os.environ.get("SECRET_KEY"):
        return given
    kept = folder / "secret_key"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".secret_key.{secrets.token_hex(8)}"
        fresh.touch(mode=0o600, exist_ok=False)
        fresh.write_text(secrets.token_urlsafe(64), encoding="ascii")
        try:
            os.link(fresh, kept)  # of two processes that start at once, both take the first one's key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return kept.read_text(encoding="ascii").strip()
