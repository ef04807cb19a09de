"""What tests of processing share: say events, let the worker decide, read what came of it."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from postsale.events.kinds import Reported
from postsale.events.record import record
from postsale.tenants.scope import tenant
from workflows.definitions import publish, store
from workflows.definitions.models import Workflow
from workflows.runs import process
from workflows.runs.claim import Turn

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
EXAMPLES = Path(__file__).parent.parent / "definitions" / "examples"


def example(name: str, **changed: Any) -> dict[str, Any]:
    """A founding story's document."""
    document: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return document | changed


def publish_document(tenant_id: int, document: dict[str, Any], *, mode: Any = "live", now: datetime = NOW) -> Workflow:
    """Save and publish a document."""
    with tenant(tenant_id):
        workflow = store.save(document, workflow=None, by="owner", now=now)
        return publish.publish(workflow.id, mode=mode, by="owner", now=now)


def say(tenant_id: int, *events: Reported, at: datetime, backfill: bool = False) -> None:
    """Record events as received at `at`."""
    record(tenant_id, events, source="test", now=at, is_backfill=backfill)


def label(
    number: str,
    tracking: str,
    *,
    at: datetime,
    channel: str = "shopify-us",
    email: str = "ann@example.com",
    carrier: str = "ups",
) -> Reported:
    """A label was created for an order."""
    return Reported(
        type="label.created", external_id=f"label-{tracking}", occurred_at=at,
        data={
            "order": {"number": number, "sales_channel": channel, "customer": {"email": email, "first_name": "Ann"}},
            "parcel": {"carrier": carrier, "tracking_number": tracking},
        },
    )  # fmt: skip


def scan(tracking: str, status: str, *, at: datetime, carrier: str = "ups", order: str | None = None) -> Reported:
    """The carrier speaks of a parcel."""
    data: dict[str, Any] = {
        "parcel": {"carrier": carrier, "tracking_number": tracking, "status": status, "occurred_at": at.isoformat()}
    }
    if order:
        data["order"] = {"number": order, "sales_channel": "shopify-us"}
    return Reported(
        type="tracking.updated", external_id=f"{tracking}-{status}-{at.isoformat()}", occurred_at=at, data=data
    )


def decide(tenant_id: int, *, until: datetime) -> int:
    """Let a worker decide all there is up to `until`, batch by batch, under a virtual clock."""
    total = 0
    while True:
        turn = take_lane(tenant_id)
        done = process.process_lane(turn, until=until, limit=turn.limit)
        total += done
        if not done:
            return total


def take_lane(tenant_id: int) -> Turn:
    """Claim a tenant's lane whether or not something is due."""
    return process.take_lane(tenant_id)


def rows(tenant_id: int, model: Any, **filters: Any) -> list[Any]:
    """A model's rows of one tenant."""
    with tenant(tenant_id):
        return list(model.objects.filter(tenant_id=tenant_id, **filters).order_by("pk"))


def hours(n: float) -> timedelta:
    """A span."""
    return timedelta(hours=n)


def spread(events: Iterable[Reported], tenant_id: int, *, start: datetime) -> None:
    """Say events one second apart."""
    for n, event in enumerate(events):
        say(tenant_id, event, at=start + timedelta(seconds=n))
