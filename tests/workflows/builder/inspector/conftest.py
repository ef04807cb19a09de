"""A shop with orders and a working copy, and its people at the inspector."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client

from postsale.tenants.models import Member, User
from postsale.tenants.scope import tenant
from tests.factories import make_member, make_tenant
from tests.workflows.builder.inspector.kit import sent
from tests.workflows.replay import kit
from workflows.builder import draft
from workflows.builder.draft import Working
from workflows.definitions import store
from workflows.definitions.models import Workflow

type Json = dict[str, Any]

AGO = datetime.now(UTC) - timedelta(days=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A workflow that is being built, and the person who builds it."""

    tenant_id: int
    workflow: Workflow
    member: Member
    client: Client

    def address(self, where: str, rest: str = "") -> str:
        """The address of a form."""
        return f"/workflows/{self.workflow.id}/inspector/{where}/{rest}"

    def open(self, where: str) -> str:
        """The form as this person gets it."""
        response = self.client.get(self.address(where))
        assert response.status_code == 200
        return response.content.decode()

    def save(self, where: str, *, status: int = 200, rev: str = "", **changes: str | list[str]) -> str:
        """Open the form, change it, send it; the answer."""
        said = {name: list(values) for name, values in sent(self.open(where), **changes).data.items()}
        if rev:
            said["rev"] = [rev]
        response = self.client.post(self.address(where), said)
        assert response.status_code == status, response.content.decode()[:2000]
        return response.content.decode()

    def working(self) -> Working:
        """The working copy as it stands."""
        with tenant(self.tenant_id):
            return draft.load(self.workflow, member=self.member)

    def step(self, step_id: str) -> Json:
        """One step of it, whichever list it stands in."""
        steps = draft_steps(self.working())
        return next(step for step in steps if step["id"] == step_id)

    def rev(self) -> int:
        """The revision of the working copy."""
        return self.working().rev


def draft_steps(working: Working) -> list[Json]:
    """The steps at the top of a working copy."""
    return list(working.document["steps"])


def client_of(user_id: Any) -> Client:
    """A browser of somebody who has signed in."""
    client = Client()
    client.force_login(User.objects.get(id=user_id))
    return client


@pytest.fixture
def tenant_id(transactional_db: None) -> int:
    """A shop with three orders: two of shopify-us that the carrier awaits, one of eBay with an exception."""
    cache.clear()
    made = make_tenant(timezone="Europe/Berlin")
    for at, (number, channel) in enumerate((("1001", "shopify-us"), ("1002", "shopify-us"), ("1003", "ebay"))):
        kit.label(made.id, number, at=AGO + timedelta(minutes=at), channel=channel)
    kit.scan(made.id, "1003", "exception", at=AGO + timedelta(hours=1), channel="ebay")
    kit.decide(made.id, until=AGO + timedelta(hours=2))
    return made.id


@pytest.fixture
def build(tenant_id: int) -> Callable[..., Bench]:
    """Makes a bench for a document."""

    def make(steps: list[Json], *, trigger: Json | None = None, role: str = "builder") -> Bench:
        document = {
            "format": "postsale.workflow/1", "name": "Late", "trigger": trigger or {"type": "label.created"}, "steps": steps,
        }  # fmt: skip
        member = make_member(tenant_id, role=role)
        with tenant(tenant_id):
            workflow = store.save(document, workflow=None, by="api@shop.example", now=AGO)
        return Bench(tenant_id=tenant_id, workflow=workflow, member=member, client=client_of(member.user_id))

    return make


def order_of(tenant_id: int, number: str) -> UUID:
    """The id of an order."""
    return kit.order_id_of(tenant_id, number)
