"""`create_tenant`: a tenant, its owner and its first key; the last line of stdout is JSON."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone as clock

from postsale.tenants.create import NotMadeError, create_tenant


class Command(BaseCommand):
    """contract/commands.md: prints {"tenant", "slug", "api_key"}; the key is shown only here."""

    help = "Makes a tenant and its owner, and prints the tenant's first API key, which is shown only here."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """NAME and what belongs to it."""
        parser.add_argument("name")
        parser.add_argument("--slug", required=True)
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--password", required=True)
        parser.add_argument("--timezone", default="UTC", metavar="TZ")

    def handle(self, *_: Any, **options: Any) -> None:
        """Make it, or say why not and change nothing."""
        self.stderr.write(f"Making the tenant {options['slug']} …", self.style.NOTICE)
        try:
            made = create_tenant(
                options["name"],
                slug=options["slug"],
                owner=options["owner"],
                password=options["password"],
                timezone=options["timezone"],
                now=clock.now(),
            )
        except NotMadeError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps({"tenant": made.tenant_id, "slug": made.slug, "api_key": made.api_key}))
