"""The index of the workflows' models: Django looks here, the rooms own them."""

from workflows.builder.models import Draft, DraftOperation, Review
from workflows.definitions.models import Ruleset, Step, Version, Workflow
from workflows.replay.models import Backtest, BacktestRun
from workflows.runs.models import Dispatch, Figure, Notification, Occasion, Outbox, Run, RunKey, StepRun

__all__ = [
    "Backtest", "BacktestRun", "Dispatch", "Draft", "DraftOperation", "Figure", "Notification", "Occasion", "Outbox", "Review",
    "Ruleset", "Run", "RunKey", "Step", "StepRun", "Version", "Workflow",
]  # fmt: skip
