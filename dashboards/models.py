"""The index of the dashboards' models: Django looks here, the rooms own them."""

from dashboards.analytics.models import Dashboard, Tally
from dashboards.boards.models import Board, Case, CaseEntry

__all__ = ["Board", "Case", "CaseEntry", "Dashboard", "Tally"]
