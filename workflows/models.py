"""The index of the workflows' models: Django looks here, the rooms own them."""

from workflows.definitions.models import Ruleset, Step, Version, Workflow
from workflows.replay.models import Backtest, BacktestRun
from workflows.runs.models import Dispatch, Notification, Outbox, Run, RunKey, StepRun

__all__ = [
    "Backtest", "BacktestRun", "Dispatch", "Notification", "Outbox", "Ruleset", "Run", "RunKey", "Step", "StepRun",
    "Version", "Workflow",
]  # fmt: skip
