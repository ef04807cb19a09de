"""A wait until a field follows the field: a moment that moves earlier wakes the run then."""

from datetime import timedelta

import pytest

from postsale.events.kinds import Reported
from postsale.models import Order
from tests.factories import make_tenant
from tests.workflows.runs.kit import NOW, decide, hours, label, publish_document, rows, say
from workflows.models import Run, StepRun

pytestmark = pytest.mark.django_db(transaction=True)

T = NOW + timedelta(minutes=1)
REMIND = {
    "format": "postsale.workflow/1", "name": "Remind", "trigger": {"type": "label.created"},
    "steps": [
        {"id": "wait", "kind": "wait", "until": {"field": "order.promised_by", "offset": {"hours": 2}, "before": True}},
        {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "due"}},
    ],
}  # fmt: skip


def promise(shop_id: int, hour: float, *, said_at: float) -> None:
    """The shop promises the order for that hour."""
    order = {"number": "1", "sales_channel": "shopify-us", "promised_by": (T + hours(hour)).isoformat()}
    at = T + hours(said_at)
    say(
        shop_id, Reported(type="order.updated", external_id=f"u{said_at}", occurred_at=at, data={"order": order}), at=at
    )


@pytest.mark.parametrize(
    ("later_promise", "expected"), [(10, 8), (90, 88), (4, 5)], ids=["earlier", "later", "earlier than now"]
)
def test_the_wait_ends_when_the_field_says_now(later_promise: float, expected: float) -> None:
    shop = make_tenant()
    publish_document(shop.id, REMIND)
    promise(shop.id, 50, said_at=0)
    say(shop.id, label("1", "1Z1", at=T + hours(1)), at=T + hours(1))
    promise(shop.id, later_promise, said_at=5)

    decide(shop.id, until=T + hours(100))

    (run,) = rows(shop.id, Run)
    assert (run.state, run.finished_at) == ("done", T + hours(expected))
    assert [step.state for step in sorted(rows(shop.id, StepRun), key=lambda step: step.position)] == ["done", "done"]
    assert rows(shop.id, Order)[0].tags == ["due"]


def test_news_that_do_not_move_the_field_leave_the_wait_alone() -> None:
    shop = make_tenant()
    publish_document(shop.id, REMIND)
    promise(shop.id, 50, said_at=0)
    say(shop.id, label("1", "1Z1", at=T + hours(1)), at=T + hours(1))
    promise(shop.id, 50, said_at=5)

    decide(shop.id, until=T + hours(20))

    (run,) = rows(shop.id, Run)
    assert (run.state, run.wake_at) == ("waiting", T + hours(48))
