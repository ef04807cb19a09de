"""Back-tests: asked for, under way, answered."""

from typing import ClassVar

from django.db import models
from django.utils.timezone import now as clock

from postsale.tenants.ownership import TenantOwned


class Backtest(TenantOwned):
    """One back-test of one document over [`from_at`, `to_at`). `result` is the summary; its runs are rows of their own.

    `options`: `channels` (only orders of these), `compare` (the number of the version it is held against).
    """

    document = models.JSONField()
    options = models.JSONField(default=dict)
    workflow_id = models.UUIDField(null=True)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    state = models.CharField(max_length=12, default="queued")
    progress = models.FloatField(default=0)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock)
    beat_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant_id", "-id"], name="backtest_newest")]

    def __str__(self) -> str:
        return f"back-test {self.id}"


class BacktestRun(models.Model):
    """One run that would have happened."""

    pk = models.CompositePrimaryKey("backtest_id", "position")
    tenant_id = models.BigIntegerField()
    backtest_id = models.UUIDField()
    position = models.IntegerField()
    order_id = models.UUIDField(null=True)
    shipment_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    steps = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant_id", "backtest_id", "position"], name="backtest_runs")]

    def __str__(self) -> str:
        return f"{self.backtest_id} #{self.position}"
