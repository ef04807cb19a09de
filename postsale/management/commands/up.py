"""Bring the whole house up: database, migrations, web, workers; until Ctrl-C."""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connections

from postsale.service import opening
from postsale.service.database import DatabaseError, PlaceError, Server
from postsale.service.opening import OpeningError
from postsale.service.probe import Probe
from postsale.service.supervisor import STOP_SIGNALS, Supervisor, undisturbed

#: `seed_demo` leaves the demo's sign-ins here, and they are shown at each start.
SIGN_INS = "sign-ins.txt"


class Command(BaseCommand):
    """What `make run` runs after the set-up."""

    help = "Starts the database (unless DATABASE_URL is set), migrates, and runs web and workers until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run until a signal comes; then end everything within 15 seconds."""
        for number in STOP_SIGNALS:
            signal.signal(number, signal.default_int_handler)
        try:
            with opening.only_one(settings.POSTSALE_DATA), self._database() as server:
                self._open()
                self._run(server)
        except KeyboardInterrupt:
            self._say("stopped")
        except (OpeningError, DatabaseError, PlaceError) as error:
            sys.exit(f"Postsale can't start: {error}")

    @contextlib.contextmanager
    def _database(self) -> Iterator[Server | None]:
        opening.check_port(settings.HOST, settings.PORT)
        if not settings.EMBEDDED:
            yield None
            return
        server = Server(settings.POSTSALE_DATA)
        self._say(f"database in {settings.POSTSALE_DATA}")
        with server.joined():
            try:
                yield server
            finally:
                connections.close_all()
                with undisturbed():
                    server.stop()

    def _open(self) -> None:
        opening.check_database()
        call_command("migrate", interactive=False, verbosity=0)
        opening.check_database()  # the first time, there were no tables that the wrong role could own
        if opening.collect_static():
            self._say("scripts and styles stored")
        if opening.is_empty() and "seed_demo" in get_commands():
            self._say("the database is empty: seeding the demo shop")
            call_command("seed_demo")
        connections.close_all()

    def _run(self, server: Server | None) -> None:
        probe = Probe(settings.HOST, settings.PORT, base_url=settings.BASE_URL)
        supervisor = Supervisor(probe=probe, say=self._say, folder=settings.POSTSALE_DATA, server=server)
        try:
            with supervisor.running():
                while probe.silence() is None:
                    supervisor.look()
                    time.sleep(0.2)
                self._welcome()
                supervisor.watch()
        except KeyboardInterrupt:
            self._say("stopping")
            raise

    def _welcome(self) -> None:
        self._say(f"Postsale is at {settings.BASE_URL}/  (Ctrl-C stops it)")
        sign_ins = Path(settings.POSTSALE_DATA) / SIGN_INS
        if sign_ins.exists():
            self.stdout.write(sign_ins.read_text(encoding="utf-8").rstrip())
            self.stdout.flush()
        elif opening.is_empty():
            self._say(
                "nobody can sign in yet: make a shop with  "
                ".venv/bin/python manage.py create_tenant NAME --slug SLUG --owner EMAIL --password P --timezone TZ"
            )
        self._say(f"look first at {settings.BASE_URL}/: what needs a hand right now, and why")

    def _say(self, words: str) -> None:
        self.stdout.write(f"postsale: {words}")
        self.stdout.flush()
