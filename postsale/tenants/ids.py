"""Ids carry their moment: UUIDv7, so that rows sort by birth and monthly partitions are ranges of ids."""

import os
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A fresh UUIDv7, increasing within one process."""
    return UUID(int=uuid_utils.uuid7().int)


def id_at(at: datetime) -> UUID:
    """A UUIDv7 born at `at` (aware): for rows that are recorded as if they had come then."""
    millis = max(0, int(at.timestamp() * 1000))
    random = int.from_bytes(os.urandom(10))
    return UUID(
        int=(millis << 80) | (0x7 << 76) | ((random >> 66) & 0xFFF) << 64 | (0b10 << 62) | (random & ((1 << 62) - 1))
    )


def first_id_of(at: datetime) -> UUID:
    """The smallest UUIDv7 that `at` (aware) could have: the bound of a partition or of a time filter."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


def born_at(uuid: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond, in UTC."""
    return datetime.fromtimestamp((uuid.int >> 80) / 1000, tz=UTC)
