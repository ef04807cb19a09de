"""Ids carry their moment: UUIDv7, so that rows sort by birth and monthly partitions are ranges of ids."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from itertools import count
from uuid import UUID

import uuid_utils

_virtual: ContextVar[Iterator[UUID] | None] = ContextVar("postsale_virtual_ids", default=None)


def new_id() -> UUID:
    """A fresh UUIDv7, increasing within one process."""
    virtual = _virtual.get()
    return UUID(int=uuid_utils.uuid7().int) if virtual is None else next(virtual)


@contextmanager
def born_at_once(at: datetime) -> Iterator[None]:
    """Inside, new ids are born at `at` (aware), still increasing: for who drives a virtual clock."""
    token = _virtual.set(_ids_of(at))
    try:
        yield
    finally:
        _virtual.reset(token)


def _ids_of(at: datetime) -> Iterator[UUID]:
    millis = max(0, int(at.timestamp() * 1000))
    for n in count():
        rest = n << 48 | int.from_bytes(os.urandom(6))
        yield UUID(int=millis << 80 | 0x7 << 76 | rest >> 62 << 64 | 0b10 << 62 | rest & ((1 << 62) - 1))


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
