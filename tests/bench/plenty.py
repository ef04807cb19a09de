"""A shop with a past, made in SQL: so many orders, ten times as many events, and what workflows made of one in 25.

No fold walks here: what matters is how much there is, how it is spread over time, and that pages can read it.
"""

import logging
from datetime import UTC, datetime, timedelta

from psycopg import sql

from postsale.service.database import SUPERUSER, Server
from tests.bench.shops import ShopAtWork

#: How far back the first order lies.
DAYS = 300
EVENTS = 10
TABLES = (
    "postsale_order", "postsale_shipment", "postsale_ordershipment", "postsale_ordertag", "postsale_event", "postsale_eventsubject",
    "workflows_run", "workflows_steprun", "workflows_outbox", "dashboards_case", "dashboards_caseentry",
    "workflows_figure", "workflows_occasion", "dashboards_tally",
)  # fmt: skip
log = logging.getLogger(__name__)

#: A UUIDv7 born at `at`; the same (kind, n) gives the same rest, so that tables need not look each other up.
_ID = """
create or replace function pg_temp.id(at timestamptz, kind int, n bigint) returns uuid language sql immutable as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8'
    || lpad(to_hex(n), 15, '0'))::uuid $$"""

#: One line an order: the newest hundredth waits for its carrier, the next four are under way, one in 400 is in trouble.
_PLAN = """
create temp table plan as
select n, at, pg_temp.id(at, 1, n) as order_id, pg_temp.id(at, 2, n) as parcel_id, 'N' || {tenant} || '-' || n as number,
  '1Z' || {tenant} || lpad(n::text, 14, '0') as tracking, (array['shopify-us', 'shopify-de', 'amazon'])[1 + n % 3] as channel,
  (array['ups', 'usps', 'fedex', 'dhl', 'dpd'])[1 + n % 5] as carrier,
  case when n > {orders} * 0.99 then 'awaiting_carrier' when n % 400 = 0 then 'exception' when n % 1000 = 7 then 'delayed'
    when n > {orders} * 0.95 then (array['accepted', 'in_transit', 'out_for_delivery'])[1 + n % 3]
    when n % 5000 = 9 then 'return_to_sender' else 'delivered' end as status,
  'buyer' || n / 3 || '@example.com' as email, (array['ann', 'bob', 'cleo', 'dan', 'eve'])[1 + n % 5] as first,
  'lee' || n % 5000 as last,
  case when n % 20000 = 11 then array['fraud-check'] when n % 5 = 0 then array['wholesale', 'gift'] else array[]::text[] end
    as tags, n % 25 = 0 as has_run
from (select n, {now}::timestamptz - {days} * interval '1 day' * (1 - n::float8 / {orders}) as at
  from generate_series(1, {orders}) n) each"""

_ROWS = (
    """insert into postsale_order (id, tenant_id, sales_channel, number, number_key, placed_at, payment_status,
  fulfillment_status, delivery_status, ops_status, email, name_key, tags, body, created_at, updated_at, version)
select order_id, {tenant}, channel, number, lower(number), at, 'paid', 'fulfilled', delivery, ops, email,
  last || ' ' || first, tags, jsonb_build_object('sales_channel', channel, 'number', number, 'placed_at', at,
    'currency', 'EUR', 'total', 1000 + n % 9000, 'payment_status', 'paid', 'fulfillment_status', 'fulfilled',
    'delivery_status', delivery, 'ops_status', ops, 'tags', to_jsonb(tags), 'customer',
    jsonb_build_object('email', email, 'first_name', first, 'last_name', last), 'address',
    '{{"country": "DE", "city": "Berlin", "postal_code": "10115"}}'::jsonb, 'items',
    '[{{"sku": "MUG-1", "name": "Mug", "quantity": 2, "price": 1295}}]'::jsonb), at, at, 1
from (select *, case status when 'delivered' then 'delivered' when 'exception' then 'exception'
    when 'return_to_sender' then 'returning' when 'awaiting_carrier' then 'awaiting_carrier' else 'in_progress' end delivery,
  case status when 'delivered' then 'delivered' when 'exception' then 'exception' else 'in_transit' end ops from plan) each
order by n""",
    """insert into postsale_shipment (id, tenant_id, carrier, tracking_number, tracking_status, status_since,
  label_created_at, body, created_at, updated_at, version)
select parcel_id, {tenant}, carrier, tracking, status, at, at, jsonb_build_object('carrier', carrier,
  'tracking_number', tracking, 'tracking_status', status, 'status_since', at, 'label_created_at', at,
  'raw_text', 'Seen on its way', 'service', 'ground', 'weight_g', 700), at, at, 1 from plan order by n""",
    """insert into postsale_ordershipment (tenant_id, order_id, shipment_id, linked_at)
select {tenant}, order_id, parcel_id, at from plan order by n""",
    "insert into postsale_ordertag (tenant_id, tag, order_id) select {tenant}, unnest(tags), order_id from plan",
    """insert into postsale_event (id, tenant_id, type, source, external_id, occurred_at, received_at, is_backfill, data,
  flags)
select pg_temp.id(said, 16 + k, n), {tenant}, (array['order.created', 'label.created'])[1 + k], 'bench',
  'e' || n || '-' || k, said, said, false, jsonb_build_object('order', jsonb_build_object('number', number,
    'sales_channel', channel), 'parcel', jsonb_build_object('carrier', carrier, 'tracking_number', tracking)), '[]'::jsonb
from plan, generate_series(0, 1) k, lateral (select least(at + k * interval '8 hours', {now}) as said) as moment
union all
select pg_temp.id(said, 16 + k, n), {tenant}, 'tracking.updated', 'bench', 'e' || n || '-' || k, said, said, false,
  jsonb_build_object('parcel', jsonb_build_object('carrier', carrier, 'tracking_number', tracking, 'status', 'in_transit',
    'raw_text', 'Seen on its way', 'location', '{{"city": "Austin", "region": "TX", "country": "US"}}'::jsonb)), '[]'::jsonb
from plan, generate_series(2, {events} - 1) k, lateral (select least(at + k * interval '8 hours', {now}) as said) as moment""",
    """insert into postsale_eventsubject (tenant_id, subject_id, event_id)
select {tenant}, case when k < 2 then order_id else parcel_id end,
  pg_temp.id(least(at + k * interval '8 hours', {now}), 16 + k, n) from plan, generate_series(0, {events} - 1) k""",
    """insert into workflows_run (id, tenant_id, workflow_id, version_id, version, order_id, shipment_id, event_id, event,
  is_watch, state, machine, subject, nth, reason, started_at, finished_at)
select pg_temp.id(said, 3, n), {tenant}, w.id, v.id, 1, order_id, parcel_id, pg_temp.id(said, 21, n),
  '{{"type": "tracking.status_changed", "from": "in_transit", "to": "exception"}}', false, 'done', '{{}}',
  'parcel:' || parcel_id, 0, 'Tracking status went from In transit to Exception', said, said
from plan, workflows_workflow w, workflows_version v, lateral (select least(at + interval '40 hours', {now}) as said) as moment
where has_run and w.tenant_id = {tenant} and v.tenant_id = {tenant} and v.workflow_id = w.id""",
    """insert into workflows_steprun (tenant_id, run_id, step, position, kind, state, at, attempts, verdict, result, error)
select {tenant}, r.id, 'step_' || k, k, case k when 0 then 'condition' else 'action' end, 'done', r.started_at, 1,
  case k when 0 then '{{"holds": true, "words": "Sales channel is shopify-us"}}'::jsonb end,
  '{{"words": "E-mailed the customer"}}', ''
from workflows_run r, generate_series(0, 3) k where r.tenant_id = {tenant}""",
    """insert into workflows_outbox (id, tenant_id, kind, is_customer, "to", subject, content, status, reason, attempts, run_id,
  step, order_id, shipment_id, event, created_at, sent_at)
select pg_temp.id(r.started_at, 4, ('x' || right(r.id::text, 12))::bit(48)::bigint), {tenant}, 'email', true,
  'buyer@example.com', 'Your order', '{{"text": "The carrier reports a problem with your parcel."}}', 'sent', '', 1, r.id,
  'step_1', r.order_id, r.shipment_id, '{{}}', r.started_at, r.started_at from workflows_run r where r.tenant_id = {tenant}""",
    """insert into dashboards_case (id, tenant_id, board_id, subject, order_id, shipment_id, state, severity, reason,
  opened_at, last_seen_at, count, resolved_at, resolved_by, event, run_id, workflow_id)
select pg_temp.id(said, 5, n), {tenant}, b.id, parcel_id, order_id, parcel_id,
  case status when 'exception' then 'open' else 'resolved' end, (array['critical', 'warning', 'info'])[1 + n % 3],
  'Tracking status went from In transit to Exception', said, said, 1,
  case status when 'exception' then null else said + interval '20 hours' end,
  case status when 'exception' then null else '{{"kind": "cleared", "name": "it moves again"}}'::jsonb end, '{{}}',
  pg_temp.id(said, 3, n), w.id
from plan, dashboards_board b, workflows_workflow w, lateral (select least(at + interval '40 hours', {now}) as said) as moment
where has_run and b.tenant_id = {tenant} and b.slug = 'exceptions' and w.tenant_id = {tenant}""",
    """insert into dashboards_caseentry (id, tenant_id, case_id, order_id, shipment_id, at, what, words)
select pg_temp.id(c.opened_at, 6 + k, ('x' || right(c.id::text, 12))::bit(48)::bigint), {tenant}, c.id, c.order_id,
  c.shipment_id, coalesce(case k when 1 then c.resolved_at end, c.opened_at),
  (array['opened', 'cleared'])[1 + k], '' from dashboards_case c, generate_series(0, 1) k
where c.tenant_id = {tenant} and (k = 0 or c.state = 'resolved')""",
    """insert into workflows_figure (tenant_id, workflow_id, day, acted, watched, failed)
select {tenant}, workflow_id, started_at::date, count(*), 0, 0 from workflows_run where tenant_id = {tenant} group by 2, 3""",
    """insert into workflows_occasion (tenant_id, day, type, came_from, came_to, count)
select {tenant}, at::date, 'tracking.status_changed', 'in_transit', status, count(*) from plan group by 2, 5""",
    """insert into dashboards_tally (tenant_id, dashboard, measure, day, carrier, sales_channel, count)
select {tenant}, 'operations', 'late_handoffs', at::date, carrier, channel, count(*) from plan where n % 40 = 0 group by 4, 5, 6""",
)


def fill(running: Server, name: str, shop: ShopAtWork, *, orders: int) -> datetime:
    """Give the shop (of one workflow) its past; returns its last moment. Leaves the tables analyzed."""
    now = datetime.now(tz=UTC).replace(microsecond=0)
    said = {
        "tenant": sql.Literal(shop.id), "orders": sql.Literal(orders), "days": sql.Literal(DAYS),
        "events": sql.Literal(EVENTS), "now": sql.Literal(now),
    }  # fmt: skip
    with running.connect(SUPERUSER, name=name) as superuser:
        for back in range(0, DAYS + 31, 27):
            superuser.execute("select postsale_month(%s)", [now - timedelta(days=back)])
        superuser.execute("set work_mem = '256MB'")
        superuser.execute("set synchronous_commit = off")
        for statement in (_ID, _PLAN, *_ROWS):
            superuser.execute(sql.SQL(statement).format(**said) if statement is not _ID else _ID.encode())
        superuser.execute("drop table plan")
        for table in TABLES:
            superuser.execute(sql.SQL("vacuum analyze {}").format(sql.Identifier(table)))
    return now
