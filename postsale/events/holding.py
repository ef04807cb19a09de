"""Stopping the work for a shop: between two batches, or, while it is suspended, until it is released.

Of a held shop nothing is decided and nothing leaves, and nothing is lost; released, it goes on.

What was due meanwhile is decided then in logical time; messages ask their guards before they leave.
"""

from django.db import connection

from postsale.events.record import CHANNEL

#: The tenants that are held, for queries of the queues.
HELD = "select tenant from postsale_lane where is_held"


def wait_for_lane(tenant_id: int) -> None:
    """Come back when no worker decides for the tenant, and keep it so to the end of the transaction: what a worker had in
    hand is stored before anything is changed beneath it."""
    with connection.cursor() as cursor:
        cursor.execute("select 1 from postsale_lane where tenant = %s for update", [tenant_id])


def hold(tenant_id: int) -> None:
    """Stop work for the tenant; a batch that is being decided ends first, a message that is being sent still leaves."""
    with connection.cursor() as cursor:
        cursor.execute("update postsale_lane set is_held = true where tenant = %s", [tenant_id])


def release(tenant_id: int) -> None:
    """Let work for the tenant go on when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("update postsale_lane set is_held = false where tenant = %s", [tenant_id])
        cursor.execute("select pg_notify(%s, '')", [CHANNEL])
