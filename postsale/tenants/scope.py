"""The wall between tenants: one transaction serves one tenant, and the database knows which.

Row-level security reads `app.tenant`, which is set for the transaction only (never for the session): a forgotten filter
returns nothing, and nothing is left over for whoever uses the connection next.
"""

import contextlib
import functools
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import Concatenate

from channels.db import database_sync_to_async
from django.db import DEFAULT_DB_ALIAS, connections, transaction

_current: ContextVar[int | None] = ContextVar("postsale_tenant", default=None)
_entered: ContextVar[int] = ContextVar("postsale_entered", default=0)
#: The wall goes up with the first statement, which also says what the time is.
ENTER = "select set_config('app.tenant', %s, true), (extract(epoch from clock_timestamp()) * 1000000)::bigint"


class TenantMixupError(RuntimeError):
    """Work for one tenant was about to run inside another's transaction."""


def current_tenant() -> int | None:
    """The tenant whose transaction we are in, or None."""
    return _current.get()


def entered_at() -> int:
    """The database's clock in microseconds when the tenant's transaction began: what is read in it is not older."""
    return _entered.get()


@contextlib.contextmanager
def tenant(tenant_id: int, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[int]:
    """Open a transaction that sees and writes only `tenant_id`'s rows. Nested calls for the same tenant join it.

    Raises TenantMixupError for another tenant inside, or when a foreign transaction is already open.
    """
    if tenant_id <= 0:
        raise TenantMixupError(f"not a tenant: {tenant_id!r}")
    outer = _current.get()
    if outer is not None and outer != tenant_id:
        raise TenantMixupError(f"tenant {tenant_id} inside tenant {outer}")
    connection = connections[using]
    if outer is None and connection.in_atomic_block:
        raise TenantMixupError("tenant() must open the transaction itself")
    token = _current.set(tenant_id)
    try:
        with transaction.atomic(using=using):
            if outer is None:
                with connection.cursor() as cursor:
                    cursor.execute(ENTER, [str(tenant_id)])
                    _entered.set(cursor.fetchone()[1])
            yield tenant_id
    finally:
        _current.reset(token)


@contextlib.contextmanager
def person(user_id: int) -> Iterator[None]:
    """Open a transaction that sees only the memberships (and their tenants' names) of one signed-in user."""
    if _current.get() is not None or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        raise TenantMixupError("person() must open the transaction itself")
    with transaction.atomic():
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("select set_config('app.person', %s, true)", [str(user_id)])
        yield


@contextlib.contextmanager
def platform() -> Iterator[None]:
    """Open a transaction that reads the list of tenants (names, states, settings), none of their rows, and writes
    nothing: for staff's pages."""
    if _current.get() is not None or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        raise TenantMixupError("platform() must open the transaction itself")
    with transaction.atomic():
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("set transaction read only")
            cursor.execute("select set_config('app.platform', 'on', true)")
        yield


def in_tenant[**P, R](work: Callable[P, R]) -> Callable[Concatenate[int, P], R]:
    """`work`, called with a tenant's id in front, runs in that tenant's transaction."""

    @functools.wraps(work)
    def run(tenant_id: int, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with tenant(tenant_id):
            return work(*args, **kwargs)

    return run


def in_thread[**P, R](work: Callable[P, R]) -> Callable[Concatenate[int, P], Awaitable[R]]:
    """For async consumers: `await in_thread(work)(tenant_id, …)` is one thread hop and one tenant transaction."""
    hop: Callable[Concatenate[int, P], Awaitable[R]] = database_sync_to_async(in_tenant(work), thread_sensitive=False)
    return hop
