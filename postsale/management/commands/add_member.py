"""`add_member`: a person in a tenant, with one role."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from postsale.tenants.create import NotMadeError, add_member
from postsale.tenants.find import tenant_id_of
from postsale.tenants.models import Role


class Command(BaseCommand):
    """contract/commands.md: adds a member, whose address counts as verified."""

    help = "Adds a member to a tenant; the address counts as verified, and no mail is sent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whom, where, as what."""
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--email", required=True)
        parser.add_argument("--role", required=True, help=", ".join(Role.values))
        parser.add_argument("--password", required=True)

    def handle(self, *_: Any, **options: Any) -> None:
        """Add it, or say why not and change nothing."""
        tenant_id = tenant_id_of(options["tenant"])
        if tenant_id is None:
            raise CommandError(f"there is no tenant with the slug {options['tenant']!r}")
        try:
            member = add_member(
                tenant_id, options["email"], role=options["role"], password=options["password"], now=timezone.now()
            )
        except NotMadeError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps({"tenant": tenant_id, "email": member.email, "role": member.role}))
