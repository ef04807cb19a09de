"""`simulate STORY`: tells a carrier's or shop's story to the running server, signed and over HTTP (contract/commands.md)."""

import secrets
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboards.demo import sending, stories
from dashboards.demo.bodies import Delivery
from dashboards.demo.opening import SLUG
from dashboards.demo.sending import Hook, NotRunningError, Sender
from dashboards.demo.stories import STORIES, Story
from postsale.tenants.find import tenant_id_of
from postsale.tenants.models import Tenant
from postsale.tenants.scope import tenant

#: What orders outside the demo shop are marked with.
MARK = "simulated"


class Command(BaseCommand):
    """A line an event; ends non-zero when one was not accepted."""

    help = "Sends a story through the real intake: signed webhooks over HTTP to the running server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which story, for whom, how large, how long ago, how fast."""
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = "stories:\n" + "\n".join(f"  {each.key:<20} {each.happens}" for each in STORIES.values())
        parser.add_argument("story", choices=list(STORIES), metavar="STORY")
        parser.add_argument("--tenant", default=SLUG, metavar="SLUG", help=f"whose orders (default: {SLUG})")
        parser.add_argument(
            "--orders", type=int, default=0, metavar="N", help="how many orders (default: the story's own)"
        )
        parser.add_argument("--days", type=float, default=0, metavar="D", help="how long ago it began, in days")
        parser.add_argument("--seed", type=int, default=None, metavar="S", help="the same seed tells the same orders")
        parser.add_argument(
            "--speed", type=float, default=0, metavar="X", help="play it X times as fast as it happened"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Send it, then say what to watch."""
        story = STORIES[options["story"]]
        if not 0 <= options["orders"] <= 900 or options["days"] < 0 or options["speed"] < 0:
            raise CommandError("--orders must be from 1 to 900, --days and --speed above 0")
        seed = secrets.randbelow(10_000) if options["seed"] is None else abs(options["seed"])
        now = timezone.now()
        hooks, is_demo = _stage(options["tenant"], now)
        told = stories.deliveries(
            story, seed=seed, now=now, orders=options["orders"], days=options["days"], tags=() if is_demo else (MARK,)
        )
        self.stdout.write(f"{story.title}: {story.happens}")
        self.stdout.write(f"tenant {options['tenant']}, seed {seed}, {len(told)} webhooks to {settings.BASE_URL}")
        failures, new = self._play(told, hooks, speed=options["speed"])
        self._sum_up(story, told, new=new, failures=failures)

    def _play(self, told: list[Delivery], hooks: dict[str, Hook], *, speed: float) -> tuple[int, int]:
        failures = new = 0
        with sending.at(settings.BASE_URL, hooks) as sender:
            for n, delivery in enumerate(told):
                if speed and n:
                    time.sleep(min(3600.0, (delivery.at - told[n - 1].at) / timedelta(seconds=1) / speed))
                sent = self._send(sender, delivery)
                failures += not sent.is_accepted
                new += sent.is_new
                self.stdout.write(f"  {_when(delivery.at)}  {delivery.words}: {sent.words}")
        return failures, new

    def _send(self, sender: Sender, delivery: Delivery) -> sending.Sent:
        try:
            return sender.send(delivery, now=timezone.now())
        except NotRunningError as error:
            raise CommandError(
                f"Postsale is not running at {settings.BASE_URL}: {error}. Start it with `make run`, or set BASE_URL."
            ) from error

    def _sum_up(self, story: Story, told: list[Delivery], *, new: int, failures: int) -> None:
        orders = list(dict.fromkeys(each.order for each in told))
        some = ", ".join(orders[:6]) + (f" and {len(orders) - 6} more" if len(orders) > 6 else "")
        seen = len(told) - new - failures
        self.stdout.write(f"sent {len(told)} webhooks about {len(orders)} orders ({some})")
        self.stdout.write(f"{new} new, {seen} seen before, {failures} refused")
        self.stdout.write(f"watch: {story.watch}")
        self.stdout.write(f"board: {settings.BASE_URL}/boards/{story.board}/")
        if failures:
            raise CommandError(f"{failures} of {len(told)} webhooks were refused; see above")


def _stage(slug: str, now: datetime) -> tuple[dict[str, Hook], bool]:
    tenant_id = tenant_id_of(slug)
    if tenant_id is None:
        raise CommandError(f"there is no tenant {slug!r}. `manage.py seed_demo` makes the demo shop.")
    with tenant(tenant_id):
        is_demo = Tenant.objects.get(id=tenant_id).is_demo
        return sending.hooks(tenant_id, now=now, make=True), is_demo


def _when(at: datetime) -> str:
    return f"{timezone.localtime(at):%a %d %b %H:%M}"
