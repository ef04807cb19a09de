"""First steps as they stand: each ticks itself from what the shop really has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from dashboards.boards.models import Board
from postsale.integrations.models import Connection
from postsale.orders.models import Order
from postsale.tenants.models import Member
from postsale.tenants.shop import Shop
from workflows.definitions import store
from workflows.definitions.library import templates
from workflows.definitions.models import Workflow
from workflows.replay import backtest
from workflows.replay.models import Backtest

SPAN = timedelta(days=30)
#: What goes wrong most, in the merchant's words → the template that helps.
PROBLEMS: Mapping[str, str] = {
    "late_handoff": "Labels are made, but parcels never leave",
    "shipment_exception": "Carriers report problems, and nobody sees it",
    "stalled_in_transit": "Parcels get stuck on their way",
    "wrong_address": "Addresses are wrong",
    "delivered_but_customer_writes": "“Delivered”, says the carrier; “no”, says the customer",
    "returning_to_sender": "Parcels come back to us",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the list: what to do, why, where, and whether it is done."""

    title: str
    why: str
    url: str
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A workflow that was begun, and what it would have done in 30 days: `orders` of `all_orders`, None: not known."""

    workflow: Workflow
    orders: int | None = None
    all_orders: int = 0
    is_counting: bool = False


def is_fresh(tenant_id: int) -> bool:
    """Whether nothing was begun in the shop yet."""
    has_begun = Workflow.objects.filter(tenant_id=tenant_id).exists()
    return not (has_begun or Connection.objects.filter(tenant_id=tenant_id).exists())


def steps(shop: Shop, *, may_admin: bool) -> list[Step]:
    """What a new shop does first; five short queries. Settings only for who may change them."""
    first = [
        Step(
            title="Connect a sales channel or a carrier", why="Orders and scans come in by themselves from then on.",
            url=reverse("connections"),
            done=Connection.objects.filter(tenant_id=shop.id).exists() or Order.objects.filter(tenant_id=shop.id).exists(),
        ),
        Step(
            title="Switch on your first workflow", why="In watch mode first: it notes what it would do, and does nothing.",
            url=reverse("workflows"),
            done=Workflow.objects.filter(tenant_id=shop.id, state__in=("live", "watching")).exists(),
        ),
        Step(
            title="Say how soon a card should be worked on", why="Cards past that time turn red and are counted.",
            url=reverse("boards"), done=Board.objects.filter(tenant_id=shop.id, settings__has_key="sla_hours").exists(),
        ),
    ]  # fmt: skip
    if not may_admin:
        return first
    return [
        first[0],
        Step(
            title="Set the sender of customer mail", why="And send yourself a test.", url=reverse("settings_mail"),
            done=bool((shop.settings.get("sender") or {}).get("from")),
        ),
        Step(
            title="Invite the people who work here", why="The shipping manager works the boards; you keep the keys.",
            url=reverse("settings_members"), done=Member.objects.filter(tenant_id=shop.id).count() > 1,
        ),
        *first[1:],
        Step(
            title="Say who is told when a workflow fails", why="Until then only owners are, in the app.",
            url=reverse("settings_notices"), done=bool(shop.settings.get("failures")),
        ),
    ]  # fmt: skip


def begin(keys: list[str], *, by: str, now: datetime) -> list[Workflow]:
    """Drafts of the templates for these problems, each being tried on the last 30 days already."""
    made = []
    for key in keys:
        document = templates()[key].document()
        workflow = store.save(document, workflow=None, by=by, now=now)
        backtest.create(document, from_at=now - SPAN, to_at=now, now=now, workflow_id=workflow.id)
        made.append(workflow)
    return made


def started(tenant_id: int) -> list[Started]:
    """The shop's drafts, newest first, with what their newest back-test found."""
    drafts = list(Workflow.objects.filter(tenant_id=tenant_id, state="draft").order_by("-id")[:12])
    tests = Backtest.objects.filter(tenant_id=tenant_id, workflow_id__in=[each.id for each in drafts]).order_by("id")
    newest = {test.workflow_id: test for test in tests}
    return [_started(each, newest.get(each.id)) for each in drafts]


def _started(workflow: Workflow, test: Backtest | None) -> Started:
    if test is not None and test.state == "done" and test.result is not None:
        found = test.result
        return Started(workflow=workflow, orders=found.get("orders", 0), all_orders=found.get("all_orders", 0))
    return Started(workflow=workflow, is_counting=test is not None and test.state in ("queued", "running"))
