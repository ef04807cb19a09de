"""Dashboards and their counters: maintained as things happen, so that no page has to count."""

from typing import ClassVar

from django.db import models
from django.utils.timezone import now as clock

from postsale.tenants.ownership import TenantOwned


class Dashboard(TenantOwned):
    """A page of measures."""

    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=clock)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant_id", "slug"], name="dashboard_slug")]

    def __str__(self) -> str:
        return self.name


class Tally(models.Model):
    """How often a measure was counted on one day (in the tenant's zone), by carrier and sales channel."""

    pk = models.CompositePrimaryKey("tenant_id", "dashboard", "measure", "day", "carrier", "sales_channel")
    tenant_id = models.BigIntegerField()
    dashboard = models.CharField(max_length=60)
    measure = models.CharField(max_length=40)
    day = models.DateField()
    carrier = models.CharField(max_length=80)
    sales_channel = models.CharField(max_length=120)
    count = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.measure} {self.day}: {self.count}"
