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
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError as DjangoDatabaseError
from django.db import connections

from postsale.backoffice.entrance import claim
from postsale.service import opening
from postsale.service.database import DatabaseError, PlaceError, Server
from postsale.service.opening import OpeningError
from postsale.service.probe import Probe
from postsale.service.supervisor import STOP_SIGNALS, Supervisor, undisturbed
from postsale.signals import house_opened

#: `seed_demo` leaves the demo's sign-ins here, and they are shown at each start.
SIGN_INS = "sign-ins.txt"
#: And this, while it is at work: a kill in the middle of it leaves half a shop, which is made anew.
UNFINISHED = "demo-unfinished"


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
        is_begun = (Path(settings.POSTSALE_DATA) / UNFINISHED).exists()
        if settings.POSTSALE_DEMO and (is_begun or opening.is_empty()) and "seed_demo" in get_commands():
            self._say("nobody is here yet: making the demo shop, which takes half a minute (POSTSALE_DEMO=0: none)")
            try:
                call_command("seed_demo")
            except (CommandError, DjangoDatabaseError) as error:
                self._say(f"the demo shop could not be made, so there is none: {error}")
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
                house_opened.send(sender=Command)
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
        if claim.is_open():
            self._say(
                f"make your own shop, and run this installation: {settings.BASE_URL}/setup/?token={claim.token()}"
            )
        self._say(f"look first at {settings.BASE_URL}/: what needs a hand right now, and why")

    def _say(self, words: str) -> None:
        self.stdout.write(f"postsale: {words}")
        self.stdout.flush()
