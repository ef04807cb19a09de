"""EasyPost: signed `Event` objects around a `Tracker`, whole history each time (INTEGRATIONS.md sections 2 and 3)."""

import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from postsale.events.kinds import Reported
from postsale.integrations.base import (
    UNMAPPED,
    BadSignature,
    Unreadable,
    hash_id,
    items_of,
    moment,
    moment_text,
    not_understood,
    part,
    read_json,
    report,
    signed_by_one,
    told,
    words,
)
from postsale.integrations.easypost.statuses import canonical, reason

TOLERANCE = timedelta(minutes=5)

_GRAMS_PER_OUNCE = 28.349523125
_TRACKER_EVENTS = frozenset({"tracker.created", "tracker.updated"})


class EasyPost:
    """Trackers of EasyPost. Sources: its client library's `validate_webhook` (v1); five receivers agree on v2."""

    key = "easypost"
    label = "EasyPost"

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], *, path: str, now: datetime
    ) -> None:
        """One of the two signatures must hold. The second also covers a time, at most 5 minutes away, and a path."""
        keys = [unicodedata.normalize("NFKD", secret).encode() for secret in secrets]
        first = headers.get("x-hmac-signature", "")
        if first and signed_by_one(first, body, keys, _written):
            return
        second = headers.get("x-hmac-signature-v2", "")
        if not second:
            raise BadSignature("the signature is wrong" if first else "there is no signature")
        at = headers.get("x-timestamp", "")
        for where in dict.fromkeys((headers.get("x-path") or path, path)):
            if signed_by_one(second, f"{at}POST{where}".encode() + body, keys, _written):
                _check_age(at, now)
                return
        raise BadSignature("the signature is wrong")

    def read(
        self, headers: Mapping[str, str], body: bytes, settings: Mapping[str, object], *, now: datetime
    ) -> list[Reported]:
        """One `tracking.updated` for a tracker's event; other events are kept, not understood."""
        event = read_json(body)
        if not isinstance(event, dict):
            raise Unreadable("the body is not an object")
        type_, tracker = words(event.get("description")), part(event, "result")
        external_id = words(event.get("id")) or hash_id(body)
        said_at = moment(event.get("created_at")) or now
        if type_ not in _TRACKER_EVENTS:
            return [not_understood(type_, event, external_id=external_id, occurred_at=said_at, now=now)]
        number = words(tracker.get("tracking_code"))
        if number is None:
            raise Unreadable("result.tracking_code is missing")
        rows = sorted(_rows(tracker), key=lambda row: str(row["occurred_at"]))
        newest = rows[-1] if rows else {}
        status, is_known = canonical(words(tracker.get("status")), words(tracker.get("status_detail")))
        at = moment(tracker.get("updated_at")) or moment(newest.get("occurred_at")) or said_at
        parcel = told(
            carrier=words(tracker.get("carrier")) or "other",
            tracking_number=number,
            status=status,
            occurred_at=moment_text(at.isoformat()),
            raw_status=words(tracker.get("status")),
            raw_detail=words(tracker.get("status_detail")),
            raw_text=newest.get("raw_text"),
            exception_reason=reason(status, words(tracker.get("status_detail"))),
            eta=moment_text(tracker.get("est_delivery_date")),
            signed_by=words(tracker.get("signed_by")),
            service=words(part(tracker, "carrier_detail").get("service")),
            weight_g=_grams(tracker.get("weight")),
            location=newest.get("location"),
            is_return=tracker.get("is_return") if isinstance(tracker.get("is_return"), bool) else None,
            is_test=True if tracker.get("mode") == "test" else None,
            unmapped=None if is_known else True,
        )
        data: dict[str, object] = {"parcel": parcel}
        if rows:
            data["history"] = rows
        if (tracker_id := words(tracker.get("id"))) is not None:
            data["refs"] = {"parcel": {"tracker": tracker_id}}
        flags = () if is_known else (UNMAPPED,)
        return [report("tracking.updated", data, external_id=external_id, occurred_at=said_at, now=now, flags=flags)]


def _rows(tracker: Mapping[str, object]) -> list[dict[str, object]]:
    """The history, each row with its canonical status; rows without a time say nothing."""
    found = []
    for detail in items_of(tracker.get("tracking_details")):
        at = moment_text(detail.get("datetime"))
        if at is None:
            continue
        where = part(detail, "tracking_location")
        status, _ = canonical(words(detail.get("status")), words(detail.get("status_detail")))
        found.append(
            told(
                status=status,
                occurred_at=at,
                raw_status=words(detail.get("status")),
                raw_detail=words(detail.get("status_detail")),
                raw_text=words(detail.get("message")),
                location=told(
                    city=words(where.get("city")), region=words(where.get("state")), country=words(where.get("country"))
                ),
            )
        )
    return found


def _grams(ounces: object) -> int | None:
    if isinstance(ounces, bool) or not isinstance(ounces, (int, float)) or not 0 <= ounces < 10**7:
        return None
    return round(ounces * _GRAMS_PER_OUNCE)


def _check_age(at: str, now: datetime) -> None:
    signed_at = moment(at)
    if signed_at is None:
        with suppress(ValueError):
            signed_at = parsedate_to_datetime(at)
    if signed_at is None or signed_at.tzinfo is None or abs(now - signed_at) > TOLERANCE:
        raise BadSignature("the timestamp is more than 5 minutes away")


def _written(digest: bytes) -> bytes:
    return b"hmac-sha256-hex=" + digest.hex().encode()
