"""Runs and their traces: what became of every step, why, and what people may do about it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postsale.events.models import Event
from postsale.tenants.models import AuditEntry
from postsale.tenants.scope import tenant
from tests.workflows.history.kit import DAY, NOW, ROLES, WAITING, WATCHED, Shop, browser, make_shop, words
from tests.workflows.runs.kit import example, hours, label, say, scan
from workflows.runs.models import Run, StepRun

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_waiting_run_says_until_when_and_what_comes_next() -> None:
    shop = _waiting()
    page = _trace(shop, shop.run())
    assert f"Waiting until {NOW + 2 * DAY:%-d %b %Y}" in page
    assert "E-mail to ann@example.com" in page
    assert "Wait 3 days" in page
    assert page.count("Not yet") >= 4
    assert "Resume now" in page
    assert "Cancel run" in page


def test_a_gate_that_stops_shows_needed_and_found_in_the_merchants_words() -> None:
    shop = _waiting()
    say(shop.id, scan("1Z1001", "delivered", at=NOW - hours(2)), at=NOW - hours(2))
    shop.decide(NOW + 3 * DAY)

    page = _trace(shop, shop.run())

    assert "Stopped at “Still with us”, after it had acted" in page
    assert "Tracking status: needed “is Carrier awaiting package”, found “Delivered”." in page
    assert "parcel.tracking_status" not in page.replace('"parcel.tracking_status"', "")
    assert page.count("Not reached") >= 2
    assert "Ended before its time" not in page


def test_the_taken_branch_is_marked_and_the_other_is_not_reached() -> None:
    shop = _waiting()
    shop.decide(NOW + 3 * DAY)

    page = _trace(shop, shop.run())

    assert "If: Europe" in page
    said = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "Otherwise Taken" in said
    assert "Add the tag us Done" in said
    assert "Add the tag eu Not reached" in said
    assert "Acted" in page


def test_a_missing_value_is_called_missing() -> None:
    shop = make_shop()
    ask = {"id": "ask", "kind": "condition", "if": {"field": "order.total", "op": "gt", "value": 50}, "else": [
        {"id": "note", "kind": "action", "action": "order.add_tag", "with": {"tag": "no-total"}}]}  # fmt: skip
    first = {"id": "hi", "kind": "action", "action": "order.add_tag", "with": {"tag": "hi"}}
    shop.workflow({**WATCHED, "steps": [first, ask]})
    shop.labels(1, at=NOW - DAY)

    page = _trace(shop, shop.run())

    assert "<b>missing</b>" in page
    assert "Otherwise, and then stop" in page


def test_a_patient_run_shows_what_holds_as_of_now() -> None:
    shop = make_shop()
    shop.workflow(example("late_handoff"))
    shop.labels(1, at=NOW - hours(1))

    page = _trace(shop, shop.run())

    assert "Only time can decide its conditions." in page
    assert "As of now" in page
    assert "Not yet" in page
    assert "Resume now" not in page


def test_what_was_waited_for_in_patience_stays_on_the_trace() -> None:
    shop = make_shop()
    shop.workflow(example("late_handoff"))
    shop.labels(1, at=NOW - 3 * DAY)
    shop.decide(NOW)

    page = _trace(shop, shop.run())

    assert "Time for the conditions" in page
    assert "Put it on the board Late Shipments" in page
    assert "/boards/late-shipments/" in page


def test_watch_mode_says_what_it_would_do() -> None:
    shop = make_shop()
    shop.workflow(WATCHED, mode="watch")
    shop.labels(1, at=NOW - DAY)

    page = _trace(shop, shop.run())

    assert "Would have acted" in page
    assert "nothing was sent or changed" in page
    assert "Would do" in page


def test_a_failed_run_says_where_why_and_what_to_do_and_can_be_retried() -> None:
    shop = make_shop()
    shop.workflow({**WATCHED, "steps": [{"id": "mail", "kind": "action", "action": "email.customer",
                                         "with": {"subject": "Hi", "body": "Total {{ order.total }}"}}]})  # fmt: skip
    shop.labels(1, at=NOW - DAY)
    run = shop.run()
    assert run.state == "failed"

    page = _trace(shop, run)
    assert "Failed at “E-mail the customer”" in page
    assert "only the failed step is done again" in page

    answer = shop.owner.post(f"/runs/{run.id}/retry/", follow=True)
    assert "The failed step is done again now." in words(answer)
    assert shop.run().state == "waiting"


def test_ticked_runs_go_on_or_are_cancelled_together() -> None:
    shop, other = make_shop(), make_shop()
    for each in (shop, other):
        each.workflow(WAITING)
        each.labels(4, at=NOW - DAY)
    page = words(shop.owner.get("/runs/?tab=waiting"))
    with tenant(shop.id):
        mine = [str(pk) for pk in Run.objects.filter(state="waiting").order_by("id").values_list("id", flat=True)]
    foreign = str(other.run(state="waiting").id)

    back = {"back": "/runs/?tab=waiting"}
    gone_on = shop.owner.post("/runs/ticked/", {"run": [*mine[:2], foreign], "what": "resume", **back}, follow=True)
    cancelled = shop.owner.post("/runs/ticked/", {"run": mine[2:3], "what": "cancel", **back}, follow=True)
    again = shop.owner.post("/runs/ticked/", {"run": mine[2:3], "what": "cancel", "back": "//evil.example/"})
    none = shop.owner.post("/runs/ticked/", {"what": "cancel"}, follow=True)

    assert (page.count('name="run"'), "Cancel the ticked ones" in page) == (4, True)
    assert "2 runs go on now. 1 could not: they wait for their first decision, or have gone on already." in words(
        gone_on
    )
    assert "1 run is cancelled." in words(cancelled)
    assert again["Location"] == "/runs/?tab=waiting"
    assert "Tick the runs first." in words(none)
    shop.decide(NOW + hours(5))
    with tenant(shop.id):
        states = [Run.objects.get(id=pk).state for pk in mine]
        noted = AuditEntry.objects.filter(action__startswith="run.").order_by("id").values_list("action", "target")
        assert list(noted) == [("run.resumed", "2 runs"), ("run.cancelled", "1 run")]
    assert states == ["done", "done", "cancelled", "waiting"]
    assert other.run(id=foreign).state == "waiting"


@pytest.mark.parametrize(("said", "status"), [({"what": "retry"}, 400), ({"what": "cancel", "run": "x"}, 404)])
def test_nonsense_about_many_runs_is_refused(said: dict[str, str], status: int) -> None:
    shop = make_shop()
    assert shop.owner.post("/runs/ticked/", said).status_code == status
    assert shop.member("shipping_manager").post("/runs/ticked/", {"what": "cancel"}).status_code == 403


def test_a_run_is_resumed_or_cancelled_once() -> None:
    shop = _waiting(2)
    first, second = _ids(shop)

    shop.owner.post(f"/runs/{first}/resume/")
    shop.owner.post(f"/runs/{second}/cancel/")
    again = shop.owner.post(f"/runs/{second}/cancel/", {"back": "/runs/?tab=waiting"}, follow=True)
    shop.decide(NOW + hours(5))

    assert "no longer possible" in words(again)
    assert again.redirect_chain[0][0] == "/runs/?tab=waiting"
    assert (shop.run(id=first).state, shop.run(id=second).state) == ("done", "cancelled")
    with tenant(shop.id):
        noted = AuditEntry.objects.filter(action__startswith="run.").order_by("id").values_list("action", flat=True)
        assert list(noted) == ["run.resumed", "run.cancelled"]


def test_nobody_is_led_away_after_an_act() -> None:
    shop = _waiting()
    run = shop.run()
    answer = shop.owner.post(f"/runs/{run.id}/cancel/", {"back": "//evil.example/"})
    assert answer["Location"] == f"/runs/{run.id}/"


def test_what_a_run_set_off_and_what_set_it_off_are_linked() -> None:
    shop = make_shop()
    shop.workflow({**WATCHED, "name": "Tags"})
    shop.workflow({**WATCHED, "name": "Hears of tags", "trigger": {"type": "order.tag_added", "to": ["vip"]},
                   "steps": [{"id": "t", "kind": "action", "action": "order.add_tag", "with": {"tag": "heard"}}]})  # fmt: skip
    shop.labels(1, at=NOW - DAY)
    with tenant(shop.id):
        tagged = Event.objects.get(type="order.tag_added", data__changed__to="vip")
    cause, effect = shop.run(event_id=tagged.id), None
    effect, cause = cause, shop.run(id=tagged.data["run"])

    assert f"/runs/{effect.id}/" in _trace(shop, cause)
    assert f"/runs/{cause.id}/" in _trace(shop, effect)


def test_an_open_page_asks_again_only_while_something_may_happen_soon() -> None:
    shop = _waiting()
    run = shop.run()
    assert "every 2s" not in _trace(shop, run)
    with tenant(shop.id):
        Run.objects.filter(id=run.id).update(wake_at=NOW + timedelta(minutes=9))
    part = words(shop.owner.get(f"/runs/{run.id}/", headers={"HX-Request": "true"}))
    assert "every 2s" in part
    assert "<html" not in part


def test_the_event_is_shown_escaped() -> None:
    shop = make_shop()
    shop.workflow(WATCHED)
    event = label("1001", "1Z1", at=NOW, channel="<script>alert(1)</script>")
    say(shop.id, event, at=NOW)
    shop.decide(NOW + timedelta(seconds=1))
    page = _trace(shop, shop.run())
    assert "Show event data" in page
    assert "<script>alert(1)" not in page


def test_runs_are_filtered_and_paged() -> None:
    shop = _waiting(60)
    shop.workflow(WATCHED)
    client = shop.owner
    first = words(client.get("/runs/?tab=waiting"))
    assert first.count('data-label="Wakes"') == 50
    more = first.split('hx-get="?tab')[1].split('"')[0].replace("&amp;", "&")
    assert words(client.get(f"/runs/?tab{more}", headers={"HX-Request": "true"})).count('data-label="Wakes"') == 10
    assert words(client.get("/runs/?order=%231007")).count("<tr>") == 2
    assert "No runs match" in words(client.get("/runs/?order=zebra"))
    assert "No runs match" in words(client.get(f"/runs/?from={NOW:%Y-%m-%d}"))
    assert words(client.get(f"/runs/?from={NOW - DAY:%Y-%m-%d}&to={NOW:%Y-%m-%d}")).count("<tr>") == 51
    assert client.get("/runs/?cursor=zebra").status_code == 400
    assert client.get("/runs/?tab=zebra").status_code == 400
    assert client.get("/runs/?from=zebra&workflow=zebra").status_code == 200


def test_the_list_asks_as_often_for_thirty_runs_as_for_one() -> None:
    shop = _waiting()
    client = shop.owner
    client.get("/runs/")
    with CaptureQueriesContext(connection) as one:
        client.get("/runs/")
    shop.labels(29, at=NOW - hours(3), start=2001)
    with CaptureQueriesContext(connection) as thirty:
        assert words(client.get("/runs/")).count("<tr>") == 31
    assert len(thirty) == len(one)


def test_a_trace_asks_as_often_for_ten_actions_as_for_one() -> None:
    shop = make_shop()
    actions = [
        {"id": f"t{n}", "kind": "action", "action": "email.customer", "with": {"subject": "Hi", "body": "Ho"}}
        for n in range(10)
    ]
    short = shop.workflow({**WATCHED, "steps": actions[:1]})
    long = shop.workflow({**WATCHED, "steps": actions})
    shop.labels(1, at=NOW - DAY)
    counts = []
    client = shop.owner
    client.get("/runs/")
    for workflow in (short, long):
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/runs/{shop.run(workflow_id=workflow.id).id}/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("role", ROLES)
def test_everybody_looks_and_builders_steer(role: str) -> None:
    shop = _waiting()
    run = shop.run()
    client = shop.owner if role == "owner" else shop.member(role)
    may = role in ("owner", "admin", "builder")
    assert ("Resume now" in words(client.get(f"/runs/{run.id}/"))) is may
    assert ("Resume now" in words(client.get("/runs/?tab=waiting"))) is may
    assert client.post(f"/runs/{run.id}/cancel/").status_code == (302 if may else 403)


def test_another_shop_and_a_stranger_see_no_run() -> None:
    shop, other = _waiting(), make_shop()
    run = shop.run()
    assert other.owner.get(f"/runs/{run.id}/").status_code == 404
    assert other.owner.post(f"/runs/{run.id}/cancel/").status_code == 404
    assert "No runs yet" in words(other.owner.get("/runs/"))
    stranger = type(shop.owner)()
    assert stranger.get(f"/runs/{run.id}/")["Location"].startswith("/accounts/login/")
    assert browser(shop.made.owner).get(f"/runs/{run.id}/").status_code == 200


def test_a_version_that_cannot_be_read_any_more_is_said() -> None:
    shop = _waiting()
    run = shop.run()
    with tenant(shop.id):
        Run.objects.filter(id=run.id).update(version_id="00000000-0000-7000-8000-000000000000")
        StepRun.objects.filter(run_id=run.id).delete()
    assert "can't be read any more" in _trace(shop, run)


def _waiting(count: int = 1) -> Shop:
    shop = make_shop()
    shop.workflow(WAITING)
    shop.labels(count, at=NOW - DAY)
    return shop


def _ids(shop: Shop) -> list[Any]:
    with tenant(shop.id):
        return list(Run.objects.order_by("id").values_list("id", flat=True))


def _trace(shop: Shop, run: Run) -> str:
    answer = shop.owner.get(f"/runs/{run.id}/")
    assert answer.status_code == 200
    return words(answer)
