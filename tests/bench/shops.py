"""The shops that the benchmarks serve: workflows by the thousand, labelled parcels, and what partners send about them."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.db import connection

from postsale.events.kinds import Reported
from postsale.events.record import record
from postsale.integrations import connections
from postsale.tenants.create import create_tenant
from postsale.tenants.ids import new_id
from postsale.tenants.models import Tenant
from postsale.tenants.scope import tenant
from workflows.definitions import publish, store
from workflows.definitions.models import Step, Version, Workflow
from workflows.definitions.tree import head_of, nodes_of

SECRET = "hush, it is a benchmark"
#: One event in so many is an exception, which acts.
ACTING = 10
#: Workflows stored in one transaction.
CHUNK = 500
_names = count(1)

#: Card, status and outbox row, as the founding story has it.
ACTS: Mapping[str, Any] = {
    "format": "postsale.workflow/1",
    "name": "Shipment exception",
    "trigger": {"type": "tracking.status_changed", "to": ["exception"]},
    "once_per": "parcel",
    "steps": [
        {"id": "only_channel", "kind": "condition",
         "if": {"all": [{"field": "order.sales_channel", "op": "is", "value": "shopify-us"}]}},
        {"id": "tell_customer", "kind": "action", "action": "email.customer",
         "with": {"subject": "Your order {{ order.number }}", "body": "The carrier reports a problem with your parcel."}},
        {"id": "set_status", "kind": "action", "action": "order.set_status", "with": {"status": "exception"}},
        {"id": "to_board", "kind": "action", "action": "board.add", "with": {"board": "exceptions"}},
    ],
}  # fmt: skip


@dataclass
class ShopAtWork:
    """A tenant whose limits don't limit; `parcels` are labelled and not yet spoken of."""

    id: int
    api_key: str
    hook: str
    parcels: list[str] = field(default_factory=list)


def open_shop(*, workflows: int) -> ShopAtWork:
    """A tenant with an EasyPost hook and `workflows` live workflows, of which one acts on every exception."""
    now = datetime.now(tz=UTC)
    name = f"bench-{next(_names)}"
    made = create_tenant(name, slug=name, owner=f"{name}@shop.example", password="correct horse battery", now=now)
    with tenant(made.tenant_id):
        limits = {"limits": {"events_per_second": 10_000_000, "burst": 10_000_000}}
        Tenant.objects.filter(id=made.tenant_id).update(settings=limits)
        line = connections.create(made.tenant_id, partner="easypost", name="EasyPost", secret=SECRET, now=now)
    for start in range(1, workflows, CHUNK):
        with tenant(made.tenant_id):
            _others(made.tenant_id, range(start, min(workflows, start + CHUNK)), now=now)
        # A session that has planned its foreign keys' checks on an empty table goes on scanning it as it grows.
        connection.close()
    with tenant(made.tenant_id):
        publish.publish(store.save(dict(ACTS), workflow=None, by=name, now=now).id, mode="live", by=name, now=now)
    return ShopAtWork(id=made.tenant_id, api_key=made.api_key, hook=f"/hooks/{line.token}/")


def label_parcels(shop: ShopAtWork, number: int) -> None:
    """Record the labels of so many new orders; whoever works decides them."""
    now = datetime.now(tz=UTC)
    codes = [f"94{shop.id:06}{next(_names):012}" for _ in range(number)]
    labels = [label(code, at=now) for code in codes]
    for start in range(0, number, 1_000):
        record(shop.id, labels[start : start + 1_000], source="bench", now=now)
    shop.parcels += codes


def label(code: str, *, at: datetime) -> Reported:
    """A label for an order of one parcel."""
    customer = {"email": f"buyer-{code}@example.com", "first_name": "Ann"}
    return Reported(
        type="label.created", external_id=f"label-{code}", occurred_at=at,
        data={
            "order": {"number": code, "sales_channel": "shopify-us", "customer": customer},
            "parcel": {"carrier": "usps", "tracking_number": code},
        },
    )  # fmt: skip


def take(shop: ShopAtWork, number: int) -> Iterator[tuple[str, bool]]:
    """The next parcels, and whether each is in trouble."""
    codes, shop.parcels = shop.parcels[:number], shop.parcels[number:]
    return ((code, n % ACTING == 0) for n, code in enumerate(codes))


def hooks(shop: ShopAtWork, number: int) -> list[bytes]:
    """Signed EasyPost webhooks, each about another parcel, as HTTP requests."""
    now = datetime.now(tz=UTC).isoformat()
    requests = []
    for code, is_bad in take(shop, number):
        body = json.dumps({
            "id": f"evt_{code}", "object": "Event", "description": "tracker.updated", "mode": "production",
            "created_at": now,
            "result": {
                "id": f"trk_{code}", "object": "Tracker", "tracking_code": code, "carrier": "USPS",
                "status": "failure" if is_bad else "in_transit", "status_detail": "unknown", "updated_at": now,
                "tracking_details": [{
                    "object": "TrackingDetail", "message": "Seen on its way", "status": "in_transit",
                    "status_detail": "departed_facility", "datetime": now,
                    "tracking_location": {"city": "Austin", "state": "TX", "country": "US"},
                }],
            },
        }).encode()  # fmt: skip
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        requests.append(_post(shop.hook, body, f"x-hmac-signature: hmac-sha256-hex={signature}"))
    return requests


def envelopes(shop: ShopAtWork, number: int, *, size: int) -> list[bytes]:
    """The same news as requests of the bulk API, `size` events each."""
    now = datetime.now(tz=UTC).isoformat()
    events = [
        {
            "specversion": "1.0", "id": f"evt_{code}", "source": "bench", "type": "tracking.updated", "time": now,
            "data": {"parcel": {
                "carrier": "usps", "tracking_number": code, "status": "exception" if is_bad else "in_transit",
                "occurred_at": now, "raw_text": "Seen on its way",
                "location": {"city": "Austin", "region": "TX", "country": "US"},
            }},
        }
        for code, is_bad in take(shop, number)
    ]  # fmt: skip
    bodies = (json.dumps(events[start : start + size]).encode() for start in range(0, number, size))
    return [_post("/api/v1/events/", body, f"authorization: Bearer {shop.api_key}") for body in bodies]


def _post(path: str, body: bytes, header: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{header}\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def _others(tenant_id: int, numbers: range, *, now: datetime) -> None:
    """Workflows that are asked about every event or every exception, and never act."""
    made: list[tuple[Workflow, Version, Sequence[Step]]] = []
    for n in numbers:
        document = _other(n)
        workflow = Workflow(
            id=new_id(), tenant_id=tenant_id, name=document["name"], state="live", published=1, live_since=now,
            created_at=now, updated_at=now,
        )  # fmt: skip
        version = Version(
            id=new_id(), tenant_id=tenant_id, workflow_id=workflow.id, number=1, state="published",
            head=head_of(document), created_at=now, published_at=now, published_by="bench",
        )  # fmt: skip
        steps = [
            Step(
                id=node.id, tenant_id=tenant_id, version_id=version.id, parent_id=node.parent, kind=node.kind,
                slot=node.slot, position=node.position, key=node.key, config=node.config,
            )
            for node in nodes_of(document, new_id)
        ]  # fmt: skip
        made.append((workflow, version, steps))
    Workflow.objects.bulk_create([workflow for workflow, _, _ in made])
    Version.objects.bulk_create([version for _, version, _ in made])
    Step.objects.bulk_create([step for _, _, steps in made for step in steps])


def _other(n: int) -> dict[str, Any]:
    trigger: dict[str, Any] = {"type": "tracking.status_changed"}
    return {
        "format": "postsale.workflow/1",
        "name": f"Other {n}",
        "trigger": trigger if n % 2 else {**trigger, "to": ["exception"]},
        "once_per": "parcel",
        "steps": [
            {"id": "only", "kind": "condition", "if": {"all": [
                {"field": "order.sales_channel", "op": "is", "value": f"channel-{n % 50}"},
                {"field": "parcel.carrier", "op": "in", "value": ["usps", f"carrier-{n % 20}"]},
                {"field": "parcel.attempts", "op": "gt" if n % 3 else "lt", "value": n % 10},
            ]}},
            {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": f"other-{n % 100}"}},
        ],
    }  # fmt: skip
