"""The API and the builder speak of one draft: what somebody is building, and what is written over it."""

import json
from typing import Any

import pytest
from django.test import Client

from postsale.tenants.models import Member, User
from postsale.tenants.scope import tenant
from tests.api.kit import DOCUMENT, Furnished, furnish
from workflows.builder.models import Draft

pytestmark = pytest.mark.django_db(transaction=True)


class Builder:
    """The shop's owner at the builder of a workflow."""

    def __init__(self, shop: Furnished) -> None:
        self.shop = shop
        self.page = f"/workflows/{shop.ids['workflows']}/"
        self.api = f"workflows/{shop.ids['workflows']}/"
        self.client = Client()
        with tenant(shop.shop.id):
            owner = Member.objects.get(tenant_id=shop.shop.id, email=shop.shop.owner)
        self.client.force_login(User.objects.get(id=owner.user_id))

    def do(self, rev: int, **op: Any) -> Any:
        """One operation on the canvas."""
        return self.client.post(f"{self.page}do/", {"op": json.dumps(op), "rev": str(rev)})

    def draft(self) -> Any:
        """What the API gives as the draft."""
        return self.shop.api.get(f"{self.api}document/?version=draft")

    def rev(self) -> int:
        """The revision of the working copy."""
        with tenant(self.shop.shop.id):
            return Draft.objects.get(tenant_id=self.shop.shop.id, workflow_id=self.shop.ids["workflows"]).rev


@pytest.fixture
def builder() -> Builder:
    """A published workflow, opened in the builder."""
    made = Builder(furnish())
    made.client.get(made.page)
    return made


def test_the_draft_is_what_somebody_is_building_also_while_it_is_unfinished(builder: Builder) -> None:
    builder.do(1, op="insert", kind="order.add_tag", list="root", index=0)

    draft = builder.draft()

    assert draft["steps"][0] == {"id": "add_tag", "kind": "action", "action": "order.add_tag", "with": {}}
    assert [step["id"] for step in draft["steps"][1:]] == [step["id"] for step in DOCUMENT["steps"]]


def test_what_is_unfinished_in_the_builder_is_not_published_past_it(builder: Builder) -> None:
    builder.do(1, op="insert", kind="order.add_tag", list="root", index=0)

    answer = builder.shop.api.ask("POST", f"{builder.api}publish/", {"mode": "live"})

    assert answer.status_code == 409
    assert "Somebody is changing it in the builder" in answer.json()["detail"]


def test_a_draft_that_is_written_takes_the_place_of_what_was_built(builder: Builder) -> None:
    builder.do(1, op="insert", kind="order.add_tag", list="root", index=0)
    before = builder.rev()

    builder.shop.api.ask("PUT", f"{builder.api}draft/", DOCUMENT | {"name": "By the API"})

    assert builder.draft()["name"] == "By the API"
    assert builder.rev() == before + 1


def test_an_open_builder_hears_of_a_written_draft_and_overwrites_nothing(builder: Builder) -> None:
    builder.do(1, op="insert", kind="wait", list="root", index=0)
    seen = builder.rev()
    builder.shop.api.ask("PUT", f"{builder.api}draft/", DOCUMENT | {"name": "By the API"})

    late = builder.do(seen - 1, op="delete", id="wait")
    fresh = builder.client.get(f"{builder.page}flow/").content.decode()

    assert late.status_code == 409
    assert "changed this workflow" in late.content.decode()
    assert f'data-rev="{builder.rev()}"' in fresh
    assert builder.draft()["name"] == "By the API"


def test_what_the_api_wrote_can_be_undone_in_the_builder(builder: Builder) -> None:
    builder.do(1, op="insert", kind="wait", list="root", index=0)
    builder.shop.api.ask("PUT", f"{builder.api}draft/", DOCUMENT | {"name": "By the API"})

    undone = builder.do(builder.rev(), op="undo")

    assert undone.status_code == 200
    assert builder.draft()["name"] == DOCUMENT["name"]
    assert builder.draft()["steps"][0]["id"] == "wait"


def test_a_restored_version_is_seen_at_once(builder: Builder) -> None:
    builder.do(1, op="insert", kind="wait", list="root", index=0)

    builder.shop.api.ask("POST", f"{builder.api}restore/", {"version": 1})

    assert builder.draft()["steps"] == DOCUMENT["steps"]
    assert f'data-rev="{builder.rev()}"' in builder.client.get(f"{builder.page}flow/").content.decode()
