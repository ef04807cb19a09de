"""A process's sign of life, the only one that is believed."""

from django.db import models


class Heartbeat(models.Model):
    """When the process or loop called `name` was last seen at work, by the database's clock."""

    name = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"
