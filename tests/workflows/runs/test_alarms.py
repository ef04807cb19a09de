"""People are told that a workflow fails: whom the settings name, once for each workflow in six hours."""

from datetime import timedelta
from typing import Any

import pytest

from postsale.tenants import settings
from postsale.tenants.scope import tenant
from postsale.tenants.settings_shapes import Changes, FailuresChange
from tests.factories import make_member, make_tenant
from tests.workflows.runs.kit import NOW, decide, hours, label, publish_document, rows, say
from workflows.models import Notification, Outbox, Run

pytestmark = pytest.mark.django_db(transaction=True)

T = NOW + timedelta(minutes=1)


def fragile(name: str = "Fragile") -> dict[str, Any]:
    """A workflow that fails, for no order here has a promise."""
    steps = [{"id": "note", "kind": "action", "action": "order.add_note", "with": {"text": "{{ order.promised_by }}"}}]
    return {
        "format": "postsale.workflow/1",
        "name": name,
        "trigger": {"type": "label.created"},
        "once_per": "event",
        "steps": steps,
    }


def test_until_somebody_chooses_owners_are_told_in_the_app() -> None:
    shop = make_tenant()
    workflow = publish_document(shop.id, fragile())
    make_member(shop.id, role="builder")
    say(shop.id, label("1001", "1Z1", at=T), at=T)

    decide(shop.id, until=T + hours(1))

    (told,) = rows(shop.id, Notification)
    (run,) = rows(shop.id, Run)
    assert (told.subject, told.run_id, told.workflow_id) == ("“Fragile” failed for order 1001", run.id, workflow.id)
    assert told.body == run.reason
    assert rows(shop.id, Outbox) == []


def test_who_was_chosen_gets_a_letter_once_for_each_workflow_in_six_hours() -> None:
    shop = make_tenant()
    builder = make_member(shop.id, role="builder").email
    with tenant(shop.id):
        settings.change(shop.id, Changes(failures=FailuresChange(roles=["builder"], by_email=True)), actor="a", now=NOW)
    publish_document(shop.id, fragile())
    publish_document(shop.id, fragile("Brittle"))
    for number, later in enumerate((0, 0.1, 5, 7)):
        say(shop.id, label(f"{number}", f"1Z{number}", at=T), at=T + hours(later))
        decide(shop.id, until=T + hours(later))

    letters = rows(shop.id, Outbox)
    assert [(each.to, each.kind) for each in letters] == [(builder, "email")] * 4
    assert sorted(each.subject for each in letters) == [
        "“Brittle” failed for order 0", "“Brittle” failed for order 3",
        "“Fragile” failed for order 0", "“Fragile” failed for order 3",
    ]  # fmt: skip
    assert f"/runs/{letters[0].run_id}/?shop=" in letters[0].content["text"]
    assert len(rows(shop.id, Notification)) == 4


def test_nobody_chosen_is_nobody_told() -> None:
    shop = make_tenant()
    with tenant(shop.id):
        settings.change(shop.id, Changes(failures=FailuresChange(roles=[])), actor="a", now=NOW)
    publish_document(shop.id, fragile())
    say(shop.id, label("1", "1Z1", at=T), at=T)

    decide(shop.id, until=T + hours(1))

    assert (rows(shop.id, Notification), rows(shop.id, Outbox)) == ([], [])


def test_a_role_that_there_is_not_is_refused() -> None:
    shop = make_tenant()
    with tenant(shop.id):
        _, flaws = settings.change(shop.id, Changes(failures=FailuresChange(roles=["boss"])), actor="a", now=NOW)

    assert [flaw.path for flaw in flaws] == ["failures.roles"]
