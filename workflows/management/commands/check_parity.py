"""`check_parity`: random workflows live under a virtual clock, and the same days back-tested; the last line is JSON."""

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand

from postsale.tenants.create import create_tenant
from workflows.replay import parity
from workflows.replay.scratch import scratch_database

#: A Monday before the clocks of Berlin go forward: days of 23 hours are days too, and a seed means the same every day.
START = datetime(2026, 3, 23, tzinfo=UTC)


class Command(BaseCommand):
    """contract/commands.md: prints the differences, then {"workflows", "days", "seed", "events", "fired", "differences"}."""

    help = "Lets random workflows live some days in a scratch database, back-tests the same days, and compares."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much of it, and which chance."""
        parser.add_argument("--workflows", type=int, default=20)
        parser.add_argument("--days", type=int, default=5)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *_: Any, **options: Any) -> None:
        """Compare; ends with 1 if anything differs, or if nothing fired, which proves nothing."""
        asked = {name: options[name] for name in ("workflows", "days", "seed")}
        if min(asked["workflows"], asked["days"]) < 1:
            self.stderr.write("--workflows and --days must be at least 1")
            sys.exit(2)
        with scratch_database():
            made = create_tenant(
                "Parity", slug="parity", owner="parity@postsale.example", password="only in a scratch database",  # noqa: S106
                now=START - timedelta(days=1), timezone="Europe/Berlin",
            )  # fmt: skip
            found = parity.check(made.tenant_id, **asked, start=START)
        for words in found.differences:
            self.stdout.write(words)
        counts = {"events": found.events, "fired": found.fired, "differences": len(found.differences)}
        self.stdout.write(json.dumps(asked | counts))
        if found.differences or not found.fired:
            sys.exit(1)
