"""A scratch database: a PostgreSQL of its own in a temporary folder, gone at the end. No worker ever sees it."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.core.management import call_command
from django.db import connections

from postsale.service import database
from postsale.service.database import APP, NAME, OWNER, Server
from postsale.service.environment import database as settings_of
from workflows.definitions import compile as rules


@contextlib.contextmanager
def scratch_database() -> Iterator[None]:
    """Lead this process's connections to a fresh, migrated, empty database; afterwards back to where they led."""
    with tempfile.TemporaryDirectory(prefix="postsale-scratch-") as folder:
        data = Path(folder)
        with Server(data, durable=False).joined(), _led_to(data):
            call_command("migrate", interactive=False, verbosity=0)
            yield


@contextlib.contextmanager
def _led_to(data: Path) -> Iterator[None]:
    before = {alias: dict(connections[alias].settings_dict) for alias in connections}
    rules.forget()
    for alias, role in (("default", APP), ("admin", OWNER)):
        connections[alias].close()
        url = database.url(data, role, name=NAME)
        connections[alias].settings_dict.update(settings_of("DATABASE_URL", url, timeouts={}))
    try:
        yield
    finally:
        rules.forget()
        for alias, settings in before.items():
            connections[alias].close()
            connections[alias].settings_dict.update(settings)
