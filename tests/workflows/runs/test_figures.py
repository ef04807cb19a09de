"""The figures that deciding keeps up: what came to be looked at, what acted and what failed, a day."""

from datetime import date, timedelta

import pytest

from postsale.tenants.scope import tenant
from tests.factories import make_tenant
from tests.workflows.runs.kit import NOW, decide, label, publish_document, say, scan
from workflows.runs.models import Figure, Occasion

pytestmark = pytest.mark.django_db(transaction=True)

TAGS = {
    "format": "postsale.workflow/1", "name": "Tags", "trigger": {"type": "label.created"}, "once_per": "order",
    "steps": [
        {"id": "a", "kind": "action", "action": "order.add_tag", "with": {"tag": "a"}},
        {"id": "pause", "kind": "wait", "for": {"hours": 1}},
        {"id": "b", "kind": "action", "action": "order.add_tag", "with": {"tag": "b"}},
    ],
}  # fmt: skip
FAILS = {**TAGS, "name": "Fails", "steps": [{"id": "mail", "kind": "action", "action": "email.customer",
                                             "with": {"subject": "Hi", "body": "{{ order.total }}"}}]}  # fmt: skip


def test_a_run_acts_once_however_many_steps_and_batches_it_takes() -> None:
    shop = make_tenant()
    acts = publish_document(shop.id, TAGS, now=NOW - timedelta(days=1))
    watches = publish_document(shop.id, {**TAGS, "name": "Watches"}, mode="watch", now=NOW - timedelta(days=1))
    fails = publish_document(shop.id, FAILS, now=NOW - timedelta(days=1))
    for number in ("1001", "1002"):
        say(shop.id, label(number, f"1Z{number}", at=NOW), at=NOW)
    decide(shop.id, until=NOW + timedelta(minutes=1))
    decide(shop.id, until=NOW + timedelta(hours=2))

    with tenant(shop.id):
        figures = {each.workflow_id: (each.day, each.acted, each.watched, each.failed) for each in Figure.objects.all()}
    assert figures == {
        acts.id: (NOW.date(), 2, 0, 0),
        watches.id: (NOW.date(), 0, 2, 0),
        fails.id: (NOW.date(), 0, 0, 2),
    }


def test_occasions_are_counted_on_the_shops_day_with_the_change_that_triggers_ask_for() -> None:
    shop = make_tenant(timezone="Pacific/Auckland")
    late = NOW.replace(hour=23)
    say(shop.id, label("1001", "1Z1", at=late), at=late)
    say(shop.id, scan("1Z1", "exception", at=late), at=late + timedelta(seconds=1))
    decide(shop.id, until=late + timedelta(minutes=1))

    with tenant(shop.id):
        seen = {(each.day, each.type, each.came_to): each.count for each in Occasion.objects.all()}
    tomorrow = date(2026, 11, 19)
    assert seen[tomorrow, "label.created", ""] == 1
    assert seen[tomorrow, "tracking.status_changed", "exception"] == 1


def test_old_orders_brought_in_are_no_occasion() -> None:
    shop = make_tenant()
    say(shop.id, label("1001", "1Z1", at=NOW), at=NOW, backfill=True)
    decide(shop.id, until=NOW + timedelta(minutes=1))
    with tenant(shop.id):
        assert not Occasion.objects.exists()
