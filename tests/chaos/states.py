"""What a tenant's database says at the end, by the names of things and without their ids, so that two runs compare."""

from collections.abc import Mapping
from typing import Any

import psycopg

type Connection = psycopg.Connection[tuple[Any, ...]]
type End = Mapping[str, list[tuple[Any, ...]]]

#: Who a run is about: joined to `r`.
ABOUT = """join workflows_workflow w on w.id = r.workflow_id left join postsale_shipment s on s.id = r.shipment_id
left join postsale_order o on o.id = r.order_id where r.tenant_id = %s"""
QUERIES: Mapping[str, str] = {
    "parcels": "select tracking_number, carrier, tracking_status, status_since, label_created_at "
    "from postsale_shipment where tenant_id = %s",
    "orders": "select number, sales_channel, ops_status, delivery_status, tags, body->>'notes' "
    "from postsale_order where tenant_id = %s",
    "runs": f"select w.name, s.tracking_number, o.number, r.nth, r.state, r.started_at, r.finished_at "
    f"from workflows_run r {ABOUT}",
    "steps": f"select w.name, s.tracking_number, r.nth, p.step, p.position, p.kind, p.at "
    f"from workflows_steprun p join workflows_run r on r.id = p.run_id {ABOUT}",
    "messages": f'select w.name, s.tracking_number, r.nth, m.step, m.kind, m."to", m.subject, m.created_at '
    f"from workflows_outbox m join workflows_run r on r.id = m.run_id {ABOUT}",
    "cards": "select b.slug, s.tracking_number, c.state, c.severity, c.count, c.opened_at, c.last_seen_at, "
    "c.resolved_by->>'kind' from dashboards_case c join dashboards_board b on b.id = c.board_id "
    "left join postsale_shipment s on s.id = c.shipment_id where c.tenant_id = %s",
    "tallies": "select measure, day, carrier, sales_channel, count from dashboards_tally where tenant_id = %s",
    "notifications": "select subject, body, created_at from workflows_notification where tenant_id = %s",
    "own events": "select type, occurred_at, received_at from postsale_event where tenant_id = %s and source = 'postsale'",
}
REPORTED = """select type, external_id, occurred_at, received_at, data, source from postsale_event
where tenant_id = %s and source <> 'postsale' order by received_at, id"""
#: Things that must not be there in the end; each is a count.
LEFT: Mapping[str, str] = {
    "undecided events": "select count(*) from postsale_inbox where tenant = %s",
    "events set aside": "select count(*) from postsale_quarantine where tenant_id = %s",
    "events without a subject": "select count(*) from postsale_event e where e.tenant_id = %s and not exists "
    "(select from postsale_eventsubject x where x.tenant_id = e.tenant_id and x.event_id = e.id)",
    "parked events": "select count(*) from postsale_parked where tenant_id = %s",
    "undelivered messages": "select count(*) from workflows_dispatch where tenant = %s",
    "doubled runs": "select count(*) from (select from workflows_run where tenant_id = %s "
    "group by workflow_id, subject having count(*) > 1) found",
    "doubled messages": "select count(*) from (select from workflows_outbox where tenant_id = %s "
    'group by run_id, step, kind, "to" having count(*) > 1) found',
    "doubled reports": "select count(*) from (select from postsale_event where tenant_id = %s and source <> 'postsale' "
    "group by source, external_id having count(*) > 1) found",
}
#: Deadlines of the next minute, and lanes that somebody works on.
BUSY = """select (select count(*) from postsale_deadline where tenant = %(tenant)s and due_at < now() + interval '1 minute')
+ (select count(*) from postsale_lane where tenant = %(tenant)s and token is not null)
+ (select count(*) from postsale_inbox where tenant = %(tenant)s)
+ (select count(*) from workflows_dispatch where tenant = %(tenant)s)"""


def end_of(connection: Connection, tenant_id: int) -> End:
    """Everything that can be seen of a tenant."""
    return {
        what: sorted(connection.execute(query, [tenant_id]).fetchall(), key=repr) for what, query in QUERIES.items()
    }


def left_of(connection: Connection, tenant_id: int) -> dict[str, int]:
    """How much there is of what must not be there."""
    return {what: _number(connection, query, [tenant_id]) for what, query in LEFT.items()}


def is_calm(connection: Connection, tenant_id: int) -> bool:
    """Whether nothing is to be done now nor within a minute."""
    return _number(connection, BUSY, {"tenant": tenant_id}) == 0


def _number(connection: Connection, query: str, values: Any) -> int:
    row = connection.execute(query, values).fetchone()
    assert row is not None
    return int(row[0])
