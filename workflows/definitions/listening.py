"""Who listens: which event types start a workflow that is published, asked without reading any of them."""

from collections.abc import Collection

from django.db import connection

_LISTENED = """
select distinct s.config->>'type' from workflows_workflow w
join workflows_version v on v.tenant_id = w.tenant_id and v.workflow_id = w.id and v.number = w.published
join workflows_step s on s.tenant_id = w.tenant_id and s.version_id = v.id and s.kind = 'trigger'
where w.tenant_id = %s and w.state in ('live', 'watching') and s.config->>'type' = any(%s)"""


def listened(tenant_id: int, types: Collection[str]) -> frozenset[str]:
    """Those of `types` that start a workflow of the tenant, live or watching. In the tenant's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_LISTENED, [tenant_id, list(types)])
        return frozenset(row[0] for row in cursor.fetchall())
