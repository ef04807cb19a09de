"""The signature of what we send: Standard Webhooks, with one signature for each secret in force during a rotation.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import secrets as randomness
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError


def new_secret() -> str:
    """A fresh secret of 256 bits in the form that receivers' libraries expect (`whsec_…`)."""
    return "whsec_" + base64.b64encode(randomness.token_bytes(32)).decode("ascii")


def problem_with_secret(secret: str) -> str | None:
    """What is wrong with a secret, in words that don't repeat it; None when receivers can verify with it."""
    try:
        Webhook(secret)
    except (EmptyWebhookSecretError, binascii.Error, ValueError):
        return "expected a secret of the form whsec_ and base64, as the receiver has it"
    return None


def sign(secrets: str | Sequence[str], *, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of one attempt: `message_id` stays the same over retries, `at` (aware) is the attempt's time.

    Several secrets, newest first, give several signatures, so a receiver may know either. Raises ValueError for a
    secret that is none, a naive time or a body that is not UTF-8.
    """
    if at.tzinfo is None:
        raise ValueError("the time of an attempt needs a zone")
    in_force = [secrets] if isinstance(secrets, str) else list(secrets)
    if not in_force or any(problem_with_secret(secret) for secret in in_force):
        raise ValueError("expected at least one secret of the form whsec_ and base64")
    moment, text = at.astimezone(UTC), body.decode("utf-8")
    signatures = [Webhook(secret).sign(message_id, moment, text) for secret in in_force]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
