"""The rows about what is stored: claiming among many waiting deadlines, and back-testing a log."""

from datetime import UTC, datetime, timedelta
from statistics import median
from time import monotonic, process_time

from django.db import connection

from postsale.events.kinds import Reported
from postsale.events.record import record
from postsale.service.database import SUPERUSER, Server
from postsale.tenants.scope import tenant
from tests.bench.figures import Figure
from tests.bench.house import fresh, lead_to
from tests.bench.shops import ACTS, label, open_shop
from workflows.replay import backtest
from workflows.replay.models import Backtest
from workflows.runs import claim, load

FEW = 1_000
DUE = 200
CLAIMS = 100
STATUSES = ("accepted", "in_transit", "exception", "out_for_delivery")

_WAITING = """
insert into postsale_deadline (kind, target, tenant, due_at)
select 'run', gen_random_uuid(), %s, clock_timestamp() + make_interval(secs => (case when n <= %s then -n else 86400 + n end))
from generate_series(1, %s) n"""


def deadline_claim(running: Server, *, full: bool) -> list[Figure]:
    """Claim a lane and its 200 due deadlines, among few and among many that wait, in turns."""
    number = 1_000_000 if full else 100_000
    with fresh(running) as small:
        tenants = {small: _filled(running, small, FEW)}
        with fresh(running) as big:
            tenants[big] = _filled(running, big, number)
            spans: dict[str, list[float]] = {small: [], big: []}
            cpu = process_time()
            for _ in range(4):
                for name, tenant_id in tenants.items():
                    with lead_to(name):
                        _claim(tenant_id)
                        spans[name] += [_claim(tenant_id) for _ in range(CLAIMS // 4)]
            cpu = process_time() - cpu
    return [
        Figure(
            name="deadline_claim", value=1000 * median(spans[big]), unit="ms", against=f"{FEW:,} waiting",
            limit=1000 * median(spans[small]), goal="≤ 1.1x", cpu_ms_per_event=1000 * cpu / (2 * CLAIMS * DUE),
            more={"waiting": number, "due": DUE, "claims": CLAIMS},
        )
    ]  # fmt: skip


def backtest_100k(running: Server, *, full: bool) -> list[Figure]:
    """One workflow over a log of orders with five events each."""
    events = 100_000 if full else 20_000
    return [_backtested(running, events, name="backtest_100k", days=1, goal="100,000 events ≤ 20 s")]


def backtest_90d(running: Server, *, full: bool) -> list[Figure]:
    """The same over 90 days with 400,000 events, in full; without, an eighth of it."""
    events = 400_000 if full else 50_000
    return [_backtested(running, events, name="backtest_90d", days=90, goal="400,000 events ≤ 90 s")]


def _backtested(running: Server, events: int, *, name: str, days: int, goal: str) -> Figure:
    """A back-test over so many events, spread over so many days."""
    with fresh(running):
        shop = open_shop(workflows=1)
        start = datetime.now(tz=UTC) - timedelta(days=days + 5)
        step = timedelta(days=days) / (events // 1_000)
        for n in range(events // 1_000):
            at = start + n * step
            record(shop.id, _log(n, at), source="bench", now=at)
        began = monotonic()
        with tenant(shop.id), connection.cursor() as cursor:
            cursor.execute(
                "select id, type, external_id, received_at, data::text from postsale_event order by received_at"
            )
            cursor.fetchall()
        reading = monotonic() - began
        with tenant(shop.id):
            asked = backtest.create(
                dict(ACTS), from_at=start - timedelta(days=1), to_at=start + timedelta(days=days + 4), now=start
            )
        began, cpu = monotonic(), process_time()
        backtest.run_next()
        seconds, cpu = monotonic() - began, process_time() - cpu
        with tenant(shop.id):
            done = Backtest.objects.get(tenant_id=shop.id, id=asked.id)
        if done.state != "done" or done.result is None or done.result["fired"] != events // 5:
            raise RuntimeError(f"the back-test is {done.state} {done.error}")
    return Figure(
        name=name, value=seconds, unit="s", against="reading the same rows", limit=reading, goal=goal,
        cpu_ms_per_event=1000 * cpu / events,
        more={"events": events, "seconds_per_100000": round(seconds * 100_000 / events, 1)},
    )  # fmt: skip


def _filled(running: Server, name: str, number: int) -> int:
    """A tenant with so many deadlines, of which 200 are due; its id."""
    shop = open_shop(workflows=1)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [shop.id, DUE, number])
    with running.connect(SUPERUSER, name=name) as superuser:
        superuser.execute(b"vacuum analyze postsale_deadline")
    return shop.id


def _claim(tenant_id: int) -> float:
    """One claim as a worker does it, given back at once; seconds."""
    began = monotonic()
    (turn,) = claim.claim()
    until = claim.settled_until(tenant_id)
    with tenant(tenant_id):
        claim.holds(turn)
        found = load.due(tenant_id, until=until, limit=DUE)
        claim.end_well(turn, clock=None)
    if len(found) != DUE:
        raise RuntimeError(f"{len(found)} deadlines are due")
    return monotonic() - began


def _log(n: int, at: datetime) -> list[Reported]:
    """The n-th 200 orders, labelled `at`, with four scans each in the hours after it."""
    events = []
    for order in range(200):
        first = label(f"{n:06}{order:06}", at=at)
        events.append(first)
        for hour, status in enumerate(STATUSES, 1):
            parcel = {**first.data["parcel"], "status": status}  # type: ignore[dict-item]
            events.append(
                Reported(
                    type="tracking.updated", external_id=f"{first.external_id}-{status}",
                    occurred_at=at + timedelta(hours=hour), data={**first.data, "parcel": parcel},
                )
            )  # fmt: skip
    return events
