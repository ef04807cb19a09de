"""The inspector in the browser's place: forms are opened, changed, saved; what is wrong is said where it is."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from postsale.tenants.scope import tenant
from tests.factories import make_member, make_tenant
from tests.workflows.builder.inspector.conftest import Bench, client_of
from workflows.builder import draft

type Json = dict[str, Any]
type Build = Callable[..., Bench]

STATUS: Json = {"field": "parcel.tracking_status", "op": "is", "value": "awaiting_carrier"}
GATE: Json = {"id": "only_late", "kind": "condition", "if": {"all": [STATUS]}}
TAG: Json = {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "late"}}
MAIL: Json = {"id": "mail", "kind": "action", "action": "email.customer", "with": {"subject": "Hi", "body": "Hello"}}
WAIT: Json = {"id": "rest", "kind": "wait", "for": {"days": 1}}
BRANCH: Json = {"id": "ways", "kind": "branch", "paths": [{"if": STATUS, "steps": [TAG | {"id": "inner"}]}]}


def error_at(page: str, slot: str) -> str:
    """What is said at a place of the form."""
    found = re.search(rf'id="err-{slot}"[^>]*>([^<]*)<', page)
    assert found is not None, f"no place err-{slot}"
    return found[1].replace("&#x27;", "'").strip()


@pytest.mark.parametrize("where", ["trigger", "settings", "only_late", "tag", "mail", "rest", "ways"])
def test_every_form_opens_and_saving_it_untouched_is_no_change(build: Build, where: str) -> None:
    bench = build([GATE, TAG, MAIL, WAIT, BRANCH])
    before = bench.rev()

    answer = bench.save(where)

    assert "Saved" in answer
    assert bench.rev() == before


def test_a_change_is_one_operation_that_can_be_undone(build: Build) -> None:
    bench = build([GATE, TAG])

    answer = bench.save("tag", with__tag="very-late")

    assert bench.step("tag")["with"] == {"tag": "very-late"}
    assert bench.working().can_undo
    assert 'id="card-tag"' in answer
    assert 'id="sentence"' in answer
    assert "very-late" in answer


def test_a_problem_is_said_at_its_field(build: Build) -> None:
    bench = build([MAIL])

    answer = bench.save("mail", with__subject="", with__body="Order {{ order.nmber }}")

    assert error_at(answer, "with-subject") == "Needs a subject"
    assert error_at(answer, "with-body") == "There is no variable order.nmber; did you mean order.number?"
    assert error_at(answer, "form") == ""


def test_a_problem_in_a_row_is_said_under_that_row(build: Build) -> None:
    bench = build([GATE | {"if": {"all": [STATUS, {"field": "order.number", "op": "is", "value": "1"}]}}])

    answer = bench.save("only_late", if__1__v="")

    assert error_at(answer, "if-0") == ""
    assert error_at(answer, "if-1") != ""


def test_another_field_brings_its_operators_and_another_operator_its_values(build: Build) -> None:
    bench = build([GATE])

    other_field = bench.save("only_late", if__0__field="order.total")
    other_operator = bench.save("only_late", if__0__op="between", if__0__made="order.total")

    assert 'id="ops-row-if-0"' in other_field
    assert 'id="values-row-if-0"' in other_field
    assert 'id="ops-row-if-0"' not in other_operator
    assert 'name="if.0.v.1"' in other_operator


def test_what_is_being_edited_is_never_shown_anew(build: Build) -> None:
    bench = build([GATE, MAIL])

    answer = bench.save("only_late", if__0__v="delivered") + bench.save("mail", with__subject="Hello")

    assert 'name="if.0.v"' not in answer
    assert 'name="with.subject"' not in answer


def test_buttons_add_move_and_remove_rows_and_say_where_to_stand(build: Build) -> None:
    bench = build([GATE])

    added = bench.save("only_late", act="add", at="if")
    moved = bench.save("only_late", act="up", at="if.1")
    removed = bench.save("only_late", act="remove", at="if.0")

    assert re.search(r'id="pick-row-if-1"[^>]*autofocus', added, re.DOTALL)
    assert re.search(r'aria-label="Duplicate: condition"', moved)
    assert bench.step("only_late")["if"] == {"all": [STATUS]}
    assert 'id="ask-if"' in removed


def test_a_row_that_comes_to_an_end_of_its_group_is_moved_on_by_the_other_button(build: Build) -> None:
    other = STATUS | {"value": "delivered"}
    bench = build([GATE | {"if": {"all": [STATUS, other]}}])

    answer = bench.save("only_late", act="up", at="if.1")

    assert bench.step("only_late")["if"] == {"all": [other, STATUS]}
    assert re.search(r"Move down: Tracking status\"[^>]*autofocus", answer)


def test_what_can_not_be_done_is_said_and_replaces_nothing(build: Build) -> None:
    bench = build([TAG])

    said = {"act": "", "rev": str(bench.rev()), "name": "x" * 200_000}
    response = bench.client.post(bench.address("tag"), said)

    assert response.status_code == 422
    assert response["HX-Retarget"] == "#inspector-status"


@pytest.mark.parametrize(
    "said",
    [
        {"if.asked": "1", "if.what": "group", "if.count": "99999999", "if.0.what": "row", "if.0.was": "[" * 50_000},
        {"if.asked": "1", "if.what": "kept", "if.was": "{"},
        {"if.asked": "1", "if.what": "row", "if.field": "order.total", "if.op": "between", "if.v.0": "x"},
        {
            "if.asked": "1",
            "if.what": "row",
            "if.field": "nothing",
            "if.op": "nonsense",
            "if.v.n": "1",
            "if.v.unit": "eons",
        },
        {"act": "remove", "at": "if.999999999999.3"},
        {"act": "up", "at": "no.such.place"},
        {"act": "remove_path", "at": "x"},
        {"act": "letter", "at": "nothing"},
        {"rev": "9" * 40},
    ],
)
def test_nonsense_is_answered_and_breaks_nothing(build: Build, said: dict[str, str]) -> None:
    bench = build([GATE, TAG])

    response = bench.client.post(bench.address("only_late"), said)

    assert response.status_code in (200, 409, 422)
    assert bench.client.get(bench.address("only_late")).status_code == 200


def test_what_two_buttons_did_is_undone_one_by_one(build: Build) -> None:
    bench = build([GATE])
    bench.save("only_late", act="add", at="if")
    bench.save("only_late", act="duplicate", at="if.0")

    with tenant(bench.tenant_id):
        draft.apply(bench.workflow, member=bench.member, op={"op": "undo"}, rev=bench.rev(), now=datetime.now(UTC))

    assert bench.step("only_late")["if"] == {"all": [STATUS, {"field": "", "op": "is"}]}


def test_a_guard_is_added_and_taken_away(build: Build) -> None:
    bench = build([TAG])

    bench.save("tag", act="add", at="guard")
    with_guard = bench.step("tag")
    bench.save("tag", act="remove", at="guard")

    assert with_guard["guard"] == {"field": "", "op": "is"}
    assert "guard" not in bench.step("tag")


def test_paths_come_and_go_and_change_places(build: Build) -> None:
    bench = build([BRANCH])

    bench.save("ways", act="add_path", at="")
    bench.save("ways", paths__1__name="Others")
    bench.save("ways", act="path_up", at="1")
    names = [path.get("name") for path in bench.step("ways")["paths"]]
    bench.save("ways", act="remove_path", at="0")

    assert names == ["Others", None]
    assert bench.step("ways")["paths"] == BRANCH["paths"]


def test_another_way_to_wait_brings_its_own_questions(build: Build) -> None:
    bench = build([WAIT])

    answer = bench.save("rest", wait__mode="until_event")

    assert 'name="until_event.within.n"' in answer
    assert bench.step("rest")["until_event"]["within"] == {"days": 2}


def test_a_ready_letter_fills_the_texts(build: Build) -> None:
    bench = build([MAIL])

    answer = bench.save("mail", act="letter", at="running_late")

    assert "is running late" in bench.step("mail")["with"]["subject"]
    assert 'id="inspector-form"' in answer
    assert not bench.working().problems


def test_the_trigger_and_how_often_are_saved_together(build: Build) -> None:
    bench = build([TAG])

    bench.save("trigger", trigger__type="tracking.status_changed")
    bench.save("trigger", trigger__to=["exception"], once_per="order", cooldown__n="3")
    document = bench.working().document

    assert document["trigger"] == {"type": "tracking.status_changed", "to": ["exception"]}
    assert (document["once_per"], document["cooldown"]) == ("order", {"days": 3})


def test_pick_lists_offer_what_the_shop_has(build: Build) -> None:
    bench = build([GATE | {"if": {"field": "order.sales_channel", "op": "in", "value": ["shopify-us"]}}, TAG])

    page = bench.open("only_late")

    assert 'value="ebay"' in page
    assert 'value="shopify-us" checked' in " ".join(page.split())


def test_somebody_else_was_quicker(build: Build) -> None:
    bench = build([GATE, TAG])
    stale = str(bench.rev())
    other = make_member(bench.tenant_id, role="builder", email="priya@shop.example")
    with tenant(bench.tenant_id):
        op = {"op": "update", "id": "tag", "step": TAG | {"with": {"tag": "hers"}}}
        draft.apply(bench.workflow, member=other, op=op, rev=int(stale), now=bench.workflow.created_at)

    answer = bench.save("tag", status=409, rev=stale, with__tag="mine")

    assert "Priya changed this workflow. Showing the latest." in answer
    assert bench.step("tag")["with"] == {"tag": "hers"}


def test_what_the_same_person_did_elsewhere_is_no_conflict(build: Build) -> None:
    bench = build([GATE, TAG])
    stale = str(bench.rev())
    bench.save("tag", with__tag="first")

    bench.save("tag", rev=stale, with__tag="second")

    assert bench.step("tag")["with"] == {"tag": "second"}


@pytest.mark.parametrize("role", ["viewer", "shipping_manager"])
def test_those_who_do_not_build_look_and_change_nothing(build: Build, role: str) -> None:
    bench = build([TAG], role=role)

    page = bench.open("tag")

    assert "hx-post" not in page.partition("<fieldset")[0]
    assert "disabled" in page
    bench.save("tag", status=403, with__tag="other")


def test_a_step_that_is_gone_says_so(build: Build) -> None:
    assert "not there any more" in build([TAG]).open("gone")


def test_strangers_find_nothing(build: Build) -> None:
    bench = build([TAG])
    stranger = make_tenant()
    member = make_member(stranger.id, role="owner")

    for rest in ("", "matches/", "letter/"):
        assert client_of(member.user_id).get(bench.address("tag", rest)).status_code == 404
    assert client_of(member.user_id).get(f"/workflows/{bench.workflow.id}/try/").status_code == 404
