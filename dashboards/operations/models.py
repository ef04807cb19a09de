"""What staff did on the platform: a log beside the tenants' own, which the application's role can only add to."""

from typing import ClassVar

from django.db import models
from django.utils.timezone import now as clock

from postsale.tenants.ids import new_id


class PlatformEntry(models.Model):
    """One act of staff. `tenant` and not `tenant_id`: it belongs to the platform, and no tenant ever reads it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField(default=clock)
    actor = models.CharField(max_length=254)
    action = models.CharField(max_length=60)
    tenant = models.BigIntegerField(null=True)
    target = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-at"], name="platform_newest")]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.target}"
