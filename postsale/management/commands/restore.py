"""`manage.py restore FILE`: the embedded database as it was when FILE was made."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from postsale.service import copies
from postsale.service.database import DatabaseError, Server


class Command(BaseCommand):
    """Restores; stop Postsale first."""

    help = "Put the back-up in FILE in the place of the embedded database."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file's name."""
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **_: Any) -> None:
        """Restore, or say why not."""
        if not settings.EMBEDDED:
            raise CommandError("This database is your own: use its pg_dump and pg_restore, as a superuser.")
        try:
            copies.bring_back(Server(settings.POSTSALE_DATA), file)
        except (DatabaseError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"restored from {file}")
