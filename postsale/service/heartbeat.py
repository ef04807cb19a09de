"""Signs of life: a row per name, written by whoever works and read by the supervisor and by /readyz/."""

import json
import time
from collections.abc import Mapping

from django.db import connection

#: The name under which the queue's workers beat; its silence has them killed.
WORKER = "drain"
#: A busy loop may call `beat` as often as it likes.
AT_MOST_EVERY = 0.5

_last: dict[str, float] = {}


def beat(name: str = WORKER, *, detail: Mapping[str, object] | None = None) -> None:
    """Say that `name` works. Call it outside a transaction, else nobody sees it until the commit."""
    moment = time.monotonic()
    if moment - _last.get(name, -AT_MOST_EVERY) < AT_MOST_EVERY:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into postsale_heartbeat (name, at, detail) values (%s, clock_timestamp(), %s::jsonb) "
            "on conflict (name) do update set at = excluded.at, detail = excluded.detail",
            [name, json.dumps(dict(detail or {}))],
        )
    _last[name] = moment


def silence(name: str = WORKER) -> float | None:
    """Seconds since `name` was last heard, by the database's clock; None: never."""
    return silences().get(name)


def silences() -> dict[str, float]:
    """Every name and the seconds since it was last heard."""
    with connection.cursor() as cursor:
        cursor.execute("select name, extract(epoch from clock_timestamp() - at)::float8 from postsale_heartbeat")
        return dict(cursor.fetchall())
