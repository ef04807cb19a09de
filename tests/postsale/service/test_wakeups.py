"""Wake-ups are few, and can be thrown away."""

import pytest
from django.conf import settings
from django_q.models import OrmQ, Schedule

from postsale.service import wakeups

pytestmark = pytest.mark.django_db(transaction=True)


def test_wake_ups_do_not_pile_up() -> None:
    for _ in range(20):
        wakeups.wake()

    assert OrmQ.objects.count() == 2 * settings.POSTSALE_WORKERS
    assert {row.func() for row in OrmQ.objects.all()} == {settings.POSTSALE_DRAIN}


def test_a_purge_takes_those_too_that_a_dead_cluster_had_claimed() -> None:
    wakeups.wake()
    OrmQ.objects.update(lock="2099-01-01T00:00Z")

    wakeups.purge()

    assert OrmQ.objects.count() == 0


def test_migrating_leaves_exactly_one_schedule() -> None:
    assert list(Schedule.objects.values_list("name", "func", "minutes")) == [("sweep", settings.POSTSALE_DRAIN, 1)]
