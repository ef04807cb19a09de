"""What the API changes: documents become workflows, people edit orders and cards, programs connect."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest
import yaml
from asgiref.sync import async_to_sync
from django.core.asgi import get_asgi_application
from django.utils.timezone import now as clock

from postsale.events.models import Event, Inbox
from postsale.tenants.models import AuditEntry
from postsale.tenants.scope import tenant
from tests.api.kit import DOCUMENT, Api, furnish
from workflows.runs.models import Dispatch, Run

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_document_becomes_a_workflow_and_comes_back() -> None:
    api = furnish().api

    answer = api.ask("POST", "workflows/", DOCUMENT)
    made = answer.json()

    assert answer.status_code == 201
    assert {name: made[name] for name in ("name", "state", "version", "published_version", "draft_version")} == {
        "name": "Late carrier handoff", "state": "draft", "version": 1, "published_version": None, "draft_version": 1,
    }  # fmt: skip
    assert made["sentence"].startswith("When ")
    assert api.get(f"workflows/{made['id']}/document/") == DOCUMENT
    assert api.get(f"workflows/{made['id']}/document/?version=1") == DOCUMENT
    assert api.ask("GET", f"workflows/{made['id']}/document/?version=published").status_code == 404
    assert api.ask("GET", f"workflows/{made['id']}/document/?version=latest").status_code == 400


def test_a_workflow_goes_its_way_from_draft_to_archive() -> None:
    api = furnish().api
    address = f"workflows/{api.ask('POST', 'workflows/', DOCUMENT).json()['id']}/"

    def act(method: str, what: str, body: Any = None) -> tuple[int, Any]:
        answer = api.ask(method, address + what, body)
        return answer.status_code, answer.json().get("state")

    assert act("POST", "pause/") == (409, None)
    assert act("POST", "publish/", {"mode": "watch"}) == (200, "watching")
    assert act("POST", "publish/") == (200, "live")
    assert act("POST", "pause/") == (200, "paused")
    assert act("POST", "resume/") == (200, "live")
    assert act("PUT", "draft/", {**DOCUMENT, "name": "Later"}) == (200, "live")
    assert act("POST", "publish/", {"mode": "live"}) == (200, "live")
    assert act("POST", "restore/", {"version": 1}) == (200, "live")
    assert act("POST", "restore/", {"version": 9})[0] == 404
    versions = api.get(address + "versions/")["results"]
    assert [(row["number"], row["state"]) for row in versions] == [(3, "draft"), (2, "published"), (1, "retired")]
    assert {"published_at", "by", "note"} < versions[1].keys()
    assert "@" in versions[1]["by"]
    assert (api.ask("DELETE", address).status_code, api.get(address)["state"]) == (204, "archived")
    assert act("POST", "publish/")[0] == 409
    assert act("PUT", "draft/", DOCUMENT)[0] == 409


def test_a_document_may_be_yaml() -> None:
    api = furnish().api

    answer = api.ask("POST", "workflows/", yaml.safe_dump(DOCUMENT).encode(), kind="application/yaml")

    assert answer.status_code == 201
    assert api.get(f"workflows/{answer.json()['id']}/document/") == DOCUMENT


def test_all_problems_of_a_document_are_named_and_nothing_is_stored() -> None:
    api = furnish().api
    steps = [
        {"id": "a", "kind": "condition", "if": {"field": "parcel.colour", "op": "is", "value": 1}},
        {"id": "b", "kind": "action", "action": "board.add", "with": {"board": "nowhere"}},
    ]

    answer = api.ask("POST", "workflows/", {**DOCUMENT, "steps": steps})
    paths = [error["path"] for error in answer.json()["errors"]]

    assert (answer.status_code, answer["content-type"]) == (422, "application/problem+json")
    assert [path.split(".")[0] for path in paths] == ["steps[0]", "steps[1]"]
    assert len(api.get("workflows/")["results"]) == 1


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'{"a":1,"a":2}', "application/json", 422),
        (b'{"name":"\\u0000"}', "application/json", 422),
        (b"{}", "application/json", 422),
        (b"{}", "text/csv", 415),
        (b"a: [", "application/yaml", 400),
        (b"\xff", "application/yaml", 400),
        (b'"' + b"x" * 5_000_001, "application/json", 413),
    ],
)
def test_a_body_that_can_not_be_read_is_refused(body: bytes, kind: str, status: int) -> None:
    answer = furnish().api.ask("POST", "workflows/", body, kind=kind)

    assert (answer.status_code, json.loads(answer.content)["status"]) == (status, status)


def test_what_people_edit_of_an_order_is_theirs_and_may_trigger() -> None:
    shop = furnish()
    address = f"orders/{shop.ids['orders']}/"

    answer = shop.api.ask(
        "PATCH", address, {"ops_status": "exception", "tags": ["vip"], "notes": "call", "assignee": shop.shop.owner}
    )
    order = answer.json()
    again = shop.api.ask("PATCH", address, {"ops_status": "exception"}).json()

    assert answer.status_code == 200
    assert (order["ops_status"], order["tags"], order["notes"], order["assignee"]) == (
        "exception",
        ["vip"],
        "call",
        shop.shop.owner,
    )
    assert order["last_set_by"]["ops_status"]["kind"] == "person"
    assert order["last_set_by"]["ops_status"]["name"] == shop.shop.owner
    assert again["version"] == order["version"] == 2
    with tenant(shop.shop.id):
        events = list(Event.objects.filter(tenant_id=shop.shop.id, source="postsale").order_by("received_at"))
        waiting = list(Inbox.objects.filter(tenant=shop.shop.id).order_by("seq").values_list("event_id", flat=True))
    assert [(event.type, event.data["changed"]["to"]) for event in events] == [
        ("order.ops_status_changed", "exception"), ("order.tag_added", "vip"), ("order.note_added", "call"),
        ("order.assigned", shop.shop.owner),
    ]  # fmt: skip
    assert waiting == [event.id for event in events]
    edits = [row for row in shop.api.get(address + "timeline/")["results"] if row["kind"] == "edit"]
    assert [row["words"] for row in edits][-1] == f"{shop.shop.owner} changed ops status from new to exception"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"ops_status": "lost"}, "ops_status"),
        ({"ops_status": None}, "ops_status"),
        ({"assignee": "stranger@b.example"}, "assignee"),
        ({"tags": "vip"}, "tags"),
        ({"tags": [""]}, "tags[0]"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_edit_that_makes_no_sense_changes_nothing(body: Any, path: str) -> None:
    shop = furnish()

    answer = shop.api.ask("PATCH", f"orders/{shop.ids['orders']}/", body)

    assert (answer.status_code, [error["path"] for error in answer.json()["errors"]]) == (422, [path])
    assert shop.api.get(f"orders/{shop.ids['orders']}/")["version"] == 1


def test_a_card_is_assigned_snoozed_resolved_and_opened_again() -> None:
    shop = furnish()
    address = f"cases/{shop.ids['cases']}/"

    def change(body: Any) -> Any:
        answer = shop.api.ask("PATCH", address, body)
        assert answer.status_code == 200, answer.content
        return answer.json()

    assert change({"assignee": shop.shop.owner})["assignee"] == shop.shop.owner
    assert change({"snoozed_until": _soon()})["state"] == "snoozed"
    assert change({"snoozed_until": None})["state"] == "open"
    resolved = change({"state": "resolved", "reason": "found it"})
    assert (resolved["state"], resolved["resolved_by"]) == ("resolved", {"kind": "person", "name": shop.shop.owner})
    assert shop.api.get("boards/exceptions/cases/?state=open")["results"] == []
    assert [case["id"] for case in shop.api.get("boards/exceptions/cases/?state=resolved")["results"]] == [
        resolved["id"]
    ]
    assert change({"state": "open"})["resolved_by"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"state": "gone"},
        {"assignee": "x@y.example"},
        {"snoozed_until": "2020-01-01T00:00:00Z"},
        {"state": "snoozed"},
        {"a": 1},
    ],
)
def test_a_card_refuses_what_makes_no_sense(body: Any) -> None:
    shop = furnish()

    assert shop.api.ask("PATCH", f"cases/{shop.ids['cases']}/", body).status_code == 422


def test_a_connection_gives_its_hook_and_never_its_secret() -> None:
    api = furnish().api
    said = {
        "partner": "shopify",
        "name": "US",
        "secret": "hush-hush",
        "settings": {"sales_channel": "shopify-us", "odd": 1},
    }

    answer = api.ask("POST", "connections/", said)
    made = answer.json()

    assert (answer.status_code, made["state"], made["settings"]) == (201, "active", said["settings"])
    assert made["hook_url"].startswith("http://testserver/hooks/")
    assert b"hush-hush" not in answer.content + api.ask("GET", f"connections/{made['id']}/").content
    for wrong in (
        {**said, "partner": "pigeon"},
        {**said, "secret": ""},
        {"partner": "easypost"},
        {**said, "settings": []},
    ):
        assert api.ask("POST", "connections/", wrong).status_code == 422


def test_a_key_is_shown_once_works_within_its_scopes_and_ends_when_revoked() -> None:
    api = furnish().api

    made = api.ask("POST", "keys/", {"name": "Robot", "scopes": ["read"]})
    key = made.json()
    robot = Api(key["key"])

    assert (made.status_code, key["scopes"]) == (201, ["read"])
    assert "key" not in api.get("keys/")["results"][0]
    assert robot.ask("GET", "orders/").status_code == 200
    assert robot.ask("POST", "workflows/", DOCUMENT).status_code == 403
    assert api.ask("DELETE", f"keys/{key['id']}/").status_code == 204
    assert [each["name"] for each in api.get("keys/")["results"]] == ["First key"]
    assert api.ask("DELETE", f"keys/{key['id']}/").status_code == 404
    for wrong in ({"name": "x", "scopes": ["all"]}, {"name": "", "scopes": ["read"]}, {"name": "x", "scopes": []}):
        assert api.ask("POST", "keys/", wrong).status_code == 422


def test_a_dead_message_is_queued_again_once() -> None:
    shop = furnish()

    first = shop.api.ask("POST", f"messages/{shop.ids['messages']}/retry/")
    second = shop.api.ask("POST", f"messages/{shop.ids['messages']}/retry/")

    assert (first.status_code, first.json()["status"], second.status_code) == (200, "queued", 409)
    assert Dispatch.objects.filter(outbox_id=shop.ids["messages"], tenant=shop.shop.id).count() == 1


def test_a_waiting_run_is_cancelled_and_one_that_is_over_is_not() -> None:
    shop = furnish()
    address = f"runs/{shop.ids['runs']}/"
    over = [shop.api.ask("POST", f"{address}{act}/").status_code for act in ("cancel", "retry", "resume_now")]
    with tenant(shop.shop.id):
        Run.objects.filter(id=shop.ids["runs"]).update(state="waiting", machine={"phase": "steps"})

    resumed = shop.api.ask("POST", f"{address}resume_now/")
    cancelled = shop.api.ask("POST", f"{address}cancel/")

    assert over == [409, 409, 409]
    assert (resumed.status_code, resumed.json()["state"]) == (200, "waiting")
    assert (cancelled.json()["state"], cancelled.json()["reason"]) == ("cancelled", f"cancelled by {shop.shop.owner}")


def test_what_was_set_aside_is_decided_again_once() -> None:
    shop = furnish()
    address = f"quarantine/{shop.ids['quarantine']}/replay/"

    first = shop.api.ask("POST", address)
    second = shop.api.ask("POST", address)

    assert (first.status_code, first.json()["state"], second.status_code) == (200, "replayed", 409)
    assert Inbox.objects.filter(tenant=shop.shop.id).count() == 1


def test_a_back_test_is_asked_for_looked_at_and_stopped() -> None:
    shop = furnish()
    span = {"from": "2026-11-01T00:00:00Z", "to": "2026-11-20T00:00:00Z"}

    asked = shop.api.ask("POST", "backtests/", {"document": DOCUMENT, **span})
    stored = shop.api.ask(
        "POST", "backtests/", {"workflow": str(shop.ids["workflows"]), "version": "published", **span}
    )
    address = f"backtests/{asked.json()['id']}/"

    assert (asked.status_code, asked.json()["state"], stored.status_code) == (202, "queued", 202)
    assert shop.api.get(address + "runs/") == {"results": [], "next": None}
    assert shop.api.ask("POST", address + "cancel/").json()["state"] == "cancelled"
    assert shop.api.ask("POST", address + "cancel/").status_code == 409
    for wrong in (span, {"document": {}, **span}, {"document": DOCUMENT, "from": span["to"], "to": span["from"]}):
        assert shop.api.ask("POST", "backtests/", wrong).status_code == 422


def test_a_try_tells_what_would_happen_and_does_nothing() -> None:
    shop = furnish()

    answer = shop.api.ask(
        "POST", f"workflows/{shop.ids['workflows']}/try/", {"order": str(shop.ids["orders"]), "version": 1}
    )

    assert answer.status_code == 200, answer.content
    assert "actions" in answer.json()
    assert len(shop.api.get("runs/")["results"]) == 1


def test_who_did_what_is_written_down() -> None:
    shop = furnish()

    shop.api.ask("POST", "keys/", {"name": "Robot", "scopes": ["read"]})

    with tenant(shop.shop.id):
        entry = AuditEntry.objects.filter(tenant_id=shop.shop.id, action="key.created").get()
    assert (entry.actor.startswith("key ps_"), entry.detail["name"]) == (True, "Robot")


def _soon() -> str:
    return (clock() + timedelta(hours=2)).isoformat()


@pytest.mark.parametrize(("size", "status"), [(1, 201), (60_000, 413)])
def test_a_body_may_come_in_pieces(size: int, status: int) -> None:
    shop = furnish()
    said = json.dumps({**DOCUMENT, "description": "x"}).encode() + b" " * 100 * (size - 1)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(said), 50_000):
            yield said[start : start + 50_000]

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(cast("Any", get_asgi_application()))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            headers = {"Authorization": f"Bearer {shop.shop.api_key}", "Content-Type": "application/json"}
            return await client.post("/api/v1/workflows/", content=pieces(), headers=headers)

    assert async_to_sync(ask)().status_code == status
