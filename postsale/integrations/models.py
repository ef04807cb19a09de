"""A connection: one partner account of one tenant, with its secret sealed and its own unguessable address."""

from typing import ClassVar

from django.db import models
from django.utils.timezone import now as clock

from postsale.tenants.ownership import TenantOwned


class Connection(TenantOwned):
    """`secret` is sealed; the former one, `old_secret`, is accepted until `grace_until`. `recent` are the last calls of
    its hook, newest first (`postsale.intake.notes` says which)."""

    partner = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=12, default="active")
    token = models.CharField(max_length=64)
    secret = models.BinaryField()
    old_secret = models.BinaryField(null=True)
    grace_until = models.DateTimeField(null=True)
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock)
    last_event_at = models.DateTimeField(null=True)
    refused = models.IntegerField(default=0)
    recent = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant_id", "id"], name="connection_of_tenant")]

    def __str__(self) -> str:
        return self.name
