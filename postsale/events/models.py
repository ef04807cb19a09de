"""The event log: append-only and partitioned by month, with its small key table and the narrow inbox beside it."""

from typing import ClassVar

from django.db import models

from postsale.tenants.ids import new_id
from postsale.tenants.ownership import Log, TenantOwned


class Event(TenantOwned, Log):
    """One thing that happened. Reported by the outside, or (source "postsale") a change by a person or a workflow.

    `data` is the canonical body (contract/semantics.md), `raw` the bytes a partner sent. `lineage` is
    {"root", "depth", "chain": [workflow ids]} for what a workflow did; `actor` {"kind", "name"} for edits.
    """

    type = models.CharField(max_length=60)
    source = models.CharField(max_length=200)
    external_id = models.CharField(max_length=300)
    connection_id = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    is_backfill = models.BooleanField(default=False)
    data = models.JSONField(default=dict)
    flags = models.JSONField(default=list)
    actor = models.JSONField(null=True)
    lineage = models.JSONField(null=True)
    raw = models.BinaryField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant_id", "received_at", "id"], name="event_replay")]

    def __str__(self) -> str:
        return f"{self.type} {self.external_id}"


class EventSubject(Log):
    """Which order or parcel an event is about; insert-only, so that the log itself is never updated."""

    pk = models.CompositePrimaryKey("tenant_id", "subject_id", "event_id")
    tenant_id = models.BigIntegerField()
    subject_id = models.UUIDField()
    event_id = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.event_id} about {self.subject_id}"


class EventKey(models.Model):
    """An event is accepted once for ever: SHA-256 of (source, external id), cut to 16 bytes; `body` tells a changed
    repeat."""

    pk = models.CompositePrimaryKey("tenant_id", "digest")
    tenant_id = models.BigIntegerField()
    digest = models.UUIDField()
    event_id = models.UUIDField()
    body = models.UUIDField()

    def __str__(self) -> str:
        return str(self.digest)


class Inbox(models.Model):
    """Events that are not decided yet, in order of arrival: ids and times only, and therefore without a wall.

    `tenant` and not `tenant_id`: workers claim across tenants before they enter one.
    """

    seq = models.BigAutoField(primary_key=True)
    tenant = models.BigIntegerField()
    event_id = models.UUIDField()
    received_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant", "seq"], name="inbox_lane")]

    def __str__(self) -> str:
        return f"{self.tenant}:{self.seq}"


class Lane(models.Model):
    """A tenant's place in the queue: who works on it (token, lease), what went wrong, whose turn it is.

    `attempts` counts claims that did not end well; after a crash, up to `suspect` fewer and fewer events are taken at a
    time, so that the one that kills its worker is found and set aside. `clock` is the logical time decided up to.
    While `is_held` (the shop is suspended) nothing is decided and nothing leaves.
    """

    tenant = models.BigIntegerField(primary_key=True)
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    suspect = models.BigIntegerField(default=0)
    served_at = models.DateTimeField()
    clock = models.DateTimeField(null=True)
    is_held = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant"], name="lane_held", condition=models.Q(is_held=True))]

    def __str__(self) -> str:
        return f"lane {self.tenant}"


class Deadline(models.Model):
    """Something that waits for a moment (`due_at`) or for its subject to change: ids and times only.

    `kind` says who is woken, `target` which row of theirs: "run", "case" (a card), "rule" (a subject that a board's rule may
    come to hold for), "feed" (a connection), "clock" (a schedule's tick) and "sweep" (a board that looks at all orders);
    of these two, which walk through all orders, the order and parcel say how far they are.
    """

    pk = models.CompositePrimaryKey("kind", "target")
    kind = models.CharField(max_length=8)
    target = models.UUIDField(default=new_id)
    tenant = models.BigIntegerField()
    due_at = models.DateTimeField(null=True)
    order_id = models.UUIDField(null=True)
    shipment_id = models.UUIDField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="deadline_due"),
            models.Index(fields=["tenant", "due_at"], name="deadline_lane"),
            models.Index(fields=["tenant", "order_id"], name="deadline_order"),
            models.Index(fields=["tenant", "shipment_id"], name="deadline_shipment"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"


class Quarantine(TenantOwned):
    """What came in rightly signed and could not be read, or could not be decided; kept whole, to be replayed."""

    received_at = models.DateTimeField()
    connection_id = models.UUIDField(null=True)
    event_id = models.UUIDField(null=True)
    reason = models.TextField()
    headers = models.JSONField(default=dict)
    raw = models.BinaryField(null=True)
    state = models.CharField(max_length=12, default="open")
    replayed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant_id", "-received_at"], name="quarantine_newest")]

    def __str__(self) -> str:
        return self.reason
