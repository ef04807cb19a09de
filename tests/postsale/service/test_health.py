"""Who asks how we are gets an answer, and only who may gets figures."""

import pytest
from django.db import DatabaseError, connection, connections
from django.db.backends.utils import CursorWrapper
from django.test import Client
from prometheus_client import CollectorRegistry

from postsale.service import health, heartbeat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "_last", {})
    monkeypatch.setattr(health, "_SEEN", [])


def test_healthz_answers_without_asking_the_database(client: Client) -> None:
    with connection.execute_wrapper(_refuse):
        answer = client.get("/healthz/")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz_is_ready_when_everything_is(client: Client) -> None:
    heartbeat.beat()

    answer = client.get("/readyz/")

    assert (answer.status_code, answer.json()["checks"]) == (
        200, {"database": "ok", "migrations": "ok", "worker": "ok"},
    )  # fmt: skip


def test_readyz_says_that_no_worker_was_ever_heard(client: Client) -> None:
    answer = client.get("/readyz/")

    assert (answer.status_code, answer.json()["checks"]["worker"]) == (503, "never heard")


def test_readyz_says_for_how_long_no_worker_was_heard(client: Client) -> None:
    heartbeat.beat()
    with connection.cursor() as cursor:
        cursor.execute("update postsale_heartbeat set at = at - interval '60 s'")

    answer = client.get("/readyz/")

    assert (answer.status_code, answer.json()["checks"]["worker"]) == (503, "not heard for 60 s")


def test_readyz_says_that_the_database_is_away(client: Client) -> None:
    with connection.execute_wrapper(_refuse):
        answer = client.get("/readyz/")

    assert (answer.status_code, answer.json()) == (
        503, {"status": "not ready", "checks": {"database": "not reachable"}},
    )  # fmt: skip


@pytest.mark.django_db(transaction=True, databases=["default", "admin"])
def test_readyz_says_that_migrations_are_missing(client: Client) -> None:
    heartbeat.beat()
    with _as_owner() as cursor:
        cursor.execute(
            "delete from django_migrations where app = 'django_q' and name like '0019%%' returning app, name"
        )
        (gone,) = cursor.fetchall()
    try:
        answer = client.get("/readyz/")
    finally:
        with _as_owner() as cursor:
            cursor.execute("insert into django_migrations (app, name, applied) values (%s, %s, now())", gone)

    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (
        503, "some are missing: run manage.py migrate",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("address", "status"), [("127.0.0.1", 200), ("127.9.9.9", 200), ("::1", 200), ("10.0.0.1", 403), ("", 403)]
)
def test_metrics_are_for_allowed_addresses(client: Client, address: str, status: int) -> None:
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == status


def test_metrics_tell_the_silence_of_each_loop_and_of_the_process(client: Client) -> None:
    heartbeat.beat()

    text = client.get("/metrics").content.decode()

    assert 'postsale_heartbeat_silence_seconds{name="drain"}' in text
    assert "process_resident_memory_bytes" in text


def test_a_figure_that_the_database_cannot_give_is_left_out(client: Client) -> None:
    with connection.execute_wrapper(_refuse):
        answer = client.get("/metrics")

    assert answer.status_code == 200
    assert "postsale_heartbeat_silence_seconds{" not in answer.content.decode()


def test_a_room_adds_its_own_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "REGISTRY", registry := CollectorRegistry())

    health.figure("waiting", "Events that wait.")(lambda: 3.0)
    health.figure("unknown", "Not known now.")(lambda: None)

    assert (registry.get_sample_value("waiting"), registry.get_sample_value("unknown")) == (3.0, None)


@pytest.mark.parametrize("path", ["/healthz/", "/readyz/", "/metrics"])
def test_nothing_can_be_sent_there(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def _refuse(*_: object) -> None:
    raise DatabaseError("away")


def _as_owner() -> CursorWrapper:
    return connections["admin"].cursor()
