"""What the builder keeps: a working copy a workflow, who did what to it, and reviews by a second person."""

from typing import ClassVar

from django.db import models
from django.utils.timezone import now as clock

from postsale.tenants.ownership import TenantOwned
from workflows.definitions.models import Workflow


class Draft(TenantOwned):
    """The working copy of a workflow in the builder; unlike a Version it may be unfinished. One a workflow.

    `rev` grows with every change, whoever made it; `seen` is the newest version that the copy is in step with: when
    the workflow has a newer one, somebody wrote it elsewhere (the API, a restored version) and the copy follows. From
    revision `alone_from` on, nobody but `edited_by` changed it.
    """

    workflow = models.ForeignKey(
        Workflow, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="working_copies"
    )
    document = models.JSONField()
    rev = models.IntegerField(default=1)
    seen = models.UUIDField(null=True)
    edited_by = models.CharField(max_length=254, blank=True)
    alone_from = models.IntegerField(default=1)
    edited_at = models.DateTimeField(default=clock)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "workflow"], name="draft_of_workflow"),
            models.UniqueConstraint(fields=["tenant_id", "id"], name="draft_of_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow_id} at {self.rev}"


class DraftOperation(TenantOwned):
    """One change of a working copy, with the change that takes it back. `standing`: done, undone, or void (for good)."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, db_constraint=False, related_name="operations")
    member_id = models.UUIDField()
    rev = models.IntegerField()
    said = models.JSONField()
    back = models.JSONField()
    words = models.CharField(max_length=200)
    standing = models.CharField(max_length=8, default="done")
    by = models.CharField(max_length=254, blank=True)
    at = models.DateTimeField(default=clock)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant_id", "id"], name="draft_operation_of_tenant")]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "draft", "member_id", "-rev"], name="draft_operation_of_member")
        ]

    def __str__(self) -> str:
        return self.words


class Review(TenantOwned):
    """Somebody asked that another looks before version `version_id` goes live; at most one a workflow waits.

    It is about the working copy's revision `rev`: any change after it takes the request back. `state`: asked, approved,
    declined, withdrawn; `words` say why it was declined or withdrawn. `moves_waiting`: waiting runs go on with it.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, db_constraint=False, related_name="reviews")
    version_id = models.UUIDField()
    rev = models.IntegerField()
    note = models.TextField(blank=True)
    moves_waiting = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="asked")
    asked_by = models.CharField(max_length=254)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=254, blank=True)
    decided_at = models.DateTimeField(null=True)
    words = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "id"], name="review_of_tenant"),
            models.UniqueConstraint(
                fields=["tenant_id", "workflow"], name="review_one_waits", condition=models.Q(state="asked")
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "version_id"], name="review_version"),
            models.Index(fields=["tenant_id"], name="review_waits", condition=models.Q(state="asked")),
        ]

    def __str__(self) -> str:
        return f"review of {self.workflow_id}: {self.state}"
