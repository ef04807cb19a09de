"""What it takes for a table to belong to a tenant: a UUIDv7 and a `tenant_id`; `protect` adds the policy and the
keys."""

from django.db import models

from postsale.tenants.ids import new_id


class TenantOwned(models.Model):
    """A row of one tenant. Row-level security and composite foreign keys are added by `postsale.tenants.protect`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.BigIntegerField(editable=False)

    class Meta:
        abstract = True


class Log(models.Model):
    """A monthly partitioned table of one tenant's rows: its key is a UUIDv7, a partition is a range of them."""

    class Meta:
        abstract = True
