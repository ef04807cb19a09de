"""Make the demo shop: 30 days of a shop's life, through the same intake, fold and decisions as any other's."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboards.demo import removal, seeding, sign_ins
from dashboards.demo.opening import SLUG
from postsale.tenants.create import NotMadeError
from postsale.tenants.find import tenant_id_of


class Command(BaseCommand):
    """`up` calls it when the database is empty; it may be called beside a running Postsale, too."""

    help = "Makes the demo shop, or removes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How large, how long, which chance."""
        parser.add_argument("--orders", type=int, default=seeding.ORDERS)
        parser.add_argument("--days", type=int, default=seeding.DAYS)
        parser.add_argument("--seed", type=int, default=seeding.SEED)
        parser.add_argument("--remove", action="store_true", help="take the demo shop away, with all that is in it")

    def handle(self, *_: Any, **options: Any) -> None:
        """Make it, and leave its sign-ins where `up` shows them."""
        if options["remove"]:
            self._remove()
            return
        if min(options["orders"], options["days"]) < 1 or options["days"] > 90:
            raise CommandError("--orders must be at least 1, --days from 1 to 90")
        with sign_ins.unfinished() as was_begun:
            half = tenant_id_of(SLUG) if was_begun else None
            if half is not None:
                removal.remove_demo(half)  # whoever made it was killed
            self._make(options)

    def _make(self, options: dict[str, Any]) -> None:
        password, days = sign_ins.new_password(), options["days"]
        try:
            seeded = seeding.seed(
                password=password, now=timezone.now(), orders=options["orders"], days=days, seed_=options["seed"]
            )
        except NotMadeError as error:
            raise CommandError(f"{error}. `manage.py seed_demo --remove` takes the demo shop away.") from error
        sign_ins.write(password)
        self.stdout.write(
            f"the demo shop has {seeded.orders:,} orders and {seeded.deliveries:,} webhooks of {days} days"
        )

    def _remove(self) -> None:
        tenant_id = tenant_id_of(SLUG)
        if tenant_id is None:
            raise CommandError("there is no demo shop")
        try:
            rows = removal.remove_demo(tenant_id)
        except removal.NotADemoError as error:
            raise CommandError(str(error)) from error
        sign_ins.forget()
        self.stdout.write(f"the demo shop is gone, with its {rows:,} rows")
