"""The shared sample payloads, where they lie beside the checkout: read as their manifests expect."""

import json
from pathlib import Path
from typing import Any

import pytest

from postsale.integrations.registry import PARTNERS
from tests.postsale.integrations.test_generic import NOW

FOLDER = Path(__file__).parents[3] / ".." / "shared" / "payloads"
SAMPLES = [
    (key, entry)
    for key in PARTNERS
    if (FOLDER / key / "manifest.json").exists()
    for entry in json.loads((FOLDER / key / "manifest.json").read_text())
]


@pytest.mark.parametrize(("key", "entry"), SAMPLES, ids=[entry["file"] for _, entry in SAMPLES])
def test_a_sample_is_read_as_its_manifest_expects(key: str, entry: dict[str, Any]) -> None:
    headers = {name.lower(): value for name, value in entry["headers"].items()}
    raw = (FOLDER / key / entry["file"]).read_bytes()

    (event,) = PARTNERS[key].read(headers, raw, {}, now=NOW)

    order: Any = event.data.get("order", {})
    parcel: Any = event.data.get("parcel", {})
    refs: Any = event.data.get("refs", {})
    found = {
        "event_id": event.external_id,
        "tracking_number": parcel.get("tracking_number"),
        "tracking_numbers": [parcel.get("tracking_number")],
        "carrier": parcel.get("carrier"),
        "tracking_status": "awaiting_carrier" if event.type == "label.created" else parcel.get("status"),
        "status_detail": parcel.get("raw_detail"),
        "order_ref": order.get("number"),
        "customer_email": order.get("customer", {}).get("email"),
        "financial": order.get("payment_status"),
        "fulfilment": order.get("fulfillment_status", "unfulfilled"),
        "tags": order.get("tags"),
        "cancelled": "cancelled_at" in order,
        "cancel_reason": event.data.get("reason"),
        "order_external_id": int(refs.get("order", {}).get("order", 0)),
        "fulfillment_external_id": int(refs.get("parcel", {}).get("fulfillment", 0)),
    }
    expected = {name: value for name, value in entry["expect"].items() if name in found}
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(("key", "entry"), [(k, e) for k, e in SAMPLES if "official_secret" in e["expect"]])
def test_the_official_signature_holds(key: str, entry: dict[str, Any]) -> None:
    headers = {name.lower(): value for name, value in entry["headers"].items()}
    raw = (FOLDER / key / entry["file"]).read_bytes()

    PARTNERS[key].verify(headers, raw, [entry["expect"]["official_secret"]], path="/", now=NOW)
