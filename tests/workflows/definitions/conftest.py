"""A shop for the tests of stored workflows: one tenant with the boards that every new one has, and one stranger."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from postsale.tenants.models import Tenant
from postsale.tenants.scope import tenant
from workflows.definitions import compile as compiling
from workflows.definitions.names import NAMES

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def new_tenant(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Makes one more tenant, and gives its id."""
    monkeypatch.setitem(NAMES, "boards", lambda _: {"exceptions": "Exceptions", "late-shipments": "Late Shipments"})
    monkeypatch.setitem(NAMES, "dashboards", lambda _: {"operations": "Operations"})

    def make() -> int:
        with connection.cursor() as cursor:
            cursor.execute("select nextval(pg_get_serial_sequence('postsale_tenant', 'id'))")
            (tenant_id,) = cursor.fetchone()
        with tenant(tenant_id):
            Tenant.objects.create(id=tenant_id, slug=f"shop-{tenant_id}", name=f"Shop {tenant_id}")
        return int(tenant_id)

    return make


@pytest.fixture
def shop(new_tenant: Callable[[], int]) -> int:
    """The tenant that the test is about; enter it with `tenant(shop)`."""
    return new_tenant()


@pytest.fixture
def stranger(new_tenant: Callable[[], int]) -> int:
    """Another tenant."""
    return new_tenant()


@pytest.fixture(autouse=True)
def _fresh_memory() -> Iterator[None]:
    """What a process remembers of rules does not outlive a test."""
    compiling.forget()
    yield
    compiling.forget()


@pytest.fixture
def document() -> dict[str, Any]:
    """A small valid document."""
    return a_document()


def a_document(name: str = "Late", *, channel: str = "shopify-us", steps: int = 1) -> dict[str, Any]:
    """A valid document about label.created: one gate on the channel, then `steps` tags."""
    tags = [
        {"id": f"tag_{at}", "kind": "action", "action": "order.add_tag", "with": {"tag": f"late-{at}"}}
        for at in range(steps)
    ]
    gate = {"field": "order.sales_channel", "op": "is", "value": channel}
    return {
        "format": "postsale.workflow/1",
        "name": name,
        "trigger": {"type": "label.created"},
        "steps": [{"id": "channel", "kind": "condition", "if": {"all": [gate]}}, *tags],
    }
