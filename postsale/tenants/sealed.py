"""Secrets at rest: AES-GCM, bound to the tenant, place and row they belong to, under a ring of keys that can rotate.

A sealed value is `version (1 byte) | key id (4) | nonce (12) | ciphertext and tag`. Copied into another tenant's row it
does not open. The newest key seals; every key of the ring opens.
"""

import json
import secrets
from collections.abc import Sequence
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = b"\x01"
ID_BYTES, NONCE_BYTES = 4, 12


class UnsealError(Exception):
    """A sealed value can't be opened here; the words are for the admin and hold nothing secret."""


class KeyLostError(UnsealError):
    """The key that sealed it is not in the ring; `key_id` says which one that was."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"sealed with key {key_id}, which is neither in POSTSALE_KEYS nor made from SECRET_KEY: "
            "put the former key back behind the new one, or enter the secret again"
        )
        self.key_id = key_id


class Ring:
    """The keys in force, made from long random texts, newest first."""

    def __init__(self, texts: Sequence[str]) -> None:
        if not texts or not all(texts):
            raise ValueError("a ring needs at least one key, and none of them empty")
        self._keys = {_derived(text, b"id", ID_BYTES): AESGCM(_derived(text, b"key", 32)) for text in texts}
        self._newest = _derived(texts[0], b"id", ID_BYTES)

    def seal(self, text: str, *, tenant: object, place: str, row: object) -> bytes:
        """The text, readable only with this ring and for this tenant, place (`table.column`) and row."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = self._keys[self._newest].encrypt(nonce, text.encode("utf-8"), _bound_to(tenant, place, row))
        return VERSION + self._newest + nonce + cipher

    def unseal(self, sealed: bytes | memoryview, *, tenant: object, place: str, row: object) -> str:
        """The text again. Raises KeyLostError, or UnsealError for a value that was altered or belongs elsewhere."""
        key_id, nonce, cipher = _parts(sealed)
        key = self._keys.get(key_id)
        if key is None:
            raise KeyLostError(key_id.hex())
        try:
            return key.decrypt(nonce, cipher, _bound_to(tenant, place, row)).decode("utf-8")
        except InvalidTag as error:
            raise UnsealError("the sealed value was altered, or belongs to another tenant or row") from error

    def is_newest(self, sealed: bytes | memoryview) -> bool:
        """Whether the newest key sealed it; if not, a rotation unseals it and seals it again."""
        return _parts(sealed)[0] == self._newest


def seal(text: str, *, tenant: object, place: str, row: object) -> bytes:
    """The text sealed with this installation's newest key, for this tenant, place (`table.column`) and row."""
    return ring().seal(text, tenant=tenant, place=place, row=row)


def unseal(sealed: bytes | memoryview, *, tenant: object, place: str, row: object) -> str:
    """The text again. Raises KeyLostError, or UnsealError for a value that was altered or belongs elsewhere."""
    return ring().unseal(sealed, tenant=tenant, place=place, row=row)


def ring() -> Ring:
    """This installation's ring: POSTSALE_KEYS if set, then SECRET_KEY and its fallbacks."""
    return _ring((*settings.POSTSALE_KEYS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@cache
def _ring(texts: tuple[str, ...]) -> Ring:
    return Ring(texts)


def _derived(text: str, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"postsale sealed " + purpose).derive(text.encode("utf-8"))


def _bound_to(tenant: object, place: str, row: object) -> bytes:
    # JSON keeps the three apart whatever they hold: ("1", "a|b", …) is not ("1|a", "b", …).
    return json.dumps([str(tenant), place, str(row)]).encode("utf-8")


def _parts(sealed: bytes | memoryview) -> tuple[bytes, bytes, bytes]:
    raw = bytes(sealed)
    head = len(VERSION) + ID_BYTES + NONCE_BYTES
    if raw[:1] != VERSION or len(raw) < head + 16:
        raise UnsealError("this is not a sealed value")
    return raw[1 : 1 + ID_BYTES], raw[1 + ID_BYTES : head], raw[head:]
