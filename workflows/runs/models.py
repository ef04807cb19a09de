"""Runs, their steps, what keeps them single, and the messages that leave."""

from typing import ClassVar

from django.db import models

from postsale.tenants.ownership import Log, TenantOwned


class Run(TenantOwned, Log):
    """One executing chain, pinned to its version. `event` is {"type", "from", "to", "source", …}, `machine` the
    engine's state."""

    workflow_id = models.UUIDField()
    version_id = models.UUIDField()
    version = models.IntegerField()
    order_id = models.UUIDField(null=True)
    shipment_id = models.UUIDField(null=True)
    event_id = models.UUIDField(null=True)
    event = models.JSONField(default=dict)
    is_watch = models.BooleanField(default=False)
    state = models.CharField(max_length=12)
    machine = models.JSONField(default=dict)
    subject = models.CharField(max_length=120)
    nth = models.IntegerField(default=0)
    reason = models.TextField(blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-id"], name="run_newest"),
            models.Index(fields=["tenant_id", "workflow_id", "-id"], name="run_workflow"),
            models.Index(fields=["tenant_id", "order_id", "-id"], name="run_order"),
            models.Index(fields=["tenant_id", "shipment_id", "-id"], name="run_shipment"),
            models.Index(fields=["tenant_id", "state", "-id"], name="run_state"),
            models.Index(
                fields=["tenant_id", "wake_at", "id"],
                include=["workflow_id"],
                name="run_waiting",
                condition=models.Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.id}"


class StepRun(Log):
    """What one step of one run did; the key is what makes an action happen exactly once."""

    pk = models.CompositePrimaryKey("run_id", "step")
    tenant_id = models.BigIntegerField()
    run_id = models.UUIDField()
    step = models.CharField(max_length=40)
    position = models.IntegerField()
    kind = models.CharField(max_length=12)
    state = models.CharField(max_length=12)
    at = models.DateTimeField()
    attempts = models.IntegerField(default=1)
    verdict = models.JSONField(null=True)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.step} of {self.run_id}"


class RunKey(models.Model):
    """once_per and cooldown as a constraint: the nth run of a workflow for one subject can be inserted once.

    `fired_at` is None while a patient run holds the place; a place whose run never fired is given back.
    """

    pk = models.CompositePrimaryKey("tenant_id", "subject", "workflow_id", "is_watch", "nth")
    tenant_id = models.BigIntegerField()
    workflow_id = models.UUIDField()
    is_watch = models.BooleanField()
    subject = models.CharField(max_length=120)
    nth = models.IntegerField()
    run_id = models.UUIDField()
    fired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.workflow_id} for {self.subject}"


class Outbox(TenantOwned, Log):
    """A message to the outside, or to a member: written in the transaction that decided it, sent later, kept with its
    fate.

    `kind` email, notification or webhook; `content` what is sent (email: text, html?, reply_to?; webhook: url, headers, body, secret_ref?);
    `guard` a condition in document form that must still hold, `event` the run's event facts for it. `letter` is the
    e-mail as it left, `answers` what the attempts at a web call came to, oldest first: both as `workflows.runs.kept` says.
    """

    kind = models.CharField(max_length=16)
    is_customer = models.BooleanField(default=False)
    to = models.CharField(max_length=400)
    subject = models.CharField(max_length=300, blank=True)
    content = models.JSONField(default=dict)
    status = models.CharField(max_length=12, default="queued")
    reason = models.TextField(blank=True)
    attempts = models.IntegerField(default=0)
    run_id = models.UUIDField(null=True)
    step = models.CharField(max_length=40, blank=True)
    order_id = models.UUIDField(null=True)
    shipment_id = models.UUIDField(null=True)
    guard = models.JSONField(null=True)
    event = models.JSONField(default=dict)
    letter = models.JSONField(null=True)
    answers = models.JSONField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-id"], name="outbox_newest"),
            models.Index(fields=["tenant_id", "status", "-id"], name="outbox_status"),
            models.Index(fields=["tenant_id", "order_id", "-id"], name="outbox_order"),
            models.Index(fields=["tenant_id", "run_id"], name="outbox_run"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"


class Dispatch(models.Model):
    """The outbox's queue: ids and times only, claimed across tenants with lease and token; gone when sent or dead."""

    outbox_id = models.UUIDField(primary_key=True)
    tenant = models.BigIntegerField()
    kind = models.CharField(max_length=16)
    next_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    token = models.UUIDField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["next_at"], name="dispatch_next")]

    def __str__(self) -> str:
        return f"{self.kind} {self.outbox_id}"


class Notification(TenantOwned):
    """An in-app message to one member, about an order's run or about a workflow."""

    member_id = models.UUIDField()
    subject = models.CharField(max_length=300)
    body = models.TextField()
    order_id = models.UUIDField(null=True)
    run_id = models.UUIDField(null=True)
    workflow_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "member_id", "-created_at"], name="notification_newest"),
            models.Index(
                fields=["tenant_id", "member_id"], name="notification_unread", condition=models.Q(read_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class Occasion(models.Model):
    """How often, on one day (in the tenant's zone), something happened that a workflow may be triggered by."""

    pk = models.CompositePrimaryKey("tenant_id", "day", "type", "came_from", "came_to")
    tenant_id = models.BigIntegerField()
    day = models.DateField()
    type = models.CharField(max_length=60)
    came_from = models.CharField(max_length=255, blank=True)
    came_to = models.CharField(max_length=255, blank=True)
    count = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.type} {self.day}: {self.count}"


class Figure(models.Model):
    """How many runs of one workflow acted (or would have, in watch mode) or failed on one day (in the tenant's zone)."""

    pk = models.CompositePrimaryKey("tenant_id", "workflow_id", "day")
    tenant_id = models.BigIntegerField()
    day = models.DateField()
    workflow_id = models.UUIDField()
    acted = models.BigIntegerField(default=0)
    watched = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.workflow_id} {self.day}: {self.acted}"
