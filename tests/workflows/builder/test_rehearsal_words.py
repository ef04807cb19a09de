"""What a back-test says of its actions: words that people recognise, none of the texts' own signs."""

from typing import Any

import pytest
from django.test import Client

from postsale.tenants.models import User
from postsale.tenants.scope import tenant
from tests.workflows.builder.conftest import NOW, House, stored
from tests.workflows.replay.kit import DAY, START, decide, label
from workflows.builder.rehearsal import reading
from workflows.definitions import publish, store
from workflows.definitions.models import Workflow
from workflows.definitions.names import names_of
from workflows.replay import backtest
from workflows.replay.models import Backtest

pytestmark = pytest.mark.django_db(transaction=True)


def letter(key: str, subject: str) -> dict[str, Any]:
    return {
        "id": key, "kind": "action", "action": "email.customer", "on_error": "continue",
        "with": {"subject": subject, "body": "Hello"},
    }  # fmt: skip


def tried(house: House, steps: list[dict[str, Any]], **options: Any) -> Backtest:
    """A finished back-test of a workflow with these steps, over one label with an address and one without."""
    label(house.id, "1001", at=START)
    decide(house.id, until=START + DAY)
    document = {"format": "postsale.workflow/1", "name": "Two letters", "trigger": {"type": "label.created"},
                "once_per": "parcel", "steps": steps}  # fmt: skip
    with tenant(house.id):
        workflow = stored(document)
        asked = backtest.create_of(
            Workflow.objects.get(id=workflow.id), 1, from_at=START, to_at=START + 2 * DAY, now=START + 2 * DAY,
            options={"number": 1, "days": 30, **options},
        )  # fmt: skip
    backtest.run_next()
    with tenant(house.id):
        return Backtest.objects.get(id=asked.id)


def test_two_letters_are_told_apart_by_their_subjects(house: House) -> None:
    test = tried(
        house,
        [
            letter("one", "Your order {{ order.number }} is late"),
            letter("two", "Ready {% if order.total %}now{% endif %}"),
        ],
    )

    with tenant(house.id):
        deeds = reading.step_lines(test, names_of(house.id))

    assert [(each.subject, each.done, each.held, each.failed) for each in deeds] == [
        ("Your order … is late", 1, 0, 0), ("Ready…", 1, 0, 0),
    ]  # fmt: skip


def test_any_two_versions_are_compared_in_words_and_outcomes(house: House) -> None:
    first = tried(house, [letter("one", "Late")])
    with tenant(house.id):
        workflow = Workflow.objects.get(tenant_id=house.id)
        publish.publish(workflow.id, mode="live", by="mia@shop.example", now=NOW)
        longer = {**first.document, "steps": [*first.document["steps"], letter("two", "Again")]}
        store.save(longer, workflow=workflow, by="mia@shop.example", now=NOW)
        publish.publish(workflow.id, mode="live", by="mia@shop.example", now=NOW)
    client = Client()
    client.force_login(User.objects.get(email=house.made.owner))

    versions = client.get(f"/workflows/{workflow.id}/versions/").content.decode()
    asked = client.post(f"/workflows/{workflow.id}/backtest/", {"version": "2", "against": "1", "days": "90"})
    backtest.run_next()
    page = " ".join(client.get(asked["Location"]).content.decode().split())

    assert "Compare outcomes over 30 days" in versions
    assert "Compared with version 1 </h2>" in page
    assert "<b>1 more</b> e-mails to customers" in page
    assert "<b>+0</b> would also act" in page
