"""A back-test of a schedule is refused, in words that help, where it would ask the orders too often."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from postsale.tenants.scope import tenant
from tests.factories import make_tenant
from tests.workflows.replay.kit import DAY, HOUR, LATE_HANDOFF, START, decide, label
from workflows.replay import backtest, bounds
from workflows.replay.models import Backtest

pytestmark = pytest.mark.django_db(transaction=True)

UTC_ZONE = ZoneInfo("UTC")


def schedule(cron: str) -> dict[str, Any]:
    """A workflow that looks at every order whenever `cron` says."""
    note = {"id": "note", "kind": "action", "action": "order.add_tag", "with": {"tag": "seen"}}
    return {"format": "postsale.workflow/1", "name": "Clock", "trigger": {"type": "schedule", "at": cron},
            "once_per": "order", "steps": [note]}  # fmt: skip


@pytest.fixture
def shop() -> int:
    """A shop with four orders."""
    made = make_tenant().id
    for n in range(4):
        label(made, f"10{n}", at=START + n * HOUR)
    decide(made, until=START + DAY)
    return made


def refused(shop: int, cron: str, *, days: int) -> str:
    """Why it is refused; "" when it is not."""
    try:
        with tenant(shop):
            bounds.refuse_endless(
                schedule(cron), tenant_id=shop, zone=UTC_ZONE, from_at=START, to_at=START + timedelta(days=days)
            )
    except bounds.TooMuchError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("cron", "days", "most", "words"),
    [
        ("0 8 * * *", 30, 120, ""),
        ("0 8 * * *", 31, 120, "try it over at most 30 days"),
        ("0 * * * *", 90, 120, "try it over at most 1 day"),
        ("0 * * * *", 90, 90, "try it with a schedule that comes less often"),
        ("* * * * *", 150, 5_000_000, "try it over fewer days"),
    ],
)
def test_what_would_ask_too_often_says_what_would_do(
    monkeypatch: pytest.MonkeyPatch, shop: int, cron: str, days: int, most: int, words: str
) -> None:
    monkeypatch.setattr(bounds, "MOST_ASKED", most)
    said = refused(shop, cron, days=days)
    assert said.endswith(words)
    assert bool(said) is bool(words)


def test_it_counts_the_ticks_and_the_orders(monkeypatch: pytest.MonkeyPatch, shop: int) -> None:
    monkeypatch.setattr(bounds, "MOST_ASKED", 100)
    assert refused(shop, "0 8 * * *", days=60).startswith(
        "this schedule comes 60 times in these days, and asks all 4 orders each time: "
    )


def test_other_triggers_are_never_refused(monkeypatch: pytest.MonkeyPatch, shop: int) -> None:
    monkeypatch.setattr(bounds, "MOST_ASKED", 0)
    with tenant(shop):
        asked = backtest.create(dict(LATE_HANDOFF), from_at=START, to_at=START + 90 * DAY, now=START)
        with pytest.raises(bounds.TooMuchError):
            backtest.create(schedule("0 8 * * *"), from_at=START, to_at=START + 90 * DAY, now=START)
    assert asked.state == "queued"


def test_clocks_tick_in_the_days_after_the_last_event_too(shop: int) -> None:
    document = schedule("0 8 * * *") | {"once_per": "event"}
    with tenant(shop):
        asked = backtest.create(document, from_at=START, to_at=START + 10 * DAY, now=START)

    backtest.run_next()

    with tenant(shop):
        result = Backtest.objects.get(id=asked.id).result or {}
    assert (result["fired"], len(result["per_day"])) == (40, 10)
