"""Who can write django-q2's schedule chooses what workers run: the application can't (RELIABILITY F10)."""

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django_q.models import OrmQ, Schedule
from django_q.scheduler import scheduler

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "statement",
    [
        "insert into django_q_schedule (name, func, schedule_type, repeats) values ('x', 'os.system', 'O', 1)",
        "update django_q_schedule set func = 'os.system'",
        "update django_q_schedule set hook = 'os.system'",
        "update django_q_schedule set args = '(1,)'",
        "update django_q_schedule set name = 'other'",
        "delete from django_q_schedule",
    ],
)
def test_the_application_can_not_choose_what_workers_run(statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert list(Schedule.objects.values_list("name", "func")) == [("sweep", settings.POSTSALE_DRAIN)]


def test_the_one_schedule_goes_on() -> None:
    Schedule.objects.update(next_run="2026-01-01T00:00:00Z")

    scheduler()

    assert Schedule.objects.get().next_run.year > 2025
    assert OrmQ.objects.count() == 1
