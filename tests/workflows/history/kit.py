"""What the tests of history start from: a shop whose worker decided a few orders, and browsers of its members."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from postsale.tenants.ids import new_id
from postsale.tenants.models import Role
from postsale.tenants.scope import tenant
from tests.factories import PASSWORD, MadeTenant, make_member, make_tenant
from tests.workflows.runs import kit
from workflows.definitions.models import Workflow
from workflows.runs.models import Dispatch, Outbox, Run

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
WATCHED: Mapping[str, Any] = {
    "format": "postsale.workflow/1", "name": "High-value watch", "trigger": {"type": "label.created"}, "once_per": "order",
    "steps": [{"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "vip"}}],
}  # fmt: skip
WAITING: Mapping[str, Any] = {
    "format": "postsale.workflow/1", "name": "Ask after three days", "trigger": {"type": "label.created"}, "once_per": "order",
    "steps": [
        {"id": "hello", "kind": "action", "action": "email.customer",
         "with": {"subject": "On its way", "body": "Hello {{ customer.first_name }}"}},
        {"id": "three_days", "kind": "wait", "for": {"days": 3}},
        {"id": "still_here", "kind": "condition", "name": "Still with us",
         "if": {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"}},
        {"id": "choose", "kind": "branch", "paths": [
            {"name": "Europe", "if": {"field": "order.sales_channel", "op": "is", "value": "shopify-eu"},
             "steps": [{"id": "eu", "kind": "action", "action": "order.add_tag", "with": {"tag": "eu"}}]}],
         "otherwise": [{"id": "us", "kind": "action", "action": "order.add_tag", "with": {"tag": "us"}}]},
    ],
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A shop; `owner` is its owner's browser."""

    made: MadeTenant

    @property
    def id(self) -> int:
        """The tenant's id."""
        return self.made.id

    @property
    def owner(self) -> Client:
        """The owner's browser."""
        return browser(self.made.owner)

    def member(self, role: str) -> Client:
        """The browser of a new member with that role."""
        return browser(make_member(self.id, role=role).email)

    def workflow(self, document: Mapping[str, Any], *, mode: str = "live", now: datetime | None = None) -> Workflow:
        """A published workflow."""
        return kit.publish_document(self.id, dict(document), mode=mode, now=now or NOW - 9 * DAY)

    def labels(self, count: int, *, at: datetime, channel: str = "shopify-us", start: int = 1001) -> None:
        """Labels of `count` orders, decided at once."""
        for n in range(start, start + count):
            kit.say(self.id, kit.label(str(n), f"1Z{n}", at=at, channel=channel), at=at)
        self.decide(at + timedelta(seconds=1))

    def decide(self, until: datetime) -> None:
        """Let the worker decide up to `until`."""
        kit.decide(self.id, until=until)

    def run(self, **filters: Any) -> Run:
        """The newest run that fits."""
        with tenant(self.id):
            found = Run.objects.filter(tenant_id=self.id, **filters).order_by("-id").first()
        assert found is not None
        return found


def make_shop() -> Shop:
    """A shop in UTC with an owner."""
    return Shop(made=make_tenant(now=NOW - 10 * DAY))


def browser(email: str) -> Client:
    """A signed-in browser."""
    client = Client()
    assert client.login(email=email, password=PASSWORD)
    return client


def message(shop: Shop, **said: Any) -> Outbox:
    """One message of a kind, standing as said."""
    values = {
        "kind": "email", "to": "ann@example.com", "subject": "On its way", "content": {"text": "Hello Ann"}, "status": "sent",
        "created_at": NOW, "sent_at": NOW if said.get("status", "sent") == "sent" else None, "attempts": 1, **said,
    }  # fmt: skip
    with tenant(shop.id):
        return Outbox.objects.create(id=new_id(), tenant_id=shop.id, **values)


def queued(message_id: UUID) -> bool:
    """Whether a worker would take the message up."""
    return Dispatch.objects.filter(outbox_id=message_id).exists()


def words(answer: Any) -> str:
    """The page's text, on one line."""
    return " ".join(answer.content.decode().split())


ROLES = (Role.OWNER, Role.ADMIN, Role.BUILDER, Role.SHIPPING_MANAGER, Role.VIEWER)
