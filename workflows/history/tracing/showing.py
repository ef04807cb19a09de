"""What the page of a trace shows beside its steps: its title, and the data of the event that set it off."""

import json
from typing import Any

from workflows.history.tracing.reading import Trace
from workflows.history.words import sentence_case

LONGEST = 20_000


def title_of(trace: Trace) -> str:
    """Such as "Late carrier handoff, order 10244"."""
    name = trace.workflow.name
    if trace.order is not None:
        return f"{name}, order {trace.order.number}"
    return f"{name}, parcel {trace.parcel.tracking_number}" if trace.parcel is not None else name


def about_of(trace: Trace) -> str:
    """What the run is about: "Order 10244, sales channel shopify-us; parcel 1Z84 with ups."."""
    order, parcel = trace.order, trace.parcel
    said = [f"order {order.number}, sales channel {order.sales_channel}"] if order is not None else []
    said += [f"parcel {parcel.tracking_number} with {parcel.carrier}"] if parcel is not None else []
    return sentence_case("; ".join(said) or "no order or parcel of its own") + "."


def event_data(trace: Trace) -> str:
    """The event as it is recorded, readable; "" when it is gone."""
    event = trace.event
    if event is None:
        return ""
    said: dict[str, Any] = {
        "type": event.type, "source": event.source, "id": event.external_id, "occurred_at": event.occurred_at.isoformat(),
        "received_at": event.received_at.isoformat(), "data": event.data,
    }  # fmt: skip
    return json.dumps(said, indent=2, ensure_ascii=False)[:LONGEST]
