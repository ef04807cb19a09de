"""Signs of life are written by the database's clock and read back as silence."""

import pytest
from django.db import connection

from postsale.service import heartbeat
from postsale.service.models import Heartbeat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nobody_was_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "_last", {})


def test_a_beat_is_heard() -> None:
    heartbeat.beat(detail={"claimed": 7})

    silence = heartbeat.silence()
    assert silence is not None
    assert 0 <= silence < 5
    assert Heartbeat.objects.get().detail == {"claimed": 7}


def test_who_never_beat_is_not_zero_seconds_silent() -> None:
    assert heartbeat.silence("nobody") is None


def test_a_busy_loop_writes_twice_a_second_at_most() -> None:
    with connection.execute_wrapper(counter := _Counter()):
        for _ in range(50):
            heartbeat.beat("loop")

    assert counter.statements == 1


def test_a_later_beat_takes_the_place_of_the_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat.beat("loop")
    first = Heartbeat.objects.get().at
    monkeypatch.setattr(heartbeat, "_last", {})

    heartbeat.beat("loop")

    assert [row.at > first for row in Heartbeat.objects.all()] == [True]


def test_every_loop_has_its_own_silence() -> None:
    heartbeat.beat("drain")
    heartbeat.beat("outbox")

    assert set(heartbeat.silences()) == {"drain", "outbox"}
    assert str(Heartbeat.objects.get(name="drain")).startswith("drain at 2")


class _Counter:
    """Counts statements."""

    statements = 0

    def __call__(self, execute: object, sql: str, *arguments: object) -> object:
        self.statements += 1
        return execute(sql, *arguments)  # type: ignore[operator]
