"""`migrate`, as the tables' owner, and then the walls between the tenants."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections
from django_q.models import Schedule

from postsale.tenants.protect import protect

#: Only one machine migrates at a time; the number is arbitrary, but ours.
LOCK = 7465_0001


class Command(Migrate):
    """Django's command; by default on the database alias `admin`, ending with policies and grants."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take Django's arguments, with another default for `--database`."""
        super().add_arguments(parser)
        parser.set_defaults(database="admin")

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, protect, and make the one schedule; a second caller waits and then finds it done."""
        connection = connections[options["database"]]
        looks_only = options.get("plan") or options.get("check_unapplied")
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        try:
            super().handle(*args, **options)
            if not looks_only:
                protect(connection)
                self._schedule(options["database"])
        finally:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [LOCK])

    def _schedule(self, alias: str) -> None:
        """A sweep each minute for clusters that no supervisor kicks; the only schedule there is (RELIABILITY F11)."""
        if Schedule._meta.db_table not in connections[alias].introspection.table_names():
            return  # only some apps were asked for
        sweep = {"func": settings.POSTSALE_DRAIN, "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1}
        Schedule.objects.using(alias).get_or_create(name="sweep", defaults=sweep)
