"""Standard Webhooks 1.0 signatures, verified over the raw bytes, whatever the sender put there instead."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from postsale.integrations.base import BadSignature, signed_by_one

TOLERANCE = timedelta(minutes=5)

_PREFIX = "whsec_"
_MAX_SIGNATURES = 50


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], *, now: datetime) -> None:
    """Raise BadSignature unless one `v1` signature is right and its time at most 5 minutes away.

    Source: the specification of Standard Webhooks. Its libraries read a secret as base64 after `whsec_`; a secret that
    isn't base64 counts as it stands.
    """
    id_, at, found = (headers.get(f"webhook-{name}", "").strip() for name in ("id", "timestamp", "signature"))
    if not id_ or not at or not found:
        raise BadSignature("webhook-id, webhook-timestamp or webhook-signature is missing")
    if not (at.isascii() and at.isdigit() and len(at) <= 11):
        raise BadSignature("webhook-timestamp is not a number of seconds")
    if abs(now - datetime.fromtimestamp(int(at), UTC)) > TOLERANCE:
        raise BadSignature("the timestamp is more than 5 minutes away")
    signatures = [word.partition(",") for word in found.split()]
    given = [value for version, _, value in signatures if version == "v1" and value][:_MAX_SIGNATURES]
    message = f"{id_}.{at}.".encode() + body
    keys = [key for secret in secrets for key in keys_of(secret)]
    if not any(signed_by_one(one, message, keys, base64.b64encode) for one in given):
        raise BadSignature("the signature is wrong")


def keys_of(secret: str) -> list[bytes]:
    """The keys that a sender may have made of a secret: its base64 content, read as strictly or as loosely as libraries
    do (but never one that loses most of the secret), and its own bytes."""
    bare = secret.removeprefix(_PREFIX)
    keys = [secret.encode(), bare.encode()]
    try:
        decoded = base64.b64decode(bare)
    except (binascii.Error, ValueError):
        decoded = b""
    if decoded and len(decoded) * 2 >= len(bare):
        keys.insert(0, decoded)
    return [key for key in dict.fromkeys(keys) if key]
