"""The small demo shop that all pages are looked at in, with an id for everything that an address can name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from dashboards.boards.models import BoardView, Case
from dashboards.demo import opening, seeding
from postsale.events.models import EventSubject, Quarantine
from postsale.integrations.models import Connection
from postsale.tenants import keys, people
from postsale.tenants.create import add_member
from postsale.tenants.models import Member, Role, User
from postsale.tenants.scope import tenant
from postsale.tenants.shop import load_shop
from tests.dashboards.kit import PASSWORD, board_of, make_shop
from workflows.builder import draft
from workflows.definitions.models import Workflow
from workflows.replay import backtest
from workflows.runs.models import Notification, Outbox, Run

ADMIN, STAFF, OUTSIDER = "ada@juniper.example", "staff@host.example", "owner@north.example"
#: Who signs in as what; the outsider owns another shop, the staff runs the installation and belongs to none.
ADDRESSES: Mapping[str, str] = {
    "owner": opening.OWNER.email,
    "admin": ADMIN,
    "builder": opening.BUILDER.email,
    "shipping_manager": opening.MANAGER.email,
    "viewer": opening.VIEWER.email,
    "outsider": OUTSIDER,
    "staff": STAFF,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The demo shop's tenant, and what addresses call its things."""

    tenant_id: int
    ids: Mapping[str, Any]


def furnish(*, now: datetime) -> House:
    """The demo shop with an admin, beside another shop and the installation's staff; everyone's password is PASSWORD.

    Its one back-test is done, somebody is invited, a view of the Exceptions board is saved.
    """
    made = seeding.seed(password=PASSWORD, now=now, orders=110, days=10, seed_=11)
    add_member(made.tenant_id, ADMIN, role=Role.ADMIN, password=PASSWORD, now=now)
    make_shop("north")
    User.objects.create_superuser(STAFF, PASSWORD)
    with tenant(made.tenant_id):
        owner = Member.objects.get(tenant_id=made.tenant_id, email=opening.OWNER.email)
        live = Workflow.objects.filter(tenant_id=made.tenant_id, name="Late carrier handoff").get()
        draft.load(live, member=owner)  # somebody has looked into the builder: its working copy is there
        test = backtest.create_of(live, "published", from_at=now - timedelta(days=7), to_at=now, now=now)
    assert backtest.run_next() == test.id
    with tenant(made.tenant_id):
        ids = _work(made.tenant_id) | _people(owner, now=now)
    return House(
        tenant_id=made.tenant_id,
        ids=ids | {"workflow": live.id, "test": test.id, "tenant": made.tenant_id, "nothing": uuid4()},
    )


def _work(tenant_id: int) -> dict[str, Any]:
    """One of everything that comes from orders, chosen so that its page has something to show."""
    board = board_of(load_shop(tenant_id))
    card = Case.objects.filter(tenant_id=tenant_id, board=board, order_id__isnull=False).order_by("state", "id")[0]
    run = Run.objects.filter(tenant_id=tenant_id, order_id=card.order_id, state="done").order_by("id")[0]
    assert run.order_id is not None
    note = Notification.objects.filter(tenant_id=tenant_id).order_by("id").first()
    view = BoardView.objects.create(tenant_id=tenant_id, board=board, name="Mine", query="view=mine", member_id=None)
    of = {"tenant_id": tenant_id}
    return {
        "board": board.slug, "card": card.id, "view": view.id, "order": card.order_id, "run": run.id,
        "event": EventSubject.objects.filter(subject_id=run.order_id, **of).order_by("event_id")[0].event_id,
        "message": Outbox.objects.filter(kind="email", is_customer=True, **of).order_by("-id")[0].id,
        "notice": note.id if note else "",
        "draft": Workflow.objects.filter(state="draft", **of)[0].id,
        "connection": Connection.objects.get(name="EasyPost", **of).id,
        "quarantine": Quarantine.objects.filter(**of).order_by("id")[0].id,
    }  # fmt: skip


def _people(owner: Member, *, now: datetime) -> dict[str, Any]:
    tenant_id = owner.tenant_id
    invited, token = people.invite("nina@juniper.example", role=Role.VIEWER, by=owner, now=now)
    key, _ = keys.create(tenant_id, name="Warehouse", scopes=["read"], created_by=owner.email, now=now)
    return {
        "member": Member.objects.get(tenant_id=tenant_id, email=opening.VIEWER.email).id,
        "invitation": invited.id, "token": token, "key": key.id,
    }  # fmt: skip
