"""The demo shop as it stands on its first morning: people, connections, a calendar; and what it automates when."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from dashboards.boards.models import Board
from dashboards.demo.bodies import DOMAINS, EASYPOST
from postsale.integrations import connections, outgoing
from postsale.integrations.models import Connection
from postsale.tenants import audit
from postsale.tenants.create import Made, add_member, create_tenant
from postsale.tenants.models import Role, Tenant, User
from postsale.tenants.scope import tenant
from workflows.definitions import publish, store
from workflows.definitions.library import templates
from workflows.definitions.models import Version, Workflow

type Json = dict[str, Any]

NAME = "Juniper & Co"
SLUG = "demo"
TIMEZONE = "America/New_York"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works at the demo shop."""

    name: str
    email: str
    role: Role


OWNER = Colleague("June Alder", "june@juniper.example", Role.OWNER)
MANAGER = Colleague("Mara Lind", "mara@juniper.example", Role.SHIPPING_MANAGER)
BUILDER = Colleague("Ben Osei", "ben@juniper.example", Role.BUILDER)
VIEWER = Colleague("Vera Tan", "vera@juniper.example", Role.VIEWER)
TEAM = (OWNER, MANAGER, BUILDER, VIEWER)

#: Board → within how many hours its cards should be resolved.
RESOLVED_WITHIN = {"exceptions": 24, "late-shipments": 48}
SETTINGS: Json = {
    "opens": "09:00", "closes": "18:00", "working_days": [0, 1, 2, 3, 4], "country": "US",
    "sender": {"from": f"{NAME} <care@juniper.example>", "reply_to": "care@juniper.example"},
    "branding": {"is_on": True, "colour": "#1f6f54", "footer": "Juniper & Co, 12 Harbour St"},
}  # fmt: skip


#: What no template says: the status that people see in the list of orders goes with the parcel.
FOLLOWS: Json = {
    "format": "postsale.workflow/1",
    "name": "Order status follows the parcel",
    "description": "Orders become In transit with the first scan and Delivered at the door, without anybody's hand.",
    "trigger": {"type": "order.delivery_status_changed", "to": ["in_progress", "delivered"]},
    "once_per": "event",
    "steps": [
        {"id": "how_far", "kind": "branch",
         "paths": [
             {"name": "Delivered", "if": {"field": "order.delivery_status", "op": "is", "value": "delivered"},
              "steps": [{"id": "arrived", "kind": "action", "action": "order.set_status", "with": {"status": "delivered"}}]},
             {"name": "On its way", "if": {"field": "order.ops_status", "op": "in", "value": ["new", "ready_to_ship", "label_created"]},
              "steps": [{"id": "on_its_way", "kind": "action", "action": "order.set_status", "with": {"status": "in_transit"}}]},
         ]},
    ],
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that happens to a workflow on a day of the demo's thirty (0: the first); `by` is a member."""

    day: float
    what: Literal["live", "watch", "draft", "pause"]
    document: Json
    by: str = BUILDER.email

    @property
    def name(self) -> str:
        """The workflow's."""
        return str(self.document["name"])


def open_shop(*, password: str, now: datetime) -> Made:
    """The demo tenant with its team and its connections. Raises NotMadeError when the slug is taken."""
    made = create_tenant(
        NAME, slug=SLUG, owner=OWNER.email, password=password, now=now, timezone=TIMEZONE, is_demo=True
    )
    for colleague in TEAM[1:]:
        add_member(made.tenant_id, colleague.email, role=colleague.role, password=password, now=now)
    with tenant(made.tenant_id):
        for colleague in TEAM:
            User.objects.filter(email=colleague.email, name="").update(name=colleague.name)
        Tenant.objects.filter(id=made.tenant_id).update(settings=SETTINGS)
        for slug, hours in RESOLVED_WITHIN.items():
            Board.objects.filter(tenant_id=made.tenant_id, slug=slug).update(settings={"sla_hours": hours})
        connect(made.tenant_id, now=now)
    return made


def connect(tenant_id: int, *, now: datetime) -> None:
    """The connections that the demo's partners write to, each with a secret of its own."""
    wanted: Mapping[str, tuple[str, Json]] = {
        "Shopify US": ("shopify", {"sales_channel": "shopify-us", "shop_domain": DOMAINS["Shopify US"]}),
        "Shopify EU": ("shopify", {"sales_channel": "shopify-eu", "shop_domain": DOMAINS["Shopify EU"]}),
        "Marketplace": ("generic", {"sales_channel": "marketplace"}),
        EASYPOST: ("easypost", {}),
    }
    known = set(Connection.objects.filter(tenant_id=tenant_id).values_list("name", flat=True))
    for name, (partner, settings) in wanted.items():
        if name not in known:
            secret = outgoing.new_secret() if partner == "generic" else secrets.token_hex(24)
            connections.create(tenant_id, partner=partner, name=name, secret=secret, settings=settings, now=now)


def acts() -> tuple[Act, ...]:
    """The life of the demo's workflows, day by day."""
    shelf = templates()
    return (
        Act(day=0, what="live", document=FOLLOWS),
        Act(day=0, what="live", document=shelf["shipment_exception"].document()),
        Act(day=0, what="live", document=shelf["late_handoff"].document(days=1)),
        Act(day=0, what="live", document=_with_ticket(shelf["returning_to_sender"].document())),
        Act(day=0, what="live", document=shelf["failed_attempt"].document()),
        Act(day=3, what="live", document=shelf["stalled_in_transit"].document(days=4)),
        Act(day=4, what="live", document=shelf["customs_hold"].document()),
        Act(day=5, what="live", document=shelf["delivered_but_customer_writes"].document()),
        Act(day=6, what="live", document=shelf["late_handoff"].document(days=2)),
        Act(day=8, what="live", document=shelf["back_on_track"].document(), by=OWNER.email),
        Act(day=12, what="watch", document=shelf["high_value_watch"].document(total="400.00")),
        Act(day=24, what="pause", document=_with_ticket(shelf["returning_to_sender"].document())),
        Act(day=27, what="draft", document=shelf["not_delivered_by_evening"].document()),
    )


def perform(tenant_id: int, act: Act, *, now: datetime) -> None:
    """Do it, in the tenant's transaction."""
    workflow = Workflow.objects.filter(tenant_id=tenant_id, name=act.name).first()
    if act.what == "pause":
        if workflow is not None:
            publish.pause(workflow.id, now=now)
            _note(tenant_id, act, "workflow.paused", now)
        return
    saved = store.save(act.document, workflow=workflow, by=act.by, now=now - timedelta(minutes=9))
    if workflow is not None:
        Version.objects.filter(tenant_id=tenant_id, workflow_id=saved.id, state="draft").update(
            note="One day was too early: most parcels leave on the second."
        )
    if act.what != "draft":
        publish.publish(saved.id, mode=act.what, by=act.by, now=now)
        _note(tenant_id, act, "workflow.published", now)


def _note(tenant_id: int, act: Act, action: str, now: datetime) -> None:
    audit.write(tenant_id, actor=act.by, action=action, target=act.name, now=now)


def _with_ticket(document: Json) -> Json:
    """With a call to the help desk, which is why it was paused later on."""
    ticket = {
        "id": "ticket", "kind": "action", "action": "webhook.call", "on_error": "continue",
        "with": {"url": "https://helpdesk.example.com/hooks/returns"},
    }  # fmt: skip
    return {**document, "steps": [*document["steps"], ticket]}
