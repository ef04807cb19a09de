"""The walls between tenants, tried with the filter left out on purpose: RELIABILITY.md section 2.6."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, IntegrityError, connection, connections, models, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from postsale.integrations.models import Connection
from postsale.orders.models import Order, Shipment
from postsale.tenants import audit, keys
from postsale.tenants.guard import UnsafeDatabaseError, problems_of, refuse_unsafe_role
from postsale.tenants.ids import new_id
from postsale.tenants.middleware import TenantMiddleware, switch, without_tenant
from postsale.tenants.models import ApiKey, AuditEntry, Member, Tenant, User
from postsale.tenants.scope import TenantMixupError, current_tenant, person, tenant
from tests.databases import Database, lead_to
from tests.factories import NOW, MadeTenant, make_connection, make_member, make_tenant
from tests.postsale.intake.asking import cloud_event, send

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])

OWNED = [model for model in apps.get_models() if any(each.name == "tenant_id" for each in model._meta.fields)]


@pytest.fixture
def two() -> tuple[MadeTenant, MadeTenant]:
    """Two tenants with something in most of their tables."""
    shops = (make_tenant(), make_tenant())
    for shop in shops:
        send(shop.api_key, cloud_event())
        make_connection(shop.id)
        with tenant(shop.id):
            audit.write(shop.id, actor="a", action="b", now=NOW)
    return shops


def tenants_in(model: type[models.Model]) -> set[int]:
    return set(model._default_manager.values_list("tenant_id", flat=True))


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model._meta.label)
def test_a02_without_a_filter_a_tenant_sees_nothing_but_its_own(
    model: type[models.Model], two: tuple[MadeTenant, MadeTenant]
) -> None:
    for shop in two:
        with tenant(shop.id):
            assert tenants_in(model) <= {shop.id}


def test_a02_the_control_each_sees_its_own_events_keys_members_and_connections(
    two: tuple[MadeTenant, MadeTenant],
) -> None:
    for shop in two:
        with tenant(shop.id):
            seen = {
                name
                for name in ("Event", "EventKey", "ApiKey", "Member", "Connection", "AuditEntry")
                if tenants_in(apps.get_model("postsale", name)) == {shop.id}
            }
        assert seen == {"Event", "EventKey", "ApiKey", "Member", "Connection", "AuditEntry"}


@pytest.mark.parametrize("model", [*OWNED, Tenant], ids=lambda model: model._meta.label)
def test_a03_without_a_tenant_there_is_nothing_to_see(
    model: type[models.Model], two: tuple[MadeTenant, MadeTenant]
) -> None:
    assert model._default_manager.count() == 0


def test_a03_partitions_asked_by_their_own_name_give_nothing(two: tuple[MadeTenant, MadeTenant]) -> None:
    with connections["admin"].cursor() as cursor:
        cursor.execute("select inhrelid::regclass::text from pg_inherits where inhparent = 'postsale_event'::regclass")
        partitions = [name for (name,) in cursor.fetchall()]

    assert partitions != []
    for name in partitions:
        with tenant(two[0].id), pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(f"select count(*) from {name}")


def test_raw_sql_and_writes_stay_within_the_wall(two: tuple[MadeTenant, MadeTenant]) -> None:
    mine, theirs = two
    with tenant(mine.id):
        with connection.cursor() as cursor:
            cursor.execute("select distinct tenant_id from postsale_event where tenant_id = %s or true", [theirs.id])
            assert cursor.fetchall() == [(mine.id,)]
        assert Connection.objects.filter(tenant_id=theirs.id).update(name="mine now") == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            ApiKey.objects.create(tenant_id=theirs.id, name="x", prefix="x", digest=b"x")
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Connection.objects.update(tenant_id=theirs.id)


def test_a04_a_failure_in_one_tenant_leaves_nothing_for_the_next(two: tuple[MadeTenant, MadeTenant]) -> None:
    for _ in range(20):
        with pytest.raises(ZeroDivisionError), tenant(two[0].id):
            _ = 1 / 0
        assert (Member.objects.count(), current_tenant()) == (0, None)
        with tenant(two[1].id):
            assert tenants_in(Member) == {two[1].id}


def test_a_tenant_inside_another_or_in_a_strange_transaction_is_refused(two: tuple[MadeTenant, MadeTenant]) -> None:
    with tenant(two[0].id), pytest.raises(TenantMixupError), tenant(two[1].id):
        pass
    with transaction.atomic(), pytest.raises(TenantMixupError), tenant(two[0].id):
        pass
    with tenant(two[0].id), pytest.raises(TenantMixupError), person(1):
        pass


def test_a_person_sees_their_own_memberships_only(two: tuple[MadeTenant, MadeTenant]) -> None:
    user = User.objects.get(email=two[0].owner)

    with person(user.pk):
        assert list(Member.objects.values_list("email", flat=True)) == [two[0].owner]
        assert list(Tenant.objects.values_list("slug", flat=True)) == [two[0].slug]
        assert ApiKey.objects.count() == 0


def test_a06_the_role_of_the_application_is_safe_and_the_owner_and_superusers_are_refused(
    fresh_database: Database,
) -> None:
    refuse_unsafe_role(connection)
    with pytest.raises(UnsafeDatabaseError, match="owns tables"):
        refuse_unsafe_role(connections["admin"])
    with psycopg.connect(fresh_database.superuser_url) as super_, super_.cursor() as cursor:
        assert "superuser" in " ".join(problems_of(cursor))


@pytest.fixture
def owner(fresh_database: Database) -> Iterator[Any]:
    """The owner of a database of its own, who may make new tables there."""
    with lead_to(fresh_database.name), connections["admin"].cursor() as cursor:
        yield cursor


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("create table forgotten (tenant_id bigint)", "without a forced policy: forgotten"),
        ("create view peek as select * from postsale_event", "does not reach: peek"),
        ("create materialized view kept as select * from postsale_event", "does not reach: kept"),
        ("alter table postsale_event no force row level security", "without a forced policy: postsale_event"),
        ("drop policy tenant_floor on postsale_order", "without a forced policy: postsale_order"),
    ],
)
def test_a07_a_new_table_or_view_without_its_wall_is_found(owner: Any, statement: str, words: str) -> None:
    assert [problem for problem in problems_of(owner) if "owns" not in problem] == []

    owner.execute(statement)

    assert [problem for problem in problems_of(owner) if words in problem] != []


def make_order(tenant_id: int) -> Order:
    axes = dict.fromkeys(("fulfillment_status", "delivery_status", "ops_status"), "new")
    return Order.objects.create(tenant_id=tenant_id, sales_channel="web", number="1", number_key="1", **axes)


def test_a08_a_link_to_another_tenants_row_is_refused(two: tuple[MadeTenant, MadeTenant]) -> None:
    mine, theirs = two
    with tenant(theirs.id):
        order = make_order(theirs.id)
    with tenant(mine.id):
        parcel = Shipment.objects.create(
            tenant_id=mine.id, carrier="ups", tracking_number="1", tracking_status="unknown"
        )

    link = "insert into postsale_ordershipment (tenant_id, order_id, shipment_id, linked_at) values (%s, %s, %s, now())"
    with pytest.raises(IntegrityError, match="foreign key"), tenant(mine.id), connection.cursor() as cursor:
        cursor.execute(link, [mine.id, order.id, parcel.id])


def test_a08_every_link_between_tenants_rows_carries_the_tenant() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """select c.conname from pg_constraint c
               join pg_attribute a on a.attrelid = c.conrelid and a.attname = 'tenant_id' and not a.attisdropped
               join pg_attribute b on b.attrelid = c.confrelid and b.attname = 'tenant_id' and not b.attisdropped
               where c.contype = 'f' and not a.attnum = any(c.conkey) and c.conparentid = 0"""
        )
        assert cursor.fetchall() == []


def test_a09_every_unique_key_of_a_tenants_table_begins_with_the_tenant_or_is_a_uuid() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """select c.relname, i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid
               join pg_attribute t on t.attrelid = c.oid and t.attname = 'tenant_id' and not t.attisdropped
               where i.indisunique and not c.relispartition and not t.attnum = any(i.indkey)
                 and not (i.indisprimary and exists(select from pg_attribute p
                   where p.attrelid = c.oid and p.attnum = i.indkey[0] and p.atttypid = 'uuid'::regtype))"""
        )
        assert cursor.fetchall() == []


def test_g07_the_audit_log_can_be_added_to_and_read_only(two: tuple[MadeTenant, MadeTenant]) -> None:
    with tenant(two[0].id), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        AuditEntry.objects.update(action="nothing")
    with tenant(two[0].id), pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("delete from postsale_auditentry")


# --- the middleware ---


def names(request: Any) -> HttpResponse:
    """A view that forgets every filter."""
    return HttpResponse(",".join(f"{row.email}" for row in Member.objects.order_by("email")))


def ask(view: Any, *, user: User | None = None, secret: str = "", chosen: int | None = None) -> Any:
    request: Any = RequestFactory().get("/", headers={"Authorization": f"Bearer {secret}"} if secret else {})
    request.session, request.user = SessionStore(), user or type("Nobody", (), {"is_authenticated": False})()
    if chosen is not None:
        request.session["tenant"] = chosen

    def through(inner: HttpRequest) -> Any:
        return middleware.process_view(inner, view, [], {}) or HttpResponse("left to Django")

    middleware = TenantMiddleware(through)
    return middleware(request)


def test_a_view_sees_its_members_tenant_or_its_keys_and_a_stranger_none(two: tuple[MadeTenant, MadeTenant]) -> None:
    owner_of_first = User.objects.get(email=two[0].owner)
    stranger = User.objects.create_user("stranger@x.example", "x")

    assert ask(names, user=owner_of_first).content.decode() == two[0].owner
    assert ask(names, user=owner_of_first, chosen=two[1].id).content.decode() == two[0].owner
    assert ask(names, secret=two[1].api_key).content.decode() == two[1].owner
    assert ask(names, user=stranger).status_code == 403
    assert ask(names, secret="ps_unknown").status_code == 401
    assert ask(names).content == b"left to Django"
    assert ask(without_tenant(lambda request: HttpResponse()), user=owner_of_first).content == b"left to Django"


def test_who_is_in_two_tenants_works_in_the_one_they_chose(two: tuple[MadeTenant, MadeTenant]) -> None:
    make_member(two[1].id, email=two[0].owner)
    both = User.objects.get(email=two[0].owner)
    request: Any = HttpRequest()
    request.session, request.user = SessionStore(), both

    assert two[1].owner in ask(names, user=both, chosen=two[1].id).content.decode()
    assert (switch(request, two[1].id), request.session["tenant"]) == (True, two[1].id)
    assert switch(request, 999_999) is False


def test_a_suspended_tenants_people_and_keys_are_403(two: tuple[MadeTenant, MadeTenant]) -> None:
    with tenant(two[0].id):
        Tenant.objects.update(state="suspended")

    assert ask(names, user=User.objects.get(email=two[0].owner)).status_code == 403
    assert ask(names, secret=two[0].api_key).status_code == 403


@pytest.mark.parametrize("fails", [True, False])
def test_what_a_failing_view_wrote_is_rolled_back(two: tuple[MadeTenant, MadeTenant], fails: bool) -> None:
    def view(request: Any) -> HttpResponse:
        keys.create(request.tenant_id, name="half", now=NOW)
        if fails:
            raise RuntimeError("halfway")
        return HttpResponse(status=500)

    try:
        ask(view, secret=two[0].api_key)
    except RuntimeError:
        assert fails

    with tenant(two[0].id):
        assert not ApiKey.objects.filter(name="half").exists()


def test_ids_of_another_kind_open_nothing(two: tuple[MadeTenant, MadeTenant]) -> None:
    with tenant(two[0].id):
        token = Connection.objects.values_list("token", flat=True).get()

    assert keys.find_holder(token) is None
    assert keys.revoke(two[0].id, new_id(), now=NOW) is False
