#!/usr/bin/env python
"""Postsale's commands. Those that need the database start the embedded one, or join the one that runs."""

import contextlib
import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from postsale.service import leash
from postsale.service.database import DatabaseError, PlaceError, Server

#: They need no database, or (`up`) start it themselves.
WITHOUT_DATABASE = {
    "",
    "help",
    "version",
    "--help",
    "--version",
    "-h",
    "up",
    "check",
    "collectstatic",
    "makemigrations",
}


def main() -> None:
    """Run the command of the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postsale.settings")
    held = leash.hold()
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        joins = settings.EMBEDDED and not held and command not in WITHOUT_DATABASE
        with Server(settings.POSTSALE_DATA).joined() if joins else contextlib.nullcontext():
            execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, DatabaseError, PlaceError) as error:
        sys.exit(f"Postsale can't start: {error}")


if __name__ == "__main__":
    main()
