"""The engine, time and people's mistakes, as RELIABILITY.md section 2.8 lists them (the ids in the names)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.signing import Signer
from django.db import connection, connections
from django.utils.timezone import now as clock
from pytest_django import Settings

from dashboards.models import Case
from postsale.events.kinds import Reported
from postsale.models import Deadline, Inbox, Order, Quarantine, Shipment
from postsale.tenants.scope import tenant
from tests.factories import make_connection, make_tenant
from tests.workflows.runs.kit import NOW, decide, example, hours, label, publish_document, rows, say, scan, spread
from workflows.definitions import compile as compiling
from workflows.definitions.models import Step
from workflows.models import Outbox, Run
from workflows.runs import claim, process
from workflows.runs.decide import Decider
from workflows.runs.signers import secrets_of

pytestmark = pytest.mark.django_db(transaction=True)

T = NOW + timedelta(minutes=1)


def tagging(name: str, when: str, *tags: str, **more: Any) -> dict[str, Any]:
    """When an order gets the tag `when` (at a label, if it is empty), it gets `tags`."""
    gate = {"id": "only", "kind": "condition", "if": {"field": "event.to", "op": "is", "value": when}}
    acts = [
        {"id": f"add{n}", "kind": "action", "action": "order.add_tag", "with": {"tag": tag}}
        for n, tag in enumerate(tags)
    ]
    return {
        "format": "postsale.workflow/1", "name": name,
        "trigger": {"type": "order.tag_added" if when else "label.created"},
        "steps": [gate, *acts] if when else acts, **more,
    }  # fmt: skip


def told(shop_id: int) -> list[tuple[str, str]]:
    """How each run of the shop ended, and why, in the order of their beginnings."""
    return [(run.state, run.reason) for run in rows(shop_id, Run)]


def test_i23_a_delivery_before_its_shipment_stands_and_nobody_is_told_of_an_old_exception() -> None:
    shop = make_tenant()
    publish_document(shop.id, example("shipment_exception"))
    say(shop.id, label("1001", "1Z1", at=T), at=T)
    say(shop.id, scan("1Z1", "delivered", at=T + hours(9)), at=T + hours(10))
    say(shop.id, scan("1Z1", "in_transit", at=T + hours(2)), at=T + hours(11))
    say(shop.id, scan("1Z1", "exception", at=T + hours(5)), at=T + hours(12))

    decide(shop.id, until=T + hours(13))

    assert [parcel.tracking_status for parcel in rows(shop.id, Shipment)] == ["delivered"]
    assert (rows(shop.id, Run), rows(shop.id, Outbox), rows(shop.id, Case)) == ([], [], [])


def test_e05_three_workflows_for_one_event_each_write_once_and_are_listed() -> None:
    shop = make_tenant()
    for name in ("A", "B", "C"):
        publish_document(shop.id, example("shipment_exception") | {"name": name})
    say(shop.id, label("1001", "1Z1", at=T), at=T)
    for n in (1, 2):
        say(shop.id, scan("1Z1", "exception", at=T + hours(n)), at=T + hours(n))

    decide(shop.id, until=T + hours(3))

    letters = rows(shop.id, Outbox, kind="email")
    assert [letter.status for letter in letters] == ["queued"] * 3
    assert {letter.run_id for letter in letters} == {run.id for run in rows(shop.id, Run)}


def test_x01_a_workflow_that_triggers_itself_stops_and_says_so() -> None:
    shop = make_tenant()
    publish_document(shop.id, tagging("Begin", "", "a"))
    publish_document(shop.id, tagging("Itself", "a", "a2", "b", once_per="event"))
    publish_document(shop.id, tagging("Again", "b", "c", once_per="event") | {"steps": [
        {"id": "drop", "kind": "action", "action": "order.remove_tag", "with": {"tag": "c"}},
        {"id": "add", "kind": "action", "action": "order.add_tag", "with": {"tag": "c"}},
    ]})  # fmt: skip
    say(shop.id, label("1001", "1Z1", at=T), at=T)

    decide(shop.id, until=T + hours(1))

    stopped = [reason for state, reason in told(shop.id) if state == "stopped"]
    assert stopped
    assert {reason for reason in stopped if "trigger itself" not in reason} == set()
    assert rows(shop.id, Order)[0].tags.count("c") == 1


def test_x02_workflows_that_trigger_each_other_too_deep_stop_and_say_so() -> None:
    shop = make_tenant()
    publish_document(shop.id, tagging("Begin", "", "t0"))
    for n in range(9):
        publish_document(shop.id, tagging(f"W{n}", f"t{n}", f"t{n + 1}"))
    say(shop.id, label("1001", "1Z1", at=T), at=T)

    decide(shop.id, until=T + hours(1))

    assert [state for state, _ in told(shop.id)] == ["done"] * 5 + ["stopped"]
    assert "too deep" in told(shop.id)[-1][1]
    assert rows(shop.id, Order)[0].tags == ["t0", "t1", "t2", "t3", "t4"]


def test_x03_an_echo_from_outside_does_not_go_around() -> None:
    shop = make_tenant()
    publish_document(shop.id, {
        "format": "postsale.workflow/1", "name": "Tell the shop", "trigger": {"type": "order.updated"},
        "steps": [{"id": "call", "kind": "action", "action": "webhook.call", "with": {"url": "https://shop.example/in"}}],
    })  # fmt: skip
    order = {"number": "1001", "sales_channel": "shopify-us"}
    echoes = [
        Reported(
            type="order.updated", external_id=f"echo-{n}", occurred_at=T, data={"order": {**order, "notes": f"{n}"}}
        )
        for n in range(12)
    ]

    spread(echoes, shop.id, start=T)
    decide(shop.id, until=T + hours(1))

    assert [run.state for run in rows(shop.id, Run)] == ["done"]
    assert len(rows(shop.id, Outbox)) == 1


def test_x04_publishing_looks_at_nothing_that_came_before_it() -> None:
    shop = make_tenant()
    say(shop.id, *(label(f"{n}", f"1Z{n}", at=T) for n in range(300)), at=T)
    decide(shop.id, until=T + hours(1))

    publish_document(shop.id, tagging("All labels", "", "seen"), now=T + hours(2))
    decide(shop.id, until=T + hours(100))
    say(shop.id, label("new", "1Znew", at=T + hours(101)), at=T + hours(101))
    decide(shop.id, until=T + hours(102))

    assert len(rows(shop.id, Run)) == 1
    assert [order.number for order in rows(shop.id, Order) if order.tags] == ["new"]


class Killed(BaseException):
    """Stands for kill -9: nobody in the worker gets to hear of it."""


def work_on(rounds: int) -> list[int]:
    """Workers take turns, one after the other dies, and leases lapse; gives how many items each decided (-1: died)."""
    decided = []
    for _ in range(rounds):
        try:
            decided.append(process.process_some())
        except Killed:
            decided.append(-1)
        with connection.cursor() as cursor:
            cursor.execute("update postsale_lane set lease_until = clock_timestamp()")
    return decided


def test_x07_an_event_that_kills_its_worker_is_set_aside_and_nobody_else_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    shop, others = make_tenant(), [make_tenant() for _ in range(4)]
    say(shop.id, *(label(f"{n}", f"1Z{n}", at=T) for n in range(40)), at=T)
    for other in others:
        say(other.id, *(label(f"{n}", f"1Z{n}", at=T) for n in range(40)), at=T)
    real = Decider.take

    def take(self: Decider, arrival: Any) -> None:
        if self.shop.id == shop.id and arrival.external_id == "label-1Z7":
            raise Killed
        real(self, arrival)

    monkeypatch.setattr(Decider, "take", take)

    decided = work_on(45)

    assert 0 < decided.count(-1) < 20
    [kept] = rows(shop.id, Quarantine)
    assert "its worker died" in kept.reason
    assert len(rows(shop.id, Shipment)) == 39
    assert [(rows(other.id, Quarantine), len(rows(other.id, Shipment))) for other in others] == [([], 40)] * 4
    assert not Inbox.objects.exists()


@pytest.mark.parametrize(("raised", "died"), [(Killed, True), (ValueError, False)])
def test_x07_a_run_that_can_not_be_woken_fails_with_the_reason_and_the_others_wake(
    raised: type[BaseException], died: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, published_at = make_tenant(), clock() - timedelta(days=9)
    for name in ("Sound", "Poison"):
        publish_document(shop.id, example("late_handoff") | {"name": name}, now=published_at)
    since = published_at + hours(1)
    say(shop.id, *(label(f"{n}", f"1Z{n}", at=since) for n in range(3)), at=since)
    say(shop.id, label("new", "1Znew", at=since + hours(100)), at=since + hours(100))
    real = Decider._wake

    def wake(self: Decider, run: Any, *more: Any) -> None:
        if run.workflow.name == "Poison" and run.parcel.facts.tracking_number == "1Z1":
            raise raised("poison")
        real(self, run, *more)

    monkeypatch.setattr(Decider, "_wake", wake)

    decided = work_on(60)

    assert (-1 in decided) is died
    failed = rows(shop.id, Run, state="failed")
    words = "its worker died 5 times" if died else "ValueError: poison"
    assert {run.reason for run in failed} == {f"could not be decided: {words}"}
    assert (
        len({run.shipment_id for run in failed}) == 1
    )  # what waits for the same parcel fails with it, when a worker died
    assert len(rows(shop.id, Run, state="done")) + len(failed) == 8
    assert rows(shop.id, Quarantine) == []
    assert (Inbox.objects.exists(), Deadline.objects.filter(kind="run").exists()) == (False, False)


def test_x08_what_came_due_while_nobody_worked_fires_once_each_in_order_of_its_time() -> None:
    shop, small = make_tenant(), make_tenant()
    for each in (shop, small):
        publish_document(each.id, example("late_handoff"))
    say(shop.id, *(label(f"{n}", f"1Z{n}", at=T) for n in range(450)), at=T)
    say(shop.id, *(label(f"e{n}", f"1ZE{n}", at=T - hours(1)) for n in range(50)), at=T + hours(0.5))
    say(small.id, label("1", "1Z1", at=T), at=T)
    decide(shop.id, until=T + hours(1))
    decide(small.id, until=T + hours(1))
    waiting = Deadline.objects.count()

    served = []  # each turn of each lane, as workers take them
    for _ in range(40):
        for turn in claim.claim():
            served.append(turn.tenant_id)
            process.process_lane(turn, until=T + hours(60), limit=turn.limit)

    assert waiting == 501
    fired = sorted(rows(shop.id, Run), key=lambda run: run.id)
    assert (len(fired), len(rows(shop.id, Case)), len(rows(small.id, Case))) == (500, 500, 1)
    moments = [run.finished_at for run in fired]
    assert sorted(moments) == [T + hours(47)] * 50 + [T + hours(48)] * 450
    assert served.index(small.id) < 2
    assert not Deadline.objects.filter(kind="run").exists()


def test_i20_one_shops_backlog_takes_turns_with_its_neighbours() -> None:
    busy, quiet = make_tenant(), make_tenant()
    for start in range(0, 1_000, 500):
        say(busy.id, *(label(f"{n}", f"1Z{n}", at=T) for n in range(start, start + 500)), at=T)
    say(quiet.id, label("1", "1Z1", at=T), at=T)

    turns = 0
    while not rows(quiet.id, Shipment):
        process.process_some(lanes=1)
        turns += 1

    assert turns <= 2
    assert len(rows(busy.id, Shipment)) <= claim.BATCH


@pytest.fixture
def unknown_to_this_code() -> Iterator[None]:
    """What was compiled before is forgotten, as in a process of its own."""
    compiling.forget()
    yield
    compiling.forget()


def test_x16_a_step_that_this_code_does_not_know_is_left_for_code_that_does(unknown_to_this_code: None) -> None:
    shop = make_tenant()
    newer = publish_document(shop.id, example("late_handoff"))
    say(shop.id, label("1001", "1Z1", at=T), at=T)
    decide(shop.id, until=T + hours(1))
    with tenant(shop.id):
        leaf = Step.objects.filter(version__workflow_id=newer.id, kind="leaf").order_by("position")[0]
        before = leaf.config
        Step.objects.filter(pk=leaf.pk).update(config={"field": "x"})
    compiling.forget()
    say(shop.id, label("1002", "1Z2", at=T + hours(2)), at=T + hours(2))

    decide(shop.id, until=T + hours(60))
    old_code = ([run.state for run in rows(shop.id, Run)], len(rows(shop.id, Shipment)), len(rows(shop.id, Case)))
    with tenant(shop.id):
        Step.objects.filter(pk=leaf.pk).update(config=before)
    compiling.forget()
    decide(shop.id, until=T + hours(70))

    assert old_code == (["waiting"], 2, 0)
    assert [case.state for case in rows(shop.id, Case)] == ["open"]


def test_x17_a_new_secret_key_loses_nothing_that_is_under_way(settings: Settings) -> None:
    settings.POSTSALE_KEYS = ["a key of its own that is long enough, and stays"]
    shop = make_tenant()
    publish_document(shop.id, example("late_handoff"))
    signing = make_connection(shop.id, partner="generic", secret="whsec_" + "A" * 32)
    say(shop.id, label("1001", "1Z1", at=T), at=T)
    decide(shop.id, until=T + hours(1))
    say(shop.id, label("1002", "1Z2", at=T + hours(2)), at=T + hours(2))
    signed = Signer().sign("x")

    settings.SECRET_KEY = "another one: not secret at all, but long enough"
    decide(shop.id, until=T + hours(100))

    assert Signer().sign("x") != signed
    assert len(rows(shop.id, Case)) == 2
    with tenant(shop.id):
        assert secrets_of(shop.id, str(signing.id), now=T)


def test_x20_two_workers_for_one_order_take_turns_and_lose_nothing() -> None:
    shop = make_tenant()
    for n in range(4):
        publish_document(shop.id, tagging(f"W{n}", "", f"t{n}", once_per="event"))
    start = Barrier(4)

    def work(n: int) -> None:
        try:
            start.wait(10)
            say(shop.id, label("1001", f"1Z{n}", at=T + hours(n)), at=T)
            for _ in range(10):
                process.process_some()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    process.process_some()

    [order] = rows(shop.id, Order)
    assert sorted(order.tags) == ["t0", "t1", "t2", "t3"]
    assert len(rows(shop.id, Shipment)) == 4
    assert [run.state for run in rows(shop.id, Run)] == ["done"] * 16
    assert not Inbox.objects.exists()
