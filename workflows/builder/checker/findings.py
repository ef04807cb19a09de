"""A finding: something allowed that still looks wrong, in words, with the step where it is."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

type Weight = Literal["warn", "hint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`weight`: warn (it can't be meant like this) or hint (look at it). `others` are workflows it is also about."""

    workflow_id: UUID | None
    words: str
    advice: str
    weight: Weight = "hint"
    step_id: str | None = None
    others: tuple[UUID, ...] = ()
