"""The index of the dashboards' models: Django looks here, the rooms own them."""

from dashboards.analytics.models import Dashboard, Tally
from dashboards.boards.models import Board, BoardView, Case, CaseEntry
from dashboards.operations.models import PlatformEntry

__all__ = ["Board", "BoardView", "Case", "CaseEntry", "Dashboard", "PlatformEntry", "Tally"]
