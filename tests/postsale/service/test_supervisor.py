"""The supervisor's judgement, with children that only sleep; the real ones are in test_up."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from postsale.service import supervisor as room
from postsale.service.children import Child
from postsale.service.probe import Probe
from postsale.service.supervisor import Supervisor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def said() -> list[str]:
    """What the supervisor says."""
    return []


@pytest.fixture
def supervisor(said: list[str], tmp_path: Path) -> Iterator[Supervisor]:
    """One whose web and worker sleep."""
    mine = Supervisor(probe=Probe("127.0.0.1", 1, base_url="http://a"), say=said.append, folder=tmp_path)
    mine.web = Child("web", ["-c", "import time; time.sleep(600)"], patience=8)
    mine.worker = Child("worker", ["-c", "import time; time.sleep(600)"], patience=5)
    mine.web.start()
    mine.worker.start()
    yield mine
    mine._end()


@pytest.fixture
def _away() -> Iterator[None]:
    """The database is away."""
    default = connections["default"]
    default.close()
    name, default.settings_dict["NAME"] = default.settings_dict["NAME"], "nowhere"
    yield
    default.close()
    default.settings_dict["NAME"] = name


def test_all_is_well_and_nothing_is_said(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.look()

    assert said == []


@pytest.mark.usefixtures("_away")
def test_a_database_that_is_away_excuses_every_silence(supervisor: Supervisor, said: list[str]) -> None:
    for child in (supervisor.web, supervisor.worker):
        child._born = time.monotonic() - 1000
    supervisor._calm_since = time.monotonic() - 1000

    supervisor.look()

    assert said == []
    assert supervisor._calm_since > time.monotonic() + room.AFTER_DATABASE - 2


@pytest.mark.usefixtures("_away")
def test_a_dead_worker_is_started_again_even_while_the_database_is_away(
    supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.worker._born -= 60
    before = supervisor.worker.pid
    supervisor.worker.kill()

    supervisor.look()

    assert said == ["worker was killed (SIGKILL): starting it again"]
    assert supervisor.worker.pid != before


def test_a_worker_that_is_silent_is_started_again(supervisor: Supervisor, said: list[str]) -> None:
    supervisor._calm_since = supervisor.worker._born = time.monotonic() - 30

    supervisor.look()

    assert said == ["worker gave no sign of life for 30 s: starting it again"]
    assert supervisor.worker.restarts == 1


def test_one_that_dies_young_is_started_after_a_pause(supervisor: Supervisor, said: list[str]) -> None:
    before = supervisor.web.pid
    supervisor.web.kill()

    supervisor.look()
    early = supervisor.web.pid
    supervisor._due["web"] = time.monotonic()
    supervisor.look()

    assert said == ["web was killed (SIGKILL): starting it again in 1 s"]
    assert (early, supervisor.web.pid != before) == (before, True)


def test_at_the_end_nobody_is_left(supervisor: Supervisor) -> None:
    supervisor._end()

    assert [child.trouble(silence=0, calm=0) for child in (supervisor.web, supervisor.worker)] == [
        "was killed (SIGTERM)",
        "was killed (SIGTERM)",
    ]
