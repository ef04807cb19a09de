"""Under which sales channels an order's number is known: in the orders, else in events that are not folded yet."""

from collections.abc import Sequence

import psycopg
from psycopg_pool import PoolTimeout

from postsale.intake.commit import UnavailableError
from postsale.intake.pool import Pool
from postsale.orders.identity import order_key

ORDERS = """select number_key, sales_channel from postsale_order where tenant_id = %s and number_key = any(%s)"""
#: The number is compared in Python, for `order_key` is the only judge of which numbers are the same.
WAITING = """select e.data->'order'->>'number', e.data->'order'->>'sales_channel' from postsale_event e
join (select event_id from postsale_inbox where tenant = %s order by seq desc limit 20000) i on i.event_id = e.id
where e.tenant_id = %s and e.data->'order' ? 'sales_channel'"""


class Known:
    """Asks the database, in the tenant's transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def channels(self, tenant_id: int, keys: Sequence[str]) -> dict[str, set[str]]:
        """For each order key that is known: its channels. Raises UnavailableError."""
        found: dict[str, set[str]] = {}
        try:
            async with self._pool.connection() as connection, connection.transaction():
                await connection.execute("select set_config('app.tenant', %s, true)", [str(tenant_id)])
                rows = await (await connection.execute(ORDERS, [tenant_id, list(keys)])).fetchall()
                if {key for key, _ in rows} != set(keys):
                    waiting = await connection.execute(WAITING, [tenant_id, tenant_id])
                    rows += [(order_key(number), channel) async for number, channel in waiting if number and channel]
        except (psycopg.Error, PoolTimeout, OSError) as error:
            raise UnavailableError from error
        for key, channel in rows:
            if key in keys:
                found.setdefault(key, set()).add(channel)
        return found
