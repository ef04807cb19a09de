"""What is kept of a connection's calls: the newest first, and never more than a page of them."""

from typing import Any

import pytest
from django.db import connection as database
from psycopg.types.json import Jsonb

from postsale.intake.notes import KEPT, NOTE
from postsale.integrations.models import Connection
from postsale.tenants.scope import tenant
from tests.factories import NOW, make_connection, make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def _note(row: Connection, numbers: list[int], *, accepted: bool = True, refused: int = 0) -> Connection:
    calls = [{"at": NOW.isoformat(), "status": 200, "words": str(number)} for number in numbers]
    told: dict[str, Any] = {
        "tenant": row.tenant_id, "connection": row.id, "refused": refused, "accepted": accepted,
        "calls": Jsonb(calls), "kept": KEPT,
    }  # fmt: skip
    with tenant(row.tenant_id):
        with database.cursor() as cursor:
            cursor.execute(NOTE, told)
        return Connection.objects.get(tenant_id=row.tenant_id, id=row.id)


def test_the_last_calls_are_kept_newest_first_and_no_more_than_fifty() -> None:
    row = make_connection(make_tenant().id)

    first = _note(row, [3, 2, 1])
    second = _note(row, list(range(60, 3, -1))[:48])

    assert [call["words"] for call in first.recent] == ["3", "2", "1"]
    assert [call["words"] for call in second.recent] == [*(str(n) for n in range(60, 12, -1)), "3", "2"]


def test_a_refused_call_makes_a_connection_fail_until_the_next_good_one() -> None:
    row = make_connection(make_tenant().id)

    assert _note(row, [1], accepted=False, refused=1).state == "failing"
    assert _note(row, [2]).state == "active"
