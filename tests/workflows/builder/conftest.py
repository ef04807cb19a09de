"""A shop with an owner and a colleague, and a workflow that nobody has opened yet."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from postsale.tenants.models import Member
from postsale.tenants.scope import tenant
from tests.factories import MadeTenant, make_member, make_tenant
from workflows.definitions import store
from workflows.definitions.models import Workflow

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A tenant and its people; enter it with `tenant(house.id)`."""

    made: MadeTenant
    owner: Member
    priya: Member

    @property
    def id(self) -> int:
        """The tenant."""
        return self.made.id


@pytest.fixture
def house(transactional_db: None) -> House:
    """A shop with an owner and Priya, who builds."""
    made = make_tenant()
    priya = make_member(made.id, role="builder", email="priya@shop.example")
    with tenant(made.id):
        owner = Member.objects.get(tenant_id=made.id, email=made.owner)
    return House(made=made, owner=owner, priya=priya)


def a_document(*, tags: int = 1, name: str = "Late") -> dict[str, Any]:
    """A valid document: one gate, then `tags` tags."""
    gate = {"field": "order.sales_channel", "op": "is", "value": "shopify-us"}
    steps = [
        {"id": f"tag_{at}", "kind": "action", "action": "order.add_tag", "with": {"tag": f"late-{at}"}}
        for at in range(tags)
    ]
    return {
        "format": "postsale.workflow/1",
        "name": name,
        "trigger": {"type": "label.created"},
        "steps": [{"id": "channel", "kind": "condition", "if": {"all": [gate]}}, *steps],
    }


def stored(document: dict[str, Any] | None = None) -> Workflow:
    """A workflow with that draft, in the tenant's transaction."""
    return store.save(document or a_document(), workflow=None, by="api@shop.example", now=NOW)
