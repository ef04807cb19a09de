"""Holding a suspended shop: nothing of it is decided and nothing leaves, and nothing is lost; released, it goes on.

What was due meanwhile is decided then in logical time; messages ask their guards before they leave.
"""

from django.db import connection

from postsale.events.record import CHANNEL

#: The tenants that are held, for queries of the queues.
HELD = "select tenant from postsale_lane where is_held"


def hold(tenant_id: int) -> None:
    """Stop work for the tenant; a batch that is being decided ends first, a message that is being sent still leaves."""
    with connection.cursor() as cursor:
        cursor.execute("update postsale_lane set is_held = true where tenant = %s", [tenant_id])


def release(tenant_id: int) -> None:
    """Let work for the tenant go on when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("update postsale_lane set is_held = false where tenant = %s", [tenant_id])
        cursor.execute("select pg_notify(%s, '')", [CHANNEL])
