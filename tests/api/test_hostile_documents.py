"""Workflow documents as an attacker or a careless importer writes them (RELIABILITY.md section 2.2; the ids in the
names): refused with the place named, and nothing of them stored."""

import json
from typing import Any

import pytest

from postsale.tenants.models import Role
from postsale.tenants.scope import tenant
from tests.api.kit import DOCUMENT, Api, Furnished, furnish, person
from tests.factories import NOW, make_connection, make_member, make_tenant
from workflows.definitions.models import Workflow
from workflows.runs.signers import NoSecretError, secrets_of

pytestmark = pytest.mark.django_db(transaction=True)

TAG = {"id": "tag", "kind": "action", "action": "order.add_tag", "with": {"tag": "late"}}


def gate(**leaf: Any) -> dict[str, Any]:
    """A document whose one gate asks this."""
    return {**DOCUMENT, "steps": [{"id": "ask", "kind": "condition", "if": leaf}, TAG]}


def action(name: str, **said: Any) -> dict[str, Any]:
    """A document whose one action says this."""
    return {**DOCUMENT, "steps": [{"id": "act", "kind": "action", "action": name, "with": said}]}


def nested(depth: int) -> list[dict[str, Any]]:
    """Steps in steps in steps."""
    steps: list[dict[str, Any]] = [TAG]
    for n in range(depth):
        gate_ = {"field": "order.number", "op": "is", "value": "1"}
        steps = [{"id": f"s{n}", "kind": "condition", "if": gate_, "else": steps}]
    return steps


def refused(document: Any, *, shop: Furnished | None = None) -> list[str]:
    """The places that the API names when it refuses the document; nothing was stored and nothing changed."""
    made = shop or furnish()
    answer = made.api.ask("POST", "workflows/", document)
    assert answer.status_code == 422, answer.content
    assert answer["content-type"] == "application/problem+json"
    assert len(made.api.get("workflows/")["results"]) == 1
    return [error["path"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (DOCUMENT | {"steps": []}, "steps"),
        (DOCUMENT | {"steps": [TAG | {"id": f"s{n}"} for n in range(101)]}, "steps"),
        (DOCUMENT | {"steps": [TAG, TAG]}, "steps[1].id"),
        (DOCUMENT | {"steps": nested(7)}, "steps[0]"),
        (DOCUMENT | {"trigger": [{"type": "label.created"}, {"type": "order.paid"}]}, "trigger"),
        (DOCUMENT | {"trigger": {}}, "trigger"),
        (DOCUMENT | {"next": "only_late"}, "next"),
        (DOCUMENT | {"steps": [TAG | {"next": "nowhere"}]}, "steps[0].next"),
        (DOCUMENT | {"steps": ["tag"]}, "steps[0]"),
    ],
)
def test_w01_what_is_no_path_from_one_start_through_some_steps_is_refused(document: Any, path: str) -> None:
    assert any(found.startswith(path) for found in refused(document))


def test_w01_ten_thousand_steps_are_refused_before_anybody_looks_at_them() -> None:
    assert refused(DOCUMENT | {"steps": [TAG | {"id": f"s{n}"} for n in range(10_000)]}) == []


@pytest.mark.parametrize(
    ("said", "path"),
    [
        (action("board.add", board="of-the-others"), "steps[0].with.board"),
        (action("notify.team", to={"member": "their-owner@shop.example"}, subject="x", body="y"), "steps[0].with.to"),
        (action("order.assign", member="their-owner@shop.example"), "steps[0].with.member"),
        (action("order.set_status", status="their_status"), "steps[0].with.status"),
    ],
)
def test_w02_another_shops_things_can_not_be_named(said: Any, path: str) -> None:
    theirs = make_tenant(owner="their-owner@shop.example")
    other = Api(theirs.api_key)
    statuses = [*other.get("settings/")["ops_statuses"], {"key": "their_status", "label": "Theirs"}]
    assert other.ask("PATCH", "settings/", {"ops_statuses": statuses}).status_code == 200

    assert any(found.startswith(path) for found in refused(said))


def test_w02_another_shops_secret_signs_nothing_here() -> None:
    mine, theirs = furnish(), make_connection(make_tenant().id, partner="generic", secret="whsec_" + "A" * 32)

    answer = mine.api.ask(
        "POST", "workflows/", action("webhook.call", url="https://hook.example/", secret_ref=str(theirs.id))
    )

    assert answer.status_code == 201  # a connection may come later: it is looked up when the call leaves
    with tenant(mine.shop.id), pytest.raises(NoSecretError):
        secrets_of(mine.shop.id, str(theirs.id), now=NOW)
    with tenant(theirs.tenant_id):
        assert secrets_of(theirs.tenant_id, str(theirs.id), now=NOW) != ()


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (DOCUMENT | {"format": "postsale.workflow/2"}, "format"),
        (DOCUMENT | {"format": None}, "format"),
        (DOCUMENT | {"steps": [{"id": "x", "kind": "script", "code": "import os"}]}, "steps[0].kind"),
        (action("shell.run", command="id"), "steps[0].action"),
        (DOCUMENT | {"__proto__": {"name": "x"}}, "__proto__"),
        (DOCUMENT | {"constructor": {"prototype": {}}}, "constructor"),
        (DOCUMENT | {"steps": [TAG | {"__class__": "x"}]}, "steps[0].__class__"),
        (action("order.add_tag", tag="late", __proto__={}), "steps[0].with.__proto__"),
        (gate(field="order.__class__", op="is", value="x"), "steps[0].if.field"),
        (gate(field="order.number", op="__eq__", value="x"), "steps[0].if.op"),
    ],
)
def test_w03_what_this_version_does_not_know_is_refused_and_never_ignored(document: Any, path: str) -> None:
    assert any(found.startswith(path) for found in refused(document))


def test_w04_a_published_version_never_changes() -> None:
    shop = furnish()
    address = f"workflows/{shop.api.ask('POST', 'workflows/', DOCUMENT).json()['id']}/"
    shop.api.ask("POST", address + "publish/", {})

    shop.api.ask("PUT", address + "draft/", DOCUMENT | {"name": "Later"})

    assert [shop.api.get(f"{address}document/?version={which}")["name"] for which in ("published", "1", "draft")] == [
        DOCUMENT["name"], DOCUMENT["name"], "Later",
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["12abc", "", None, "1,5", [1], {"a": 1}, True])
def test_w07_a_number_is_compared_with_numbers_only(value: Any) -> None:
    assert refused(gate(field="order.total", op="gt", value=value))[0].startswith("steps[0].if")


@pytest.mark.parametrize(
    "pattern", ["(?=a)", r"(a)\1", "[", "a{1000}{1000}", "(" * 2_000 + ")" * 2_000, r"\pL{500}" * 20, "x" * 201, 7]
)
def test_w09_a_pattern_that_is_not_supported_is_refused_at_its_place(pattern: Any) -> None:
    assert refused(gate(field="parcel.raw_text", op="matches", value=pattern)) == ["steps[0].if.value"]


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", r"(\w+\s?)*:$"])
def test_w08_a_pattern_that_kills_other_engines_is_only_a_pattern(pattern: str) -> None:
    answer = furnish().api.ask("POST", "workflows/", gate(field="parcel.raw_text", op="matches", value=pattern))

    assert answer.status_code == 201


@pytest.mark.parametrize("days", [-1, 0, 1e9, 0.1, "2", None, True])
def test_w10_days_are_whole_and_within_reason(days: Any) -> None:
    places = refused(gate(field="parcel.label_created_at", op="older_than", value={"days": days}))

    assert places[0].startswith("steps[0].if.value")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SHIPPING_MANAGER])
@pytest.mark.parametrize(
    ("method", "what"),
    [("POST", "publish/"), ("PUT", "draft/"), ("POST", "pause/"), ("POST", "restore/"), ("DELETE", "")],
)
def test_w11_who_does_not_build_changes_no_workflow(role: str, method: str, what: str) -> None:
    shop = furnish()
    address = f"/api/v1/workflows/{shop.ids['workflows']}/{what}"
    before = shop.api.get(address.removesuffix(what))

    answer = person(make_member(shop.shop.id, role=role).email).generic(
        method, address, json.dumps(DOCUMENT), content_type="application/json"
    )

    assert answer.status_code == 403
    assert shop.api.get(address.removesuffix(what)) == before


@pytest.mark.parametrize("member", ["tenant_id", "tenant", "version", "owner", "id", "state", "published_version"])
def test_w11_a_document_sets_nothing_but_itself(member: str) -> None:
    other = make_tenant()

    assert refused(DOCUMENT | {member: other.id}) == [member]


def test_w11_what_comes_with_an_act_sets_nothing_else() -> None:
    shop, other = furnish(), make_tenant()
    address = f"workflows/{shop.ids['workflows']}/"

    answer = shop.api.ask("POST", address + "publish/", {"mode": "watch", "tenant_id": other.id, "version": 99})

    with tenant(shop.shop.id):
        kept = Workflow.objects.get(tenant_id=shop.shop.id, id=shop.ids["workflows"])
    assert answer.status_code in {200, 422}
    assert (kept.tenant_id, kept.published) == (shop.shop.id, 1)


ODD_NAME = "<script>alert(1)</script> \u202eevil\u202c 🎁"


def test_w12_an_odd_name_is_kept_and_shown_harmless() -> None:
    shop = furnish()
    made = shop.api.ask("POST", "workflows/", DOCUMENT | {"name": ODD_NAME}).json()

    pages = [
        person(shop.shop.owner).get(address).content.decode()
        for address in ("/workflows/", f"/workflows/{made['id']}/", f"/workflows/{made['id']}/versions/")
    ]

    assert made["name"] == ODD_NAME
    assert ["alert(1)" in page for page in pages] == [True, True, True]
    assert [page for page in pages if "<script>alert" in page] == []


@pytest.mark.parametrize("name", ["x" * 121, "x" * 10_000, "", "a\0b", "\ud800"])
def test_w12_a_name_that_is_no_line_is_refused(name: str) -> None:
    assert refused(DOCUMENT | {"name": name}) in ([], ["name"])
