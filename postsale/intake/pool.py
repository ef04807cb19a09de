"""The intake's own connections to the database: few, async, for this process only (which must not fork)."""

from typing import Any

from django.db import connections
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

type Pool = AsyncConnectionPool[AsyncConnection[TupleRow]]

#: Seconds to wait for a connection; with one retry a sender hears of a dead database within two seconds.
PATIENCE = 1.5
#: What Django adds for itself and libpq would not know.
_NOT_LIBPQ = {"context", "cursor_factory", "prepare_threshold", "server_side_binding"}


def make_pool(*, size: int = 4) -> Pool:
    """A closed pool for the application's role; open it within the running loop."""
    settings: dict[str, Any] = connections["default"].get_connection_params()
    address = {key: value for key, value in settings.items() if key not in _NOT_LIBPQ and value not in (None, "")}
    return AsyncConnectionPool(
        kwargs={
            **address,
            "autocommit": True,
            "connect_timeout": 2,
            "application_name": "postsale intake",
            "prepare_threshold": settings.get("prepare_threshold", 2),
        },
        min_size=1,
        max_size=size,
        timeout=PATIENCE,
        reconnect_timeout=1.0,
        open=False,
        name="intake",
    )
