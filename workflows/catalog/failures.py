"""A run that failed, as it is handed to the writer that tells people of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

#: The writer's key.
FAILURES = "failures"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed:
    """Which run of which workflow failed when and why (in words), about which order."""

    run_id: UUID
    workflow_id: UUID
    workflow: str
    order_id: UUID | None
    shipment_id: UUID | None
    number: str
    reason: str
    at: datetime
