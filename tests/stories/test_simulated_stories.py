"""Every story of `simulate`, told over HTTP to a running Postsale, ends in what it promises to those who watch."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.demo.stories import STORIES
from postsale.service.database import Server
from tests import databases
from tests.stories.house import ROOT, House, Shop
from workflows.definitions.library import templates

PUBLISHED = (
    "shipment_exception", "late_handoff", "stalled_in_transit", "customs_hold", "delivered_but_customer_writes", "back_on_track",
)  # fmt: skip
SEED = "42"
#: The storm is one of sixty orders, unless it is asked for less.
SMALLER = {"storm": ("--orders", "10")}

type Json = dict[str, Any]

# One worker runs them all: they share what a house needs.
pytestmark = pytest.mark.xdist_group("stories")


@pytest.fixture(scope="module")
def shop(_template: tuple[Server, str]) -> Iterator[Shop]:
    """A shop in a running house, with the templates that stories speak of, and no connection."""
    running, source = _template
    with databases.copy(running, source) as database, tempfile.TemporaryDirectory(prefix="simulated-") as folder:
        house = House(Path(folder), **database.environment)
        north = house.create_tenant("north")
        with house:
            for key in PUBLISHED:
                north.publish(templates()[key].document())
            yield north
        north.close()


def test_every_story_ends_in_what_it_promises(shop: Shop) -> None:
    said = {key: _simulate(shop, key, *SMALLER.get(key, ())) for key in STORIES}

    assert {key: " 0 seen before, 0 refused" in words for key, words in said.items()} == dict.fromkeys(STORIES, True)
    for number in (1, 2, 3):
        _has_card(shop, f"#LH42-{number}", "late-shipments")
    _has_card(shop, "#E42-1", "exceptions")
    _is(shop, "#E42-1", ops_status="exception")
    _was_on(shop, "#ER42-1", "exceptions")
    _is(shop, "#ER42-1", ops_status="in_transit")
    for number in (1, 2):
        _was_on(shop, f"#WG42-{number}", "late-shipments")
    _has_card(shop, "#L42-1", "exceptions")
    _was_on(shop, "#L42-1", "late-shipments")
    _has_card(shop, "#FD42-1", "exceptions")
    _is(shop, "#FD42-1", tags=["simulated", "delivery-question"])
    _has_card(shop, "#CH42-1", "exceptions")
    _is(shop, "#CH42-1", ops_status="waiting_on_customer")
    _was_on(shop, "#AC42-1", "exceptions")
    _is(shop, "#SS42-1", delivery_status="partially_delivered")
    for number in (2, 3, 12):
        _has_card(shop, f"#CO42-{number}", "late-shipments")
    _has_card(shop, "#S42-6", "exceptions")
    _was_on(shop, "#S42-1", "exceptions")
    _is(shop, "#S42-2", delivery_status="in_progress", ops_status="new")


def test_a_story_that_was_told_before_changes_nothing_and_says_so(shop: Shop) -> None:
    _simulate(shop, "exception", seed="7")

    again = _simulate(shop, "exception", seed="7")

    assert "0 new, 6 seen before, 0 refused" in again


def test_a_server_that_does_not_run_is_a_clear_message_and_no_good_end(shop: Shop) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "simulate", "exception", "--tenant", "north"],
        cwd=ROOT, env=shop.house.environment | {"BASE_URL": "http://127.0.0.1:9"}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "Postsale is not running at http://127.0.0.1:9" in done.stderr


def test_an_unknown_tenant_is_a_clear_message_and_no_good_end(shop: Shop) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "simulate", "exception", "--tenant", "nobody"],
        cwd=ROOT, env=shop.house.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, "there is no tenant 'nobody'" in done.stderr) == (1, True)


def _simulate(shop: Shop, story: str, *more: str, seed: str = SEED) -> str:
    return shop.house.command("simulate", story, "--tenant", shop.slug, "--seed", seed, *more)


def _order(shop: Shop, number: str) -> Json | None:
    found = shop.rows("orders/", number=number)
    return found[0] if found else None


def _is(shop: Shop, number: str, **facts: object) -> None:
    def ask() -> Json | None:
        order = _order(shop, number)
        return order if order is not None and {name: order[name] for name in facts} == facts else None

    shop.comes(ask, f"{number} with {facts}")


def _card(shop: Shop, number: str, board: str, state: str) -> Callable[[], Json | None]:
    def ask() -> Json | None:
        order = _order(shop, number)
        cards = shop.get(f"boards/{board}/cases/", state=state)["results"] if order else []
        return next((card for card in cards if order and card["order"] == order["id"]), None)

    return ask


def _has_card(shop: Shop, number: str, board: str) -> None:
    shop.comes(_card(shop, number, board, "open"), f"an open card of {number} on {board}")


def _was_on(shop: Shop, number: str, board: str) -> None:
    card = shop.comes(_card(shop, number, board, "resolved"), f"a card of {number} that left {board}")

    assert card["resolved_by"]["kind"] == "cleared"
