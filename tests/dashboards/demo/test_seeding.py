"""The demo shop, small: alive on every page, nothing left its house, and gone without a trace when it is removed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from dashboards.analytics.models import Tally
from dashboards.boards.models import Case, CaseEntry
from dashboards.demo import opening, removal, seeding, sign_ins
from dashboards.demo.removal import NotADemoError
from dashboards.demo.seeding import Seeded
from postsale.events.models import Event
from postsale.orders.models import Order
from postsale.service.database import SUPERUSER, url
from postsale.tenants.create import NotMadeError
from postsale.tenants.find import tenant_id_of
from postsale.tenants.models import Member, Tenant, User
from postsale.tenants.scope import tenant
from tests.dashboards.kit import make_order, make_shop
from tests.settings import HOUSE
from workflows.definitions.models import Workflow
from workflows.runs.models import Outbox, Run

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])

NOW = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)
PASSWORD = "harbour-lights-88"


def make_demo(*, orders: int = 90, days: int = 12) -> Seeded:
    """A small one."""
    return seeding.seed(password=PASSWORD, now=NOW, orders=orders, days=days, seed_=11)


@pytest.fixture
def no_mail() -> Iterator[Path]:
    """The folder of mail, which must stay as it is."""
    folder = Path(settings.POSTSALE_DATA) / "mail"
    before = sorted(folder.glob("*"))
    yield folder
    assert sorted(folder.glob("*")) == before


def test_a_seeded_shop_is_alive_and_nothing_has_left_it(no_mail: Path) -> None:
    seeded = make_demo()

    with tenant(seeded.tenant_id):
        shop = Tenant.objects.get(id=seeded.tenant_id)
        states = dict(Workflow.objects.filter(tenant_id=shop.id).values_list("name", "state"))
        runs = set(Run.objects.filter(tenant_id=shop.id).values_list("state", flat=True))
        cards = set(Case.objects.filter(tenant_id=shop.id).values_list("state", flat=True))
        messages = Outbox.objects.filter(tenant_id=shop.id)
        late = [each.id for each in messages if each.sent_at and each.sent_at < each.created_at]
        with connection.cursor() as cursor:
            cursor.execute("select (select count(*) from workflows_dispatch), (select count(*) from postsale_inbox)")
            left = cursor.fetchone()

        assert (shop.is_demo, shop.slug, Order.objects.filter(tenant_id=shop.id).count()) == (True, "demo", 90)
        assert sorted(set(states.values())) == ["draft", "live", "paused", "watching"]
        assert runs >= {"done", "waiting"}
        assert cards >= {"open", "resolved"}
        assert {"sent"} <= set(messages.values_list("status", flat=True)) <= {"sent", "suppressed", "dead"}
        assert late == []
        assert left == (0, 0)
        assert CaseEntry.objects.filter(tenant_id=shop.id, by__kind="person").exists()
        assert Tally.objects.filter(tenant_id=shop.id, measure="late_handoffs").exists()


def test_everything_happened_at_its_own_time() -> None:
    seeded = make_demo()
    start = NOW - timedelta(days=12, hours=1)

    with tenant(seeded.tenant_id):
        moments = [
            *Run.objects.filter(tenant_id=seeded.tenant_id).values_list("started_at", flat=True),
            *Event.objects.filter(tenant_id=seeded.tenant_id).values_list("received_at", flat=True),
            *Outbox.objects.filter(tenant_id=seeded.tenant_id).values_list("created_at", flat=True),
            *CaseEntry.objects.filter(tenant_id=seeded.tenant_id).values_list("at", flat=True),
        ]
        newest = Run.objects.filter(tenant_id=seeded.tenant_id).order_by("-id").first()

    assert min(moments) >= start
    assert max(moments) <= NOW
    assert newest is not None
    assert newest.started_at > NOW - timedelta(days=1)


def test_the_team_can_sign_in_and_each_has_their_role() -> None:
    seeded = make_demo(orders=5, days=3)

    with tenant(seeded.tenant_id):
        roles = dict(Member.objects.filter(tenant_id=seeded.tenant_id).values_list("email", "role"))

    assert roles == {each.email: each.role for each in opening.TEAM}
    assert all(User.objects.get(email=email).check_password(PASSWORD) for email in roles)


def test_a_second_demo_is_refused_and_the_first_one_stays() -> None:
    make_demo(orders=5, days=3)

    with pytest.raises(NotMadeError, match="there is a tenant with the slug 'demo'"):
        make_demo(orders=5, days=3)

    assert User.objects.filter(email=opening.OWNER.email).exists()


def test_removal_leaves_no_row_of_it_and_every_row_of_others() -> None:
    other = make_shop("north")
    with tenant(other.id):
        make_order(other)
    before = _rows_of(other.id)
    seeded = make_demo(orders=40, days=8)
    rows = _rows_of(seeded.tenant_id)

    removal.remove_demo(seeded.tenant_id)

    assert (_rows_of(seeded.tenant_id), _rows_of(other.id)) == ({}, before)
    assert rows["postsale_order"] == 40
    assert [User.objects.filter(email=each).exists() for each in (opening.OWNER.email, "owner@north.example")] == [
        False,
        True,
    ]


def test_a_shop_that_is_no_demo_can_t_be_removed_like_this() -> None:
    shop = make_shop("north")
    before = _rows_of(shop.id)

    with pytest.raises(NotADemoError):
        removal.remove_demo(shop.id)

    assert _rows_of(shop.id) == before


def test_the_commands_make_it_keep_its_sign_ins_and_remove_it() -> None:
    said = StringIO()
    kept = Path(settings.POSTSALE_DATA) / sign_ins.FILE

    call_command("seed_demo", orders=8, days=3, stdout=said)
    words, mode = kept.read_text(encoding="utf-8"), kept.stat().st_mode & 0o777
    call_command("seed_demo", remove=True, stdout=said)

    assert "june@juniper.example" in words
    assert (mode, kept.exists()) == (0o600, False)
    assert "the demo shop has 8 orders" in said.getvalue()
    with pytest.raises(CommandError, match="there is no demo shop"):
        call_command("seed_demo", remove=True, stdout=said)


def test_a_demo_that_can_t_be_finished_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "acts", lambda: (opening.Act(day=0, what="live", document={"name": "broken"}),))

    with pytest.raises(ValueError, match="problems"):
        make_demo(orders=5, days=3)

    assert not User.objects.filter(email=opening.OWNER.email).exists()


def test_half_a_demo_of_a_killed_command_is_made_anew() -> None:
    half = opening.open_shop(password=PASSWORD, now=NOW)
    (Path(settings.POSTSALE_DATA) / sign_ins.MARK).touch()

    call_command("seed_demo", orders=8, days=3, stdout=StringIO())
    whole = tenant_id_of(opening.SLUG)

    assert whole not in (None, half.tenant_id)
    assert (_rows_of(half.tenant_id), _rows_of(whole or 0)["postsale_order"]) == ({}, 8)
    assert not (Path(settings.POSTSALE_DATA) / sign_ins.MARK).exists()


def _rows_of(tenant_id: int) -> dict[str, int]:
    """How many rows the tenant has in each table, seen by the superuser, for whom there are no walls."""
    with connection.cursor() as cursor:
        cursor.execute("select current_database()")
        (name,) = cursor.fetchone()
    found = {}
    with psycopg.connect(_superuser_url(name)) as seer:
        tables = seer.execute(removal.TABLES, [list(removal.COLUMNS)]).fetchall()
        for table, column in [*tables, ("postsale_tenant", "id")]:
            query = f"select count(*) from {table} where {column} = %s"
            (count,) = seer.execute(query, [tenant_id]).fetchone() or (0,)
            if count:
                found[str(table)] = int(count)
    return found


def _superuser_url(name: str) -> str:
    return url(HOUSE, SUPERUSER, name=name)
