"""How the installation is doing: workers, lanes, deadlines, the outbox, disk; each with what to do, in words."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from dashboards.operations import tenants
from dashboards.operations.tenants import TenantLine
from postsale.events.holding import HELD
from postsale.service.health import WORKER_SILENCE
from postsale.service.heartbeat import WORKER, silences

#: A lane that waits for longer is behind (seconds).
BEHIND = 60.0
#: So many tenants, those served last, are looked into for dead messages, quarantine and silent feeds.
LOOKED_INTO = 50
#: Below this share of free disk things begin to go wrong.
LITTLE_DISK = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing to watch: its value in words, whether it is well ("ok", "warn", "crit"), and what to do when it is not."""

    name: str
    value: str
    tone: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneLine:
    """A tenant that waits."""

    tenant_id: int
    name: str
    since: datetime
    events: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All of it."""

    signs: Sequence[Sign]
    heartbeats: Sequence[tuple[str, float]]
    lanes: Sequence[LaneLine]
    troubled: Sequence[TenantLine]
    dead: int
    looked_into: int


def look(*, now: datetime) -> Health:
    """Look at everything once."""
    figures = _figures()
    beats = sorted(silences().items())
    lanes = _lanes()
    looked = tenants.described(list(tenants.names(_served_last()).values()), now=now)
    troubled = [line for line in looked if line.dead or line.quarantined or line.silent]
    signs = [_worker(dict(beats)), _behind(lanes, now), _deadlines(figures, now), _outbox(figures, now),
             _dead(troubled), _quarantine(troubled), _silent(troubled), *_room(figures)]  # fmt: skip
    return Health(
        signs=signs, heartbeats=beats, lanes=lanes, troubled=troubled, dead=sum(line.dead for line in looked),
        looked_into=len(looked),
    )  # fmt: skip


def _figures() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(FIGURES)
        return dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))


def _served_last() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select tenant from postsale_lane order by served_at desc limit %s", [LOOKED_INTO])
        return [row[0] for row in cursor]


def _lanes() -> list[LaneLine]:
    with connection.cursor() as cursor:
        cursor.execute(LANES)
        rows = cursor.fetchall()
    named = tenants.names([row[0] for row in rows])
    waiting = tenants.waiting_of([row[0] for row in rows])
    return [
        LaneLine(
            tenant_id=row[0], name=named[row[0]].name if row[0] in named else f"tenant {row[0]}", since=row[1],
            events=waiting[row[0]].events, attempts=row[2],
        )
        for row in rows
        if row[0] in waiting
    ]  # fmt: skip


def _worker(beats: dict[str, float]) -> Sign:
    silence = beats.get(WORKER)
    fix = "Start it with `make run`, or `manage.py qcluster` where processes are kept by something else."
    if silence is None:
        return Sign(name="Worker", value="never heard", tone="crit", fix=f"The worker is not running. {fix}")
    if silence > WORKER_SILENCE:
        return Sign(name="Worker", value=f"silent for {_length(silence)}", tone="crit",
                    fix=f"Events come in and wait; nothing is lost. {fix}")  # fmt: skip
    return Sign(name="Worker", value=f"heard {silence:.0f} s ago", tone="ok")


def _behind(lanes: Sequence[LaneLine], now: datetime) -> Sign:
    longest = max(((now - lane.since).total_seconds() for lane in lanes), default=0.0)
    if longest <= BEHIND:
        return Sign(name="Queue", value="up to date", tone="ok")
    return Sign(name="Queue", value=f"{_length(longest)} behind", tone="warn" if longest < 600 else "crit",
                fix="More events come in than are decided. Give it more workers (POSTSALE_WORKERS), or look below whose "
                    "lane it is.")  # fmt: skip


def _deadlines(figures: dict[str, Any], now: datetime) -> Sign:
    late = figures["deadlines"]
    if not late:
        return Sign(name="Deadlines", value="none overdue", tone="ok")
    since = (now - figures["deadline_since"]).total_seconds()
    return Sign(name="Deadlines", value=f"{_many(late)} overdue, the oldest for {_length(since)}", tone="warn",
                fix="Waiting runs wake late. They catch up by themselves once the worker is up to date.")  # fmt: skip


def _outbox(figures: dict[str, Any], now: datetime) -> Sign:
    queued, failing = figures["queued"], figures["retrying"]
    since = (now - figures["queued_since"]).total_seconds() if figures["queued_since"] else 0.0
    words = f"{_many(queued)} queued" + (f", {_many(failing)} tried before" if failing else "")
    if since < 120:
        return Sign(name="Outbox", value=words if queued else "empty", tone="warn" if failing else "ok",
                    fix="Some messages are being tried again; each says why on its page." if failing else "")  # fmt: skip
    return Sign(name="Outbox", value=f"{words}, due for {_length(since)}", tone="crit",
                fix="Messages don't leave. Check EMAIL_URL and whether the mail server answers.")  # fmt: skip


def _dead(troubled: Sequence[TenantLine]) -> Sign:
    dead = sum(line.dead for line in troubled)
    return Sign(name="Given up", value=_counted(dead, "message") if dead else "none", tone="warn" if dead else "ok",
                fix="Tried ten times without success. Once the cause is gone, send them again below." if dead else "")  # fmt: skip


def _quarantine(troubled: Sequence[TenantLine]) -> Sign:
    count = sum(line.quarantined for line in troubled)
    return Sign(name="Quarantine", value=_counted(count, "report") if count else "empty", tone="warn" if count else "ok",
                fix="Rightly signed, but not readable. The shop replays them on its connections' pages." if count else "")  # fmt: skip


def _silent(troubled: Sequence[TenantLine]) -> Sign:
    count = sum(line.silent for line in troubled)
    return Sign(name="Silent feeds", value=_many(count) if count else "none", tone="warn" if count else "ok",
                fix="Connections that sent before and said nothing for a day. The shop should look at the partner's side."
                    if count else "")  # fmt: skip


def _room(figures: dict[str, Any]) -> list[Sign]:
    folder = Path(settings.POSTSALE_DATA)
    disk = shutil.disk_usage(folder if folder.exists() else folder.parent)
    share = disk.free / disk.total
    words = f"{size_words(disk.free)} free of {size_words(disk.total)}"
    return [
        Sign(name="Database", value=size_words(figures["size"]), tone="ok"),
        Sign(name="Disk", value=words, tone="ok" if share > LITTLE_DISK else "crit",
             fix="" if share > LITTLE_DISK else "Make room: the database stops when the disk is full."),
        Sign(name="Version", value=_version(), tone="ok"),
    ]  # fmt: skip


def size_words(count: float) -> str:
    """Bytes in words: "1.2 GB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit in ("B", "kB") or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def _length(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    length = timedelta(seconds=round(seconds))
    return (
        f"{length.days} days"
        if length.days > 1
        else f"{seconds / 3600:.0f} h"
        if seconds > 7200
        else f"{seconds / 60:.0f} min"
    )


def _many(count: int) -> str:
    return f"{count:,}{' or more' if count >= tenants.MOST else ''}"


def _counted(count: int, noun: str) -> str:
    return f"{_many(count)} {noun}{'' if count == 1 else 's'}"


def _version() -> str:
    try:
        return version("postsale")
    except PackageNotFoundError:
        return "unreleased"


FIGURES = f"""
select pg_database_size(current_database()) as size,
  (select count(*) from (select from postsale_deadline
    where due_at < now() - interval '1 minute' and tenant <> all(array({HELD})) limit 1000) d) as deadlines,
  (select min(due_at) from postsale_deadline
    where due_at < now() - interval '1 minute' and tenant <> all(array({HELD}))) as deadline_since,
  (select count(*) from (select from workflows_dispatch where tenant <> all(array({HELD})) limit 1000) q) as queued,
  (select count(*) from (select from workflows_dispatch
    where attempts > 0 and tenant <> all(array({HELD})) limit 1000) r) as retrying,
  (select min(next_at) from workflows_dispatch
    where next_at < now() and tenant <> all(array({HELD}))) as queued_since"""  # noqa: S608 -- a constant of ours

LANES = """
select l.tenant, first.received_at, l.attempts from postsale_lane l
cross join lateral (select received_at from postsale_inbox i where i.tenant = l.tenant order by seq limit 1) first
where not l.is_held
order by first.received_at limit 20"""
