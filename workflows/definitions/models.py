"""Workflows as rows: Workflow → immutable Version → Step tree; the document of contract/workflow.md is made from
them."""

from typing import ClassVar

from django.db import models
from django.utils.timezone import now as clock

from postsale.tenants.ownership import TenantOwned


class Workflow(TenantOwned):
    """A workflow and which of its versions is the draft and which decides. `live_since`: only later events count."""

    name = models.CharField(max_length=120)
    state = models.CharField(max_length=12, default="draft")
    draft = models.IntegerField(null=True)
    published = models.IntegerField(null=True)
    live_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock)
    updated_at = models.DateTimeField(default=clock)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant_id", "id"], name="workflow_of_tenant")]
        indexes: ClassVar = [models.Index(fields=["tenant_id", "state"], name="workflow_state")]

    def __str__(self) -> str:
        return self.name


class Version(TenantOwned):
    """One numbered state of a workflow: draft, published or retired. Published and retired ones never change.

    `head` holds what the document says outside its steps: name, description, once_per, cooldown (only what it said).
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, db_constraint=False, related_name="versions")
    number = models.IntegerField()
    state = models.CharField(max_length=12)
    head = models.JSONField()
    sentence = models.TextField(blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock)
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "workflow", "number"], name="version_number"),
            models.UniqueConstraint(fields=["tenant_id", "id"], name="version_of_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow_id} v{self.number}"


class Step(TenantOwned):
    """A node of a version's tree. `kind`: trigger, condition, branch, path, wait, action, group, leaf.

    `slot` is the list of the parent it stands in (steps, else, otherwise, paths, if, guard, until, of) and `position` its place there;
    `key` the step id of the document; `config` what the document says at this node, without the nodes below it.
    """

    version = models.ForeignKey(Version, on_delete=models.CASCADE, db_constraint=False, related_name="steps")
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, db_constraint=False, related_name="children"
    )
    kind = models.CharField(max_length=12)
    slot = models.CharField(max_length=12)
    position = models.IntegerField()
    key = models.CharField(max_length=40, blank=True)
    config = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant_id", "id"], name="step_of_tenant")]
        indexes: ClassVar = [models.Index(fields=["tenant_id", "version"], name="step_version")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Ruleset(models.Model):
    """The number of a tenant's published set: grows with every publish, pause, archive; workers compare and reload."""

    tenant_id = models.BigIntegerField(primary_key=True)
    revision = models.IntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.tenant_id} at {self.revision}"
