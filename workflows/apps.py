from importlib import import_module

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """What should follow."""

    name = "workflows"

    def ready(self) -> None:
        """Put the actions on the shelf: models are loaded only now."""
        import_module("workflows.receivers")
