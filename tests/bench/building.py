"""The row about the builder: how long the server takes for one change of a workflow, of whatever kind, at 30 and 60 steps."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from postsale.service.database import Server
from postsale.tenants.models import Member, User
from postsale.tenants.scope import tenant
from tests.bench.figures import Figure
from tests.bench.house import fresh
from tests.bench.shops import open_shop
from workflows.builder import draft
from workflows.definitions import store
from workflows.definitions.models import Workflow

LIMIT = 120.0
STEPS = (30, 60)
ROUNDS = 12
#: What the transaction itself says; every answer has one.
FRAME = ("BEGIN", "COMMIT")

type Change = Callable[["_Builder", int], None]


def builder_op(running: Server, *, full: bool) -> list[Figure]:
    """Changes of a workflow on the canvas and in the inspector, asked of Django in this process by a signed-in owner."""
    del full
    call_command("collectstatic", interactive=False, verbosity=0)
    with fresh(running):
        shop = open_shop(workflows=1)
        found = {steps: _Builder(shop.id, steps).measure() for steps in STEPS}
    spans = [span for each in found[STEPS[0]].values() for span in each["spans"]]
    p95 = _p95(spans)
    return [
        Figure(
            name="builder_op", value=p95, unit="ms", against="UX §8 at 30 steps", limit=LIMIT,
            goal="≤ 120 ms at the 95th percentile, the server's part",
            more={
                "p50": round(median(spans), 1),
                "changes": {
                    steps: {name: _said(each) for name, each in changes.items()} for steps, changes in found.items()
                },
            },
        )
    ]  # fmt: skip


def a_document(steps: int) -> dict[str, Any]:
    """A workflow of so many steps: gates with two questions, branches, waits, letters, tags."""
    asked = [
        {"field": "order.sales_channel", "op": "is", "value": "shopify-us"},
        {"field": "parcel.label_created_at", "op": "older_than", "value": {"business_days": 2}},
    ]
    made: list[dict[str, Any]] = []
    while (at := _count(made)) < steps:
        match at % 4:
            case 0:
                made.append({"id": f"s{at}", "kind": "condition", "if": {"all": asked}})
            case 1:
                made.append({"id": f"s{at}", "kind": "wait", "for": {"hours": 2}})
            case 2:
                letter = {"subject": "Your order {{ order.number }}", "body": "The carrier reports a problem.\n" * 8}
                made.append({"id": f"s{at}", "kind": "action", "action": "email.customer", "with": letter})
            case _:
                path = {"if": asked[0], "steps": [_tag(f"s{at}a")]}
                made.append({"id": f"s{at}", "kind": "branch", "paths": [path], "otherwise": [_tag(f"s{at}b")]})
    document = {"format": "postsale.workflow/1", "name": "Large", "trigger": {"type": "label.created"}, "steps": made}
    return document | {"steps": made[: len(made) - max(0, _count(made) - steps)]}


class _Builder:
    """Somebody at a workflow of so many steps."""

    def __init__(self, tenant_id: int, steps: int) -> None:
        with tenant(tenant_id):
            self.member = Member.objects.get(tenant_id=tenant_id)
            document = a_document(steps)
            self.workflow: Workflow = store.save(
                document, workflow=None, by=self.member.email, now=datetime.now(UTC)
            )  # fmt: skip
        self.first = document["steps"][0]["id"]
        self.letter = next(step["id"] for step in document["steps"] if step.get("action") == "email.customer")
        self.tenant_id = tenant_id
        self.client = Client(HTTP_HOST="127.0.0.1", HTTP_HX_REQUEST="true")
        self.client.force_login(User.objects.get(id=self.member.user_id))

    def measure(self) -> dict[str, dict[str, Any]]:
        """Each kind of change: its spans in milliseconds, the CPU a change takes, its queries, the answer's size."""
        return {name: self._one(change) for name, change in CHANGES.items()}

    def _one(self, change: Change) -> dict[str, Any]:
        change(self, -1)
        spans, cpu = [], process_time()
        for at in range(ROUNDS):
            began = perf_counter()
            change(self, at)
            spans.append(1000 * (perf_counter() - began))
        cpu = 1000 * (process_time() - cpu) / ROUNDS
        with CaptureQueriesContext(connection) as asked:
            change(self, ROUNDS)
        queries = sum(each["sql"] not in FRAME for each in asked.captured_queries)
        return {"spans": spans, "cpu": cpu, "queries": queries, "bytes": self.answered}

    def do(self, **op: Any) -> None:
        """One operation on the canvas."""
        self._post("do/", {"op": json.dumps(op), "rev": str(self._rev())})

    def type_in(self, where: str, said: Mapping[str, str]) -> None:
        """What a form sends while somebody types."""
        self._post(f"inspector/{where}/", {**said, "rev": str(self._rev())})

    def _rev(self) -> int:
        with tenant(self.tenant_id):
            held = draft.Draft.objects.filter(workflow_id=self.workflow.id).values_list("rev", flat=True).first()
        return held or 1

    def _post(self, rest: str, said: Mapping[str, str]) -> None:
        answer = self.client.post(f"/workflows/{self.workflow.id}/{rest}", said)
        if answer.status_code != 200:
            raise RuntimeError(f"{rest} answers {answer.status_code}")
        self.answered = len(answer.content)


def _insert(builder: _Builder, at: int) -> None:
    builder.do(op="insert", kind="order.add_note", list="root", index=1)


def _undo(builder: _Builder, at: int) -> None:
    builder.do(op="undo")


def _move(builder: _Builder, at: int) -> None:
    builder.do(op="move", id=builder.letter, list="root", index=0 if at % 2 else 6)


def _type(builder: _Builder, at: int) -> None:
    builder.type_in(builder.letter, {"name": "", "with.subject": f"Your order {at}", "with.body": f"Hello {at}"})


#: Undone as often as inserted, so that the workflow has its size throughout.
CHANGES: Mapping[str, Change] = {"insert": _insert, "undo": _undo, "move": _move, "type": _type}


def _tag(step_id: str) -> dict[str, Any]:
    return {"id": step_id, "kind": "action", "action": "order.add_tag", "with": {"tag": "late"}}


def _count(made: list[dict[str, Any]]) -> int:
    return sum(3 if step["kind"] == "branch" else 1 for step in made)


def _p95(spans: list[float]) -> float:
    return quantiles(spans, n=20)[-1]


def _said(each: Mapping[str, Any]) -> dict[str, float]:
    spans = each["spans"]
    return {
        "p50": round(median(spans), 1), "p95": round(_p95(spans), 1), "cpu_ms": round(each["cpu"], 1),
        "queries": each["queries"], "kB": round(each["bytes"] / 1000, 1),
    }  # fmt: skip
