"""Wake-ups for the queue's workers: they carry nothing, so they may be lost, doubled or thrown away (D1)."""

from django.conf import settings
from django_q.brokers import get_broker
from django_q.tasks import async_task


def wake() -> None:
    """Tell a worker to look for work, unless enough of that is in the queue already."""
    broker = get_broker()
    if broker.queue_size() + (broker.lock_size() or 0) < 2 * settings.POSTSALE_WORKERS:
        async_task(settings.POSTSALE_DRAIN, broker=broker)


def purge() -> None:
    """Throw all wake-ups away: those that a killed cluster had claimed stay locked for minutes (RELIABILITY §3)."""
    get_broker().purge_queue()
