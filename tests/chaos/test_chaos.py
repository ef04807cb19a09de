"""Kill anything while events pour in: nothing is lost, nothing is done twice, and the end is that of a calm day.

`CHAOS=full` takes more events, more faults and more seeds.
"""

import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from pprint import pformat
from typing import Any

import psycopg
import pytest
from django.db import connections

from postsale.events.kinds import Reported
from postsale.events.record import record
from postsale.service import database
from postsale.service.database import NAME, SUPERUSER, Server
from tests.chaos import states, weather
from tests.chaos.states import Connection, End
from tests.factories import make_tenant
from tests.settings import HOUSE
from tests.stories.house import House, Shop
from tests.waiting import until
from tests.workflows.runs.kit import decide, example, publish_document

FULL = os.environ.get("CHAOS") == "full"
EVENTS, FAULTS, SEEDS = (5_000, 24, range(5)) if FULL else (300, 4, range(2))
#: Leases end after 15 seconds, silent clusters after less; then it all has to be decided.
CALM_SECONDS = 600.0 if FULL else 90.0
DOCUMENTS = (example("shipment_exception"), example("late_handoff"), weather.DELIVERED)

# One worker runs them all: they share a house.
pytestmark = [pytest.mark.xdist_group("chaos"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A running house with a PostgreSQL of its own, which may be crashed."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL's account must reach it
        made = House(Path(folder))
        with Server(Path(folder)).joined():
            made.command("migrate")
            made.create_tenant("first").close()  # so that nothing is seeded
            with made:
                yield made


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_killed_nothing_is_lost_and_nothing_is_done_twice(house: House, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 -- no secret
    shop = _shop(house, seed)
    said = weather.events(rng, EVENTS, now=datetime.now(UTC))

    answers = _pour(house, shop, said, weather.faults(rng, FAULTS))

    with Server(house.data).connect(SUPERUSER, name=NAME) as chaotic:
        _wait_for_calm(house, chaotic, shop.id)
        ended, log = states.end_of(chaotic, shop.id), chaotic.execute(states.REPORTED, [shop.id]).fetchall()
        left = states.left_of(chaotic, shop.id)
    shop.close()
    calm = _calm_day(log, owner=f"owner@{shop.slug}.example")
    assert left == dict.fromkeys(states.LEFT, 0)
    assert set(answers) == {event["id"] for event in said} == {row[1] for row in log}
    assert {row[0]: row[2] for row in ended["parcels"]} == weather.last_words(said)
    differences = _differences(ended, calm)
    assert differences == {}, pformat(differences, width=200)
    assert {row[0] for row in ended["runs"] if row[4] == "done"} == {document["name"] for document in DOCUMENTS}


def _shop(house: House, seed: int) -> Shop:
    shop = house.create_tenant(f"shop{seed}")
    for document in DOCUMENTS:
        shop.publish(document)
    return shop


def _pour(house: House, shop: Shop, said: Sequence[dict[str, Any]], faults: Sequence[Any]) -> list[str]:
    """Send all of it, some requests at a time, each until it is answered; each fault comes in the middle of some.

    Returns the ids that were answered for.
    """
    requests = [said[n : n + 5] for n in range(0, len(said), 5)]
    size = -(-len(requests) // (len(faults) + 1))
    answered: list[str] = []
    with ThreadPoolExecutor(max_workers=4) as senders:
        for n in range(len(faults) + 1):
            sent = [senders.submit(_send, shop, request) for request in requests[n * size : (n + 1) * size]]
            if n < len(faults):
                faults[n](house)
            for answer in sent:
                answered += answer.result()
    return answered


def _send(shop: Shop, request: Sequence[dict[str, Any]]) -> list[str]:
    """Send one request again and again, as partners do, until it is accepted."""

    def accepted() -> list[str] | None:
        answer = shop.try_post("events/", request)
        if answer is None or answer.status_code != HTTPStatus.ACCEPTED:
            return None
        return [event["id"] for event in answer.json()["events"] if event["status"] in {"accepted", "duplicate"}]

    return shop.comes(accepted, "an answer")


def _wait_for_calm(house: House, connection: Connection, tenant_id: int) -> None:
    until(
        lambda: states.is_calm(connection, tenant_id), within=CALM_SECONDS,
        what=lambda: f"calm: {states.left_of(connection, tenant_id)}; {house.words()}",
    )  # fmt: skip


def _calm_day(log: Sequence[tuple[Any, ...]], *, owner: str) -> End:
    """The same log, received in the same moments, decided in this process without a fault."""
    shop = make_tenant(owner=owner)
    for document in DOCUMENTS:
        publish_document(shop.id, document, now=log[0][3] - timedelta(hours=1))
    for type_, external_id, occurred_at, received_at, data, source in log:
        event = Reported(type=type_, external_id=external_id, occurred_at=occurred_at, data=data)
        record(shop.id, [event], source=source, now=received_at)
    decide(shop.id, until=datetime.now(UTC))
    name = str(connections["default"].settings_dict["NAME"])
    with psycopg.connect(database.url(HOUSE, SUPERUSER, name=name), autocommit=True) as connection:
        return states.end_of(connection, shop.id)


def _differences(found: End, calm: End) -> dict[str, tuple[list[Any], list[Any]]]:
    """Where they differ: some of the rows that only one of both has."""
    return {
        what: ([row for row in rows if row not in calm[what]][:3], [row for row in calm[what] if row not in rows][:3])
        for what, rows in found.items()
        if rows != calm[what]
    }
