"""Every number on Today leads to a list that shows exactly as many."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from dashboards.boards.models import Board, Case
from postsale.tenants.scope import tenant
from postsale.tenants.shop import Shop
from tests.dashboards.analytics.test_today import signed_in, surface
from tests.dashboards.kit import board_of, card, make_order, make_shop, place
from workflows.definitions.models import Workflow
from workflows.runs.models import Outbox, Run

pytestmark = pytest.mark.django_db(transaction=True)
OWNER = "owner@north.example"


@pytest.fixture
def busy() -> Shop:
    """A shop with cards in every state on two boards and an archived one, runs that wait and failed, and dead letters."""
    shop, now = make_shop(), timezone.now()
    made = surface(shop, *(str(n) for n in range(1000, 1012)), at=now - timedelta(hours=5))
    old = surface(shop, "2001", "2002", at=now - timedelta(days=9), severity="critical")
    with tenant(shop.id):
        Board.objects.filter(slug="exceptions").update(settings={"sla_hours": 24})
        hidden = Board.objects.create(tenant_id=shop.id, slug="hidden", name="Hidden", archived_at=now)
        order, parcel = make_order(shop, "3001")
    place(shop, [card(hidden, order=order.id, parcel=parcel.id, at=now)])
    by_hand = {"state": "resolved", "resolved_by": {"kind": "person", "name": OWNER}}
    alone = {"state": "resolved", "resolved_by": {"kind": "cleared", "name": "it is delivered"}}
    with tenant(shop.id):
        place_on_late(shop, made[0])
        _set(made[1], assignee=OWNER)
        _set(old[0], assignee="else@north.example")
        _set(made[2], state="snoozed", snoozed_until=now + timedelta(days=1))
        _set(made[3], **by_hand, resolved_at=now)
        for case in made[4:7]:
            _set(case, **alone, resolved_at=now - timedelta(days=2))
        _set(made[7], **alone, resolved_at=now - timedelta(days=13, hours=23, minutes=59))
        _set(made[8], **alone, resolved_at=now - timedelta(days=20))
        _runs_and_letters(shop)
    return shop


def place_on_late(shop: Shop, case: Case) -> None:
    """Move a card to the other board."""
    Case.objects.filter(id=case.id).update(board=board_of(shop, "late-shipments"))


def _set(case: Case, **fields: object) -> None:
    Case.objects.filter(id=case.id).update(**fields)


def _runs_and_letters(shop: Shop) -> None:
    now = timezone.now()
    workflow = Workflow.objects.create(tenant_id=shop.id, name="Late", state="live")
    Workflow.objects.create(tenant_id=shop.id, name="A draft", state="draft")
    for state, started_at in (
        ("waiting", now),
        ("waiting", now),
        ("failed", now),
        ("failed", now - timedelta(days=40)),
    ):
        Run.objects.create(
            tenant_id=shop.id, workflow_id=workflow.id, version_id=uuid4(), version=1, state=state, started_at=started_at,
            wake_at=now + timedelta(days=1) if state == "waiting" else None, subject="order",
        )  # fmt: skip
    for status in ("dead", "dead", "failed", "sent"):
        Outbox.objects.create(
            tenant_id=shop.id, kind="email", to="a@b.example", subject="x", status=status, created_at=now,
        )  # fmt: skip


def numbers(page: str) -> Iterator[tuple[str, int]]:
    """(address of a list, number that leads to it) of all that the page counts."""
    for address, said in re.findall(r'<a class="kpi" href="([^"]+)">(.*?)</a>', page, re.DOTALL):
        words = _plain(said)
        found = re.match(r"(?:Open now|Past due) (\d+)", words) or re.search(r"(\d+) of \d+ without a person", words)
        if found:
            yield address, int(found[1])
    for address, n in re.findall(r'href="([^"]+)"\s*>\s*(\d+)\s+(?:mine|unassigned|past due)\s*<', page):
        yield address, int(n)
    for line in re.findall(r"<li>(.*?)</li>", page, re.DOTALL):
        links, count = re.findall(r'href="([^"]+)"', line), re.search(r'<b\s+class="num"\s*>(\d+)</b>', line)
        if links and count:
            yield (links[-1] if "Show" in line else links[0]), int(count[1])


def _plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def shown(client: Client, address: str) -> int:
    """How many the list at an address shows."""
    context = client.get(unescape(address)).context
    return len(context["cards"] if "cards" in context else context["lines"])


def test_each_number_leads_to_as_many(busy: Shop) -> None:
    client = signed_in(busy)

    said = list(numbers(client.get("/").text))

    found = {address: (n, shown(client, address)) for address, n in said}
    assert [(address, pair) for address, pair in found.items() if pair[0] != pair[1]] == []
    lists = {re.sub(r"days=\d+", "days", unescape(address)) for address in found}
    assert lists >= {
        "/boards/all/?view=open", "/boards/all/?view=overdue", "/boards/all/?view=resolved&days&by=itself",
        "/boards/all/?view=mine", "/boards/all/?view=unassigned", "/boards/exceptions/", "/boards/all/?carrier=ups",
        "/messages/?tab=dead", "/runs/?tab=waiting", "/workflows/?tab=drafts",
    }  # fmt: skip


def test_failures_are_counted_where_they_are_listed(busy: Shop) -> None:
    client = signed_in(busy)

    line = next(each for each in client.get("/").context["failing"])

    first = client.get("/").context["window"].first
    assert line.failed == shown(client, f"/workflows/{line.id}/runs/?tab=failed&from={first}") == 1
