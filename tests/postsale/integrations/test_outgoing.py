"""Our signatures, judged by the receivers' own library."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from postsale.integrations.outgoing import new_secret, problem_with_secret, sign

BODY = '{"type":"order.delivered","note":"Grüße"}'.encode()
OLD, NEW, STRANGER = ("whsec_" + base64.b64encode(bytes([n]) * 24).decode() for n in (1, 2, 3))


def test_a_receiver_verifies_our_signature() -> None:
    secret = new_secret()

    headers = sign(secret, message_id="msg_1", at=datetime.now(UTC), body=BODY)

    assert Webhook(secret).verify(BODY, headers) == {"type": "order.delivered", "note": "Grüße"}


@pytest.mark.parametrize("theirs", [OLD, NEW])
def test_during_a_rotation_either_secret_verifies(theirs: str) -> None:
    headers = sign([NEW, OLD], message_id="msg_1", at=datetime.now(UTC), body=BODY)

    assert len(headers["webhook-signature"].split(" ")) == 2
    assert Webhook(theirs).verify(BODY, headers) is not None


@pytest.mark.parametrize(
    ("secret", "body", "late"),
    [(STRANGER, BODY, timedelta()), (NEW, BODY + b" ", timedelta()), (NEW, BODY, timedelta(minutes=6))],
    ids=["another secret", "another body", "an old attempt"],
)
def test_what_is_not_ours_does_not_verify(secret: str, body: bytes, late: timedelta) -> None:
    headers = sign([NEW, OLD], message_id="msg_1", at=datetime.now(UTC) - late, body=BODY)

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


def test_a_retry_keeps_its_id_and_gets_a_new_time() -> None:
    first = sign(NEW, message_id="msg_1", at=datetime(2026, 11, 23, 10, 0, tzinfo=UTC), body=BODY)
    second = sign(NEW, message_id="msg_1", at=datetime(2026, 11, 23, 10, 5, 0, 999_999, tzinfo=UTC), body=BODY)

    assert first["webhook-id"] == second["webhook-id"] == "msg_1"
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 300
    assert first["webhook-signature"] != second["webhook-signature"]


def test_the_zone_of_the_time_does_not_matter() -> None:
    there = datetime(2026, 11, 23, 11, 0, tzinfo=timezone(timedelta(hours=1)))

    assert sign(NEW, message_id="m", at=there, body=BODY) == sign(
        NEW, message_id="m", at=there.astimezone(UTC), body=BODY
    )


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_é", "abcde"])
def test_a_secret_that_no_library_reads_is_a_problem(secret: str) -> None:
    assert problem_with_secret(secret) == "expected a secret of the form whsec_ and base64, as the receiver has it"


@pytest.mark.parametrize("secrets", ["", [], [NEW, ""]])
def test_s14_without_a_good_secret_nothing_is_signed_and_nothing_is_told(secrets: str | list[str]) -> None:
    with pytest.raises(ValueError, match=r"^expected at least one secret of the form whsec_ and base64$"):
        sign(secrets, message_id="msg_1", at=datetime.now(UTC), body=BODY)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        sign(NEW, message_id="msg_1", at=datetime(2026, 11, 23), body=BODY)  # noqa: DTZ001 - the mistake under test


def test_secrets_are_never_the_same_twice() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
