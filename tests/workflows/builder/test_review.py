"""Review by a second person: when the shop asks for it, nothing goes live before somebody else approved exactly that."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from postsale.orders.models import Order
from postsale.tenants import settings
from postsale.tenants.models import AuditEntry, Member
from postsale.tenants.scope import tenant
from postsale.tenants.settings_shapes import Changes, ReviewChange
from tests.factories import make_member, make_tenant
from tests.workflows.builder.conftest import NOW, House, a_document, stored
from tests.workflows.builder.test_pages import WAIT, do, signed_in
from tests.workflows.replay.kit import DAY, HOUR, SHIPMENT_EXCEPTION, START, decide, label, scan
from workflows.builder.models import Draft, Review
from workflows.builder.rehearsal.reading import warnings
from workflows.builder.review import deeds, rules
from workflows.definitions import publish, store
from workflows.definitions.models import Workflow
from workflows.history.notices import reading
from workflows.replay import backtest
from workflows.replay.models import Backtest
from workflows.runs.deliver import deliver
from workflows.runs.models import Notification, Outbox, Run

pytestmark = pytest.mark.django_db(transaction=True)


def ask_for_reviews(tenant_id: int, **rule: Any) -> None:
    with tenant(tenant_id):
        settings.change(tenant_id, Changes(review=ReviewChange(**rule)), actor="o", now=NOW)


@pytest.fixture
def careful(house: House) -> House:
    """A shop where a second person always looks."""
    ask_for_reviews(house.id, is_always=True)
    return house


@pytest.fixture
def workflow(house: House) -> Workflow:
    with tenant(house.id):
        return stored()


def state_of(house: House, workflow: Workflow) -> str:
    with tenant(house.id):
        return Workflow.objects.get(id=workflow.id).state


def reviews(house: House) -> list[tuple[str, str, str]]:
    with tenant(house.id):
        rows = Review.objects.filter(tenant_id=house.id).order_by("id")
        return [(row.state, row.asked_by, row.decided_by) for row in rows]


def notices(house: House, member: Member) -> list[str]:
    with tenant(house.id):
        return [each.subject for each in reading.page(member)[0]]


def actions(house: House) -> list[str]:
    with tenant(house.id):
        rows = AuditEntry.objects.filter(tenant_id=house.id, action__startswith="workflow.")
        return list(rows.order_by("id").values_list("action", flat=True))


def api(house: House, path: str, body: dict[str, Any], method: str = "POST") -> Any:
    key = {"Authorization": f"Bearer {house.made.api_key}"}
    return Client().generic(method, f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=key)


def asked(house: House, workflow: Workflow, **said: Any) -> Client:
    """Priya opens the workflow and asks for a review; her browser."""
    priya = signed_in(house.priya.email)
    priya.get(f"/workflows/{workflow.id}/")
    priya.post(f"/workflows/{workflow.id}/publish/", {"mode": "review", "rev": 1, "note": "Late ones only.", **said})
    return priya


def decide_on(client: Client, workflow: Workflow, what: str, *, rev: int = 1, words: str = "") -> str:
    """Approve, decline or withdraw; the page afterwards."""
    said = {"what": what, "rev": rev, "words": words}
    return client.post(f"/workflows/{workflow.id}/review/", said, follow=True).content.decode()


def test_a_shop_that_asks_for_nothing_publishes_as_ever(house: House, workflow: Workflow) -> None:
    owner = signed_in(house.made.owner)
    owner.get(f"/workflows/{workflow.id}/")

    dialog = owner.get(f"/workflows/{workflow.id}/publish/").content.decode()
    owner.post(f"/workflows/{workflow.id}/publish/", {"mode": "live", "rev": 1})

    assert ("Turn on" in dialog, "Ask for a review" in dialog) == (True, False)
    assert state_of(house, workflow) == "live"


def test_what_needs_a_review_can_not_go_live_but_watch(careful: House, workflow: Workflow) -> None:
    owner = signed_in(careful.made.owner)
    dialog = owner.get(f"/workflows/{workflow.id}/publish/").content.decode()

    refused = owner.post(f"/workflows/{workflow.id}/publish/", {"mode": "live", "rev": 1}, follow=True).content.decode()
    before = state_of(careful, workflow)
    owner.post(f"/workflows/{workflow.id}/publish/", {"mode": "watch", "rev": 1})

    assert ('value="live"' in dialog, 'value="review"' in dialog, "priya@shop.example" in dialog) == (False, True, True)
    assert "a second person reviews before a workflow goes live" in refused
    assert (before, state_of(careful, workflow)) == ("draft", "watching")


def test_what_watches_needs_the_review_too_before_it_is_turned_on(careful: House, workflow: Workflow) -> None:
    owner = signed_in(careful.made.owner)
    owner.post(f"/workflows/{workflow.id}/publish/", {"mode": "watch", "rev": 1})

    owner.post(f"/workflows/{workflow.id}/publish/", {"mode": "live", "rev": 1})
    stays = state_of(careful, workflow)
    asked(careful, workflow)
    decide_on(owner, workflow, "approve")

    assert (stays, state_of(careful, workflow)) == ("watching", "live")


def test_the_api_refuses_in_words_until_it_is_approved(careful: House, workflow: Workflow) -> None:
    refused = api(careful, f"workflows/{workflow.id}/publish/", {"mode": "live"})
    watched = api(careful, f"workflows/{workflow.id}/publish/", {"mode": "watch"})
    asked(careful, workflow)
    decide_on(signed_in(careful.made.owner), workflow, "approve")
    again = api(careful, f"workflows/{workflow.id}/publish/", {"mode": "live"})

    assert (refused.status_code, watched.status_code, again.status_code) == (409, 200, 200)
    assert refused.json()["detail"].startswith("In this shop a second person reviews before a workflow goes live.")
    assert "Ask for a review" in refused.json()["detail"]


def test_the_others_are_told_and_the_one_who_asks_is_not(careful: House, workflow: Workflow) -> None:
    looks = make_member(careful.id, role="viewer")

    asked(careful, workflow)

    with tenant(careful.id):
        [notice] = Notification.objects.filter(tenant_id=careful.id)
    assert (notice.member_id, notice.workflow_id) == (careful.owner.id, workflow.id)
    assert notice.body == "priya@shop.example wants it to go live. “Late ones only.”"
    assert [notices(careful, each) for each in (careful.owner, careful.priya, looks)] == [
        ["Please review “Late”"], [], [],
    ]  # fmt: skip
    bell = signed_in(careful.made.owner).get("/notifications/").content.decode()
    assert f'href="/workflows/{workflow.id}/"' in bell


def test_reviewers_and_who_asked_are_told_by_mail_too(careful: House, workflow: Workflow) -> None:
    asked(careful, workflow)
    decide_on(signed_in(careful.made.owner), workflow, "decline", words="Only the US, please.")

    deliver(now=NOW)

    with tenant(careful.id):
        letters = list(Outbox.objects.filter(tenant_id=careful.id).order_by("id"))
    link = f"/workflows/{workflow.id}/"
    assert [(each.to, each.subject, each.status) for each in letters] == [
        (careful.made.owner, "Please review “Late”", "sent"),
        ("priya@shop.example", "“Late” does not go live yet", "sent"),
    ]
    assert [link in each.content["text"] for each in letters] == [True, True]
    assert signed_in(careful.made.owner).get(f"/messages/{letters[0].id}/").status_code == 200


def test_today_and_the_workflow_say_that_a_review_waits(careful: House, workflow: Workflow) -> None:
    priya = asked(careful, workflow)
    owner, viewer = (signed_in(who) for who in (careful.made.owner, make_member(careful.id, role="viewer").email))

    today = {who: "waits for your review" in client.get("/").content.decode()
             for who, client in (("owner", owner), ("priya", priya), ("viewer", viewer))}  # fmt: skip
    pages = [" ".join(client.get(f"/workflows/{workflow.id}/").content.decode().split()) for client in (owner, priya)]

    assert today == {"owner": True, "priya": False, "viewer": False}
    assert ["Waits for review" in page for page in pages] == [True, True]
    assert ["Review…" in page for page in pages] == [True, True]


def test_approving_lets_it_go_live_and_tells_who_asked(careful: House, workflow: Workflow) -> None:
    asked(careful, workflow)
    owner = signed_in(careful.made.owner)

    dialog = owner.get(f"/workflows/{workflow.id}/publish/").content.decode()
    said = decide_on(owner, workflow, "approve")

    assert ("Late ones only." in dialog, "Approve and turn on" in dialog) == (True, True)
    assert "Approved. “Late” is on" in said
    assert state_of(careful, workflow) == "live"
    assert reviews(careful) == [("approved", "priya@shop.example", careful.made.owner)]
    assert notices(careful, careful.priya) == ["“Late” is on"]
    assert actions(careful) == ["workflow.review_asked", "workflow.review_approved", "workflow.published"]


def test_nobody_approves_their_own(careful: House, workflow: Workflow) -> None:
    priya = asked(careful, workflow)

    dialog = priya.get(f"/workflows/{workflow.id}/publish/").content.decode()
    said = decide_on(priya, workflow, "approve")

    assert ("Approve" in dialog, "Take it back" in dialog) == (False, True)
    assert "somebody else has to decide" in said
    assert (state_of(careful, workflow), reviews(careful)[0][0]) == ("draft", "asked")


def test_declining_needs_words_and_hands_them_over(careful: House, workflow: Workflow) -> None:
    priya = asked(careful, workflow)
    owner = signed_in(careful.made.owner)

    mute = decide_on(owner, workflow, "decline")
    decide_on(owner, workflow, "decline", words="Only the US, please.")
    dialog = priya.get(f"/workflows/{workflow.id}/publish/").content.decode()

    assert "Say what should be different" in mute
    assert reviews(careful) == [("declined", "priya@shop.example", careful.made.owner)]
    assert notices(careful, careful.priya) == ["“Late” does not go live yet"]
    assert "declined this version: “Only the US, please.”" in dialog
    assert "workflow.review_declined" in actions(careful)


def test_who_asked_takes_it_back_and_nobody_else_does(careful: House, workflow: Workflow) -> None:
    priya = asked(careful, workflow)

    other = decide_on(signed_in(careful.made.owner), workflow, "withdraw")
    decide_on(priya, workflow, "withdraw")
    late = decide_on(signed_in(careful.made.owner), workflow, "approve")

    assert "There is no review of yours to take back" in other
    assert reviews(careful) == [("withdrawn", "priya@shop.example", "priya@shop.example")]
    assert "Nobody waits for a review of it as it is now" in late
    assert state_of(careful, workflow) == "draft"


@pytest.mark.parametrize("how", ["canvas", "unfinished", "api"])
def test_any_change_takes_the_review_back(careful: House, workflow: Workflow, how: str) -> None:
    priya = asked(careful, workflow)
    owner = signed_in(careful.made.owner)

    if how == "api":
        api(careful, f"workflows/{workflow.id}/draft/", a_document(tags=2), "PUT")
    else:
        do(owner, workflow, WAIT if how == "canvas" else {**WAIT, "kind": "branch"})
    late = decide_on(owner, workflow, "approve")
    priya.get(f"/workflows/{workflow.id}/")

    assert "Nobody waits for a review of it as it is now" in late
    assert state_of(careful, workflow) == "draft"
    assert [state for state, _, _ in reviews(careful)] == ["withdrawn"]
    assert notices(careful, careful.priya) == ["“Late” was changed: ask for a review again"]
    assert "waits for your review" not in owner.get("/").content.decode()


def test_what_was_approved_is_that_version_and_no_later_one(careful: House, workflow: Workflow) -> None:
    asked(careful, workflow)
    owner = signed_in(careful.made.owner)
    decide_on(owner, workflow, "approve")
    do(owner, workflow, WAIT)

    owner.post(f"/workflows/{workflow.id}/publish/", {"mode": "live", "rev": 2})

    with tenant(careful.id):
        assert Workflow.objects.get(id=workflow.id).published == 1


def test_what_was_live_goes_on_after_a_pause_without_a_review(house: House, workflow: Workflow) -> None:
    owner = signed_in(house.made.owner)
    owner.post(f"/workflows/{workflow.id}/publish/", {"mode": "live", "rev": 1})
    ask_for_reviews(house.id, is_always=True)

    owner.post(f"/workflows/{workflow.id}/standing/", {"what": "pause"})
    owner.post(f"/workflows/{workflow.id}/publish/", {"mode": "live", "rev": 1})

    assert state_of(house, workflow) == "live"


@pytest.mark.parametrize("role", ["viewer", "shipping_manager"])
def test_who_does_not_build_does_not_review(careful: House, workflow: Workflow, role: str) -> None:
    asked(careful, workflow)
    client = signed_in(make_member(careful.id, role=role).email)

    answer = client.post(f"/workflows/{workflow.id}/review/", {"what": "approve", "rev": 1})

    assert answer.status_code == 403
    assert reviews(careful)[0][0] == "asked"


def test_another_shop_finds_no_review_and_nonsense_is_refused(careful: House, workflow: Workflow) -> None:
    asked(careful, workflow)
    stranger, owner = signed_in(make_tenant().owner), signed_in(careful.made.owner)
    path, said = f"/workflows/{workflow.id}/review/", {"what": "approve", "rev": 1}

    assert stranger.post(path, said).status_code == 404
    assert owner.get(path).status_code == 405
    assert [owner.post(path, {**said, **wrong}).status_code for wrong in ({"what": "x"}, {"rev": "x"})] == [400, 400]


def test_an_owner_alone_publishes_and_the_log_says_so() -> None:
    made = make_tenant()
    ask_for_reviews(made.id, is_always=True)
    with tenant(made.id):
        workflow = stored()
    owner = signed_in(made.owner)

    dialog = owner.get(f"/workflows/{workflow.id}/publish/").content.decode()
    owner.post(f"/workflows/{workflow.id}/publish/", {"mode": "live", "rev": 1})

    with tenant(made.id):
        assert Workflow.objects.get(id=workflow.id).state == "live"
        alone = AuditEntry.objects.get(tenant_id=made.id, action="workflow.published_alone")
    assert "You are the only one here who could" in dialog
    assert (alone.actor, alone.target) == (made.owner, "Late")


def exceptional(house: House, *, of: int = 4) -> Workflow:
    """A shop of `of` orders, one of which the workflow would have acted on."""
    for at in range(of):
        label(house.id, f"10{at}", at=START)
    scan(house.id, "100", "exception", at=START + HOUR)
    decide(house.id, until=START + DAY)
    with tenant(house.id):
        # What the simulated clock made came in on the days of the story.
        Order.objects.filter(tenant_id=house.id).update(created_at=START)
        return stored(dict(SHIPMENT_EXCEPTION))


def tried_on(house: House, workflow: Workflow, *, until: datetime, days: int = 30, **options: Any) -> Backtest:
    with tenant(house.id):
        held = Workflow.objects.get(id=workflow.id)
        test = backtest.create_of(
            held, "newest", from_at=until - days * DAY, to_at=until, now=until,
            options={"number": 1, "days": days, **options},
        )  # fmt: skip
    assert backtest.run_next() == test.id
    return test


UNTIL = START + 10 * DAY


def why(house: House, workflow: Workflow, *, now: datetime = UNTIL + HOUR) -> str | None:
    with tenant(house.id):
        held = Workflow.objects.get(id=workflow.id)
        need = rules.need_of(held, store.version_of(held, "newest"), now=now)
    return need.why if need else None


@pytest.mark.parametrize(("limit", "expected"), [(24, "share"), (25, None), (99, None)])
def test_the_share_of_orders_decides_whether_somebody_must_look(house: House, limit: int, expected: str | None) -> None:
    ask_for_reviews(house.id, above_percent=limit)
    workflow = exceptional(house)
    tried_on(house, workflow, until=UNTIL)

    assert why(house, workflow) == expected


def test_what_nobody_tried_on_thirty_days_needs_a_review(house: House) -> None:
    ask_for_reviews(house.id, above_percent=99)
    workflow = exceptional(house)
    nobody = why(house, workflow)
    tried_on(house, workflow, until=UNTIL, days=7)
    short = why(house, workflow)
    tried_on(house, workflow, until=UNTIL, channels=["ebay"])
    partly = why(house, workflow)
    tried_on(house, workflow, until=UNTIL)

    assert (nobody, short, partly) == ("untried", "untried", "untried")
    assert (why(house, workflow), why(house, workflow, now=UNTIL + 8 * DAY)) == (None, "untried")


def test_a_test_of_other_steps_says_nothing_of_these(house: House) -> None:
    ask_for_reviews(house.id, above_percent=99)
    workflow = exceptional(house)
    tried_on(house, workflow, until=UNTIL)

    with tenant(house.id):
        store.save({**SHIPMENT_EXCEPTION, "once_per": "order"}, workflow=workflow, by="o", now=UNTIL)

    assert why(house, workflow) == "untried"


def test_the_dialog_says_what_the_newest_test_came_to(house: House) -> None:
    workflow = exceptional(house)
    client = signed_in(house.priya.email)
    client.get(f"/workflows/{workflow.id}/")

    before = client.get(f"/workflows/{workflow.id}/publish/").content.decode()
    test = tried_on(house, workflow, until=UNTIL)
    after = " ".join(client.get(f"/workflows/{workflow.id}/publish/").content.decode().split())

    assert "Try on the last 30 days first" in before
    assert "it would have acted on <b>1</b> order; 4 came in." in after
    assert f"?test={test.id}" in after
    assert "Try on the last 30 days first" not in after


def test_the_dialog_compares_with_what_is_published(house: House) -> None:
    workflow = exceptional(house)
    with tenant(house.id):
        publish.publish(workflow.id, mode="live", by="o", now=NOW)
        store.save({**SHIPMENT_EXCEPTION, "trigger": {"type": "label.created"}}, workflow=workflow, by="o", now=NOW)
    tried_on(house, workflow, until=UNTIL, compare=1)

    dialog = " ".join(signed_in(house.priya.email).get(f"/workflows/{workflow.id}/publish/").content.decode().split())

    assert (
        "Compared with version 1: <b>+3</b> would also act, <b>\N{MINUS SIGN}0</b> would no longer; as many e-mails"
        in dialog
    )


def test_the_button_asks_for_the_test_of_this_version(house: House) -> None:
    workflow = exceptional(house)
    client = signed_in(house.priya.email)

    answer = client.post(
        f"/workflows/{workflow.id}/backtest/", {"version": "1", "days": "30", "rev": 1, "mode": "watch"}
    )
    dialog = client.get(f"/workflows/{workflow.id}/publish/").content.decode()

    assert answer.status_code == 302
    assert "It is being tried on past orders." in dialog


def waits(house: House) -> Workflow:
    """A run waits with version 1, which acts; version 2 is a draft."""
    nap = {"id": "nap", "kind": "wait", "for": {"days": 20}}
    document = {**a_document(), "steps": [nap, *a_document()["steps"][1:]]}
    with tenant(house.id):
        workflow = stored(document)
        publish.publish(workflow.id, mode="live", by="o", now=START - DAY)
    label(house.id, "1001", at=START)
    decide(house.id, until=START + DAY)
    with tenant(house.id):
        return store.save({**document, "description": "Second"}, workflow=workflow, by="o", now=NOW)


def version_of_run(house: House) -> int:
    with tenant(house.id):
        return Run.objects.get(tenant_id=house.id).version


@pytest.mark.parametrize(
    ("said", "expected"),
    [({"mode": "live"}, 1), ({"mode": "live", "move": "on"}, 2), ({"mode": "watch", "move": "on"}, 1)],
)
def test_waiting_runs_move_only_when_somebody_says_so(house: House, said: dict[str, str], expected: int) -> None:
    workflow = waits(house)
    owner = signed_in(house.made.owner)

    dialog = owner.get(f"/workflows/{workflow.id}/publish/").content.decode()
    owner.post(f"/workflows/{workflow.id}/publish/", {"rev": 1, **said})

    assert "Move the 1 waiting run to this version" in " ".join(dialog.split())
    assert version_of_run(house) == expected
    assert actions(house).count("workflow.runs_moved") == expected - 1


def test_what_was_asked_with_the_review_moves_when_it_is_approved(careful: House) -> None:
    ask_for_reviews(careful.id, is_always=False)
    workflow = waits(careful)
    ask_for_reviews(careful.id, is_always=True)

    asked(careful, workflow, move="on")
    before = version_of_run(careful)
    decide_on(signed_in(careful.made.owner), workflow, "approve")

    assert (before, version_of_run(careful)) == (1, 2)


def test_what_only_watches_is_no_way_around_the_review_for_waiting_runs(house: House) -> None:
    workflow = waits(house)
    ask_for_reviews(house.id, is_always=True)
    owner = signed_in(house.made.owner)
    owner.post(f"/workflows/{workflow.id}/publish/", {"mode": "watch", "rev": 1})

    said = owner.post(f"/workflows/{workflow.id}/versions/move/", follow=True).content.decode()

    assert "a second person reviews before a workflow goes live" in said
    assert version_of_run(house) == 1


def test_going_live_without_a_review_closes_the_one_that_waits(careful: House, workflow: Workflow) -> None:
    asked(careful, workflow)
    ask_for_reviews(careful.id, is_always=False)

    signed_in(careful.made.owner).post(f"/workflows/{workflow.id}/publish/", {"mode": "live", "rev": 1})

    assert [state for state, _, _ in reviews(careful)] == ["withdrawn"]


def test_a_review_is_asked_for_once_and_only_where_somebody_could_look(careful: House, workflow: Workflow) -> None:
    asked(careful, workflow)
    with tenant(careful.id):
        said: dict[str, Any] = {"rev": 1, "note": "", "moves_waiting": False, "now": NOW}
        with pytest.raises(store.ConflictError, match="already"):
            deeds.ask(workflow, member=careful.owner, **said)
        Member.objects.filter(id=careful.priya.id).update(role="viewer")
        with pytest.raises(store.ConflictError, match="nobody else here"):
            deeds.ask(workflow, member=careful.owner, **said)


def test_the_settings_are_checked_and_shown(house: House) -> None:
    owner = signed_in(house.made.owner)
    said = {"name": "North", "timezone": "UTC", "review_always": "on", "review_above": "20"}

    owner.post("/settings/", said)
    found = api(house, "settings/", {}, "GET").json()["review"]
    wrong = owner.post("/settings/", {**said, "review_above": "0"}).content.decode()
    refused = api(house, "settings/", {"review": {"above_percent": 100}}, "PATCH")

    assert found == {"is_always": True, "above_percent": 20}
    assert "This is no share of orders" in wrong
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "review.above_percent")


def test_the_dialog_asks_the_database_as_often_for_thirty_tests_as_for_one(careful: House, workflow: Workflow) -> None:
    counts = []
    client = signed_in(careful.priya.email)
    client.get(f"/workflows/{workflow.id}/publish/")
    for more in (1, 29):
        with tenant(careful.id):
            for _ in range(more):
                made = backtest.create_of(workflow, "newest", from_at=NOW - DAY, to_at=NOW, now=NOW)
                Backtest.objects.filter(id=made.id).update(state="done", result={"orders": 0})
                make_review(workflow)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/workflows/{workflow.id}/publish/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def make_review(workflow: Workflow) -> None:
    """A review of long ago."""
    rev = Draft.objects.get(workflow_id=workflow.id).rev
    Review.objects.create(
        tenant_id=workflow.tenant_id, workflow_id=workflow.id, version_id=store.version_of(workflow, "newest").id,
        rev=rev, state="declined", asked_by="x@shop.example", asked_at=NOW, words="No.",
    )  # fmt: skip


@pytest.mark.parametrize(("acted", "expected"), [(4, 0), (5, 1)])
def test_acting_on_a_quarter_of_the_orders_is_worth_a_warning(acted: int, expected: int) -> None:
    test = Backtest(from_at=START, to_at=UNTIL, result={"orders": acted, "all_orders": 20})

    assert len(warnings(test)) == expected
