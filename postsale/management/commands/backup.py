"""`manage.py backup FILE`: everything in the embedded database, as one file."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from postsale.service import copies
from postsale.service.database import DatabaseError, Server


class Command(BaseCommand):
    """Backs up; works beside a running Postsale."""

    help = "Write everything in the embedded database into FILE."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file's name."""
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **_: Any) -> None:
        """Back up, or say why not."""
        if not settings.EMBEDDED:
            raise CommandError("This database is your own: use its pg_dump and pg_restore, as a superuser.")
        try:
            copies.back_up(Server(settings.POSTSALE_DATA), file)
        except (DatabaseError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"backed up to {file}; keep {settings.POSTSALE_DATA / 'secret_key'} with it")
