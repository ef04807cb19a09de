"""A person has another address: their orders stay theirs. Nobody else works on them, so nothing is told of it."""

from django.db import connection

from postsale.events.holding import wait_for_lane

MOVE = """
update postsale_order set body = jsonb_set(body, '{assignee}', to_jsonb(%s::text))
where tenant_id = %s and body->>'assignee' = %s"""


def rename(tenant_id: int, before: str, after: str) -> int:
    """Let the orders of `before` be those of `after`, in the tenant's transaction; how many they are."""
    wait_for_lane(tenant_id)
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [after, tenant_id, before])
        return int(cursor.rowcount)
