"""The door in: a new tenant's boards, what stands on workflows' shelf, names for documents, what is shown live."""

from datetime import datetime

from django.dispatch import receiver

from dashboards.analytics import counting
from dashboards.analytics.models import Dashboard
from dashboards.boards import placing, refresh, showing
from dashboards.boards.actions import AddToBoard, RemoveFromBoard
from dashboards.boards.models import Board
from postsale.live import renderers
from postsale.signals import tenant_created
from postsale.web import navigation
from workflows.catalog.shelf import ACTIONS, WATCHERS, WRITERS, Watcher, Writer
from workflows.definitions.names import NAMES

#: contract/semantics.md, "A new tenant".
FIRST_BOARDS = (("exceptions", "Exceptions"), ("late-shipments", "Late Shipments"))
FIRST_DASHBOARDS = (("operations", "Operations"),)

ACTIONS.add(AddToBoard())
ACTIONS.add(RemoveFromBoard())
ACTIONS.add(counting.CountOnDashboard())
WRITERS.add(Writer(key="case", store=placing.store))
WRITERS.add(Writer(key="tally", store=counting.store))
WATCHERS.add(Watcher(key="case", changed=refresh.changed, due=refresh.due))
NAMES["boards"] = lambda tenant_id: dict(Board.objects.filter(tenant_id=tenant_id).values_list("slug", "name"))
NAMES["dashboards"] = counting.dashboards_by_slug
renderers.register(showing.BOARD_RENDERER)
renderers.register(showing.BOARDS_RENDERER)
navigation.add(showing.board_links)


@receiver(tenant_created)
def furnish(tenant_id: int, now: datetime, **_: object) -> None:
    """Give a new tenant its first boards and its dashboard."""
    Board.objects.bulk_create(
        Board(tenant_id=tenant_id, slug=slug, name=name, position=at, created_at=now)
        for at, (slug, name) in enumerate(FIRST_BOARDS)
    )
    Dashboard.objects.bulk_create(
        Dashboard(tenant_id=tenant_id, slug=slug, name=name, created_at=now) for slug, name in FIRST_DASHBOARDS
    )
