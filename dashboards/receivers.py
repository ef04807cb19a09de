"""The door in: a new tenant's boards, what stands on workflows' shelf, names for documents, what is shown live."""

from datetime import datetime

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from dashboards.analytics import counting, links
from dashboards.analytics.models import Dashboard
from dashboards.boards import noise, refresh, showing
from dashboards.boards.actions import AddToBoard, RemoveFromBoard
from dashboards.boards.models import Board, Case
from dashboards.demo import links as demo_links
from dashboards.demo import pace
from dashboards.operations.staff import platform_links
from dashboards.orders import showing as order_showing
from dashboards.welcome import shortcuts
from postsale.live import renderers
from postsale.orders import renaming
from postsale.signals import house_opened, member_renamed, tenant_created
from postsale.web import navigation, search
from workflows.catalog.shelf import ACTIONS, WATCHERS, WRITERS, Watcher, Writer
from workflows.definitions.names import NAMES
from workflows.history.listing.lines import NOISES

#: contract/semantics.md, "A new tenant".
FIRST_BOARDS = (("exceptions", "Exceptions"), ("late-shipments", "Late Shipments"))
FIRST_DASHBOARDS = (("operations", "Operations"),)

ACTIONS.add(AddToBoard())
ACTIONS.add(RemoveFromBoard())
ACTIONS.add(counting.CountOnDashboard())
WRITERS.add(Writer(key="tally", store=counting.store))
WATCHERS.add(Watcher(key="case", follow=refresh.follow, kinds=("case", "rule"), sweeps="sweep", sweep=refresh.sweep))
WATCHERS.add(Watcher(key="order", follow=order_showing.follow))
NAMES["boards"] = lambda tenant_id: dict(Board.objects.filter(tenant_id=tenant_id).values_list("slug", "name"))
NAMES["dashboards"] = counting.dashboards_by_slug
NOISES.append(noise.cards_and_work)
renderers.register(showing.BOARD_RENDERER)
renderers.register(showing.BOARDS_RENDERER)
renderers.register(order_showing.ORDERS_RENDERER)
navigation.add(links.today_link)
navigation.add(showing.board_links)
navigation.add(platform_links)
navigation.add(order_showing.order_links)
navigation.add(demo_links.story_link)
search.add(order_showing.search_orders)
search.add(demo_links.search_stories)
search.add(shortcuts.acts)
house_opened.connect(pace.start)
search.add(order_showing.search_boards)


@receiver(post_save, sender=Board)
def look_again(instance: Board, *, update_fields: frozenset[str] | None = None, **_: object) -> None:
    """A board whose rule (or age to escalate at) is new looks at every order, page by page, in the worker."""
    is_asked = instance.rule is not None or "escalate_after" in instance.settings
    if is_asked and (update_fields is None or not update_fields.isdisjoint({"rule", "settings", "archived_at"})):
        refresh.look_at_all(instance, now=timezone.now())


@receiver(member_renamed)
def keep_work(tenant_id: int, before: str, after: str, **_: object) -> None:
    """Cards and orders of somebody with another address now stay theirs."""
    renaming.rename(tenant_id, before, after)
    Case.objects.filter(tenant_id=tenant_id, assignee=before).update(assignee=after)


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
