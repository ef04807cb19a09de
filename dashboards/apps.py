from importlib import import_module

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """What people watch."""

    name = "dashboards"

    def ready(self) -> None:
        """Open the door: models are loaded only now."""
        import_module("dashboards.receivers")
