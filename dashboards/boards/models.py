"""Boards and their cards (cases): at most one a board and subject, each with the reason it is there."""

from typing import ClassVar

from django.db import models
from django.utils.timezone import now as clock

from postsale.tenants.ownership import TenantOwned


class Board(TenantOwned):
    """A live list of orders. `rule` (a condition) fills it by itself; without one, workflows place cards.

    `settings`: {"sla_hours": within how many hours of opening a card should be resolved, "escalate_after": the
    duration after which an open card goes one severity up}. An archived board is only hidden.
    """

    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    rule = models.JSONField(null=True)
    position = models.IntegerField(default=0)
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "slug"], name="board_slug"),
            models.UniqueConstraint(fields=["tenant_id", "id"], name="board_of_tenant"),
        ]

    def __str__(self) -> str:
        return self.name


class Case(TenantOwned):
    """A card. `subject` is its parcel or else its order; a repeat folds into it, a cleared one reopens with its memory.

    `keep` is the condition (document form) under which it stays; None: until a person resolves it.
    `event` are the run's event facts for it. A card that sleeps until its carrier moves wakes with the first scan after
    `scan_after`, at `snoozed_until` at the latest.
    """

    board = models.ForeignKey(Board, on_delete=models.CASCADE, db_constraint=False, related_name="cases")
    subject = models.UUIDField()
    order_id = models.UUIDField(null=True)
    shipment_id = models.UUIDField(null=True)
    state = models.CharField(max_length=12, default="open")
    severity = models.CharField(max_length=12, default="warning")
    reason = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    count = models.IntegerField(default=1)
    assignee = models.CharField(max_length=254, null=True)  # noqa: DJ001 -- nobody is not ""
    snoozed_until = models.DateTimeField(null=True)
    scan_after = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.JSONField(null=True)
    keep = models.JSONField(null=True)
    event = models.JSONField(default=dict)
    run_id = models.UUIDField(null=True)
    workflow_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "board", "subject"], name="case_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "board", "state", "-last_seen_at"], name="case_board"),
            models.Index(fields=["tenant_id", "order_id"], name="case_order"),
            models.Index(fields=["tenant_id", "shipment_id"], name="case_shipment"),
            models.Index(fields=["tenant_id", "-opened_at"], name="case_opened"),
            models.Index(fields=["tenant_id", "-resolved_at"], name="case_resolved"),
        ]

    def __str__(self) -> str:
        return self.reason


class CaseEntry(TenantOwned):
    """What happened to a card: opened, repeated, cleared, reopened, assigned, snoozed, resolved; by whom, in words."""

    case_id = models.UUIDField()
    order_id = models.UUIDField(null=True)
    shipment_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    what = models.CharField(max_length=20)
    by = models.JSONField(null=True)
    words = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "order_id", "-at"], name="caseentry_order"),
            models.Index(fields=["tenant_id", "case_id", "-at"], name="caseentry_case"),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.words}"


class BoardView(TenantOwned):
    """A way of looking at a board that somebody named: its filters and order as a query string.

    `member_id` None: shared with everybody. The one that `opens_first` is what the board shows when nothing is asked; a
    person's own goes before a shared one.
    """

    board = models.ForeignKey(Board, on_delete=models.CASCADE, db_constraint=False, related_name="views")
    member_id = models.UUIDField(null=True)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=600)
    opens_first = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant_id", "board"], name="boardview_board")]

    def __str__(self) -> str:
        return self.name
