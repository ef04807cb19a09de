"""The rows in which events walk through Postsale's own processes: intake, end to end, bulk, and what memory it takes."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import quantiles

import msgspec
import psutil
from django.db import connection

from postsale.service.database import Server
from postsale.tenants.scope import tenant
from tests.bench.figures import Figure
from tests.bench.house import ROOT, Site, site
from tests.bench.limits import COMMITS, commits_per_second
from tests.bench.shops import ACTING, ShopAtWork, envelopes, hooks, label_parcels, open_shop

CONNECTIONS = 64
ENVELOPE = 500
WARM = 500
ROUNDS = 2


@dataclass
class Tally:
    """What several rounds of one kind came to."""

    events: int = 0
    seconds: float = 0.0
    answered: float = 0.0
    ours: float = 0.0
    postgres: float = 0.0
    spans: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Events a second, over all rounds."""
        return self.events / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds an event in our processes."""
        return 1000 * self.ours / self.events

    def more(self) -> dict[str, object]:
        """What else is worth saying."""
        cuts = quantiles(self.spans, n=100)
        return {
            "postgres_cpu_ms_per_event": round(1000 * self.postgres / self.events, 2),
            "rounds": [round(rate) for rate in self.rates],
            "answered_per_second": round(self.events / self.answered),
            "answer_ms_p50_p99": [round(1000 * cuts[49], 1), round(1000 * cuts[98], 1)],
        }


def intake(running: Server, *, full: bool) -> list[Figure]:
    """Signed hooks answered after their commit; no worker runs."""
    count = 20_000 if full else 4_000
    with site(running, workers=False) as at:
        shop = open_shop(workflows=1)
        tally, limits = Tally(), [commits_per_second(running, name=at.name)]
        _spoken_of(at, shop, WARM, Tally(), decided=False)
        for _ in range(ROUNDS):
            _spoken_of(at, shop, count, tally, decided=False)
            limits.append(commits_per_second(running, name=at.name))
        limit = _mean(limits)
    return [
        Figure(
            name="intake", value=tally.rate, unit="events/s", against=COMMITS, limit=limit, goal="≥ 0.5x",
            cpu_ms_per_event=tally.cpu_ms, more=tally.more(),
        )
    ]  # fmt: skip


def end_to_end_1(running: Server, *, full: bool) -> list[Figure]:
    """From the first send of a hook to the last event decided, with one workflow."""
    with site(running) as at:
        shop = open_shop(workflows=1)
        tally, limits = Tally(), [commits_per_second(running, name=at.name)]
        _spoken_of(at, shop, WARM, Tally())
        for _ in range(ROUNDS):
            _spoken_of(at, shop, 10_000 if full else 3_000, tally)
            limits.append(commits_per_second(running, name=at.name))
        _check_acts(shop, tally.events + WARM)
    return [
        Figure(
            name="end_to_end_1", value=tally.rate, unit="events/s", against=COMMITS, limit=_mean(limits),
            goal="≤ 1.2 CPU-ms; ≥ 40x n8n vm (17.9/s), ≥ 20x legacy (33/s), measured apart",
            cpu_ms_per_event=tally.cpu_ms, more=tally.more(),
        )
    ]  # fmt: skip


def end_to_end_10000(running: Server, *, full: bool) -> list[Figure]:
    """The same with 10,000 workflows, in turns with a shop of 10 on the same processes."""
    with site(running) as at:
        few, many = open_shop(workflows=10), open_shop(workflows=10_000)
        rates = {few.id: Tally(), many.id: Tally()}
        for shop in (few, many):
            _spoken_of(at, shop, WARM, Tally())
        for _ in range(ROUNDS):
            for shop in (few, many):
                _spoken_of(at, shop, 10_000 if full else 2_000, rates[shop.id])
        for shop in (few, many):
            _check_acts(shop, rates[shop.id].events + WARM)
    return [
        Figure(
            name="end_to_end_10000", value=rates[many.id].rate, unit="events/s", against="10 workflows",
            limit=rates[few.id].rate, goal="≥ 0.8x", cpu_ms_per_event=rates[many.id].cpu_ms,
            more={**rates[many.id].more(), "cpu_ms_per_event_with_10": round(rates[few.id].cpu_ms, 2)},
        )
    ]  # fmt: skip


def bulk(running: Server, *, full: bool) -> list[Figure]:
    """The bulk API to folded and matched, in turns with single hooks; then what memory the processes hold."""
    with site(running) as at:
        shop = open_shop(workflows=1)
        singles, bulks = Tally(), Tally()
        _spoken_of(at, shop, WARM, Tally())
        _enveloped(at, shop, ENVELOPE, Tally())
        for _ in range(ROUNDS):
            _spoken_of(at, shop, 2_000, singles)
            _enveloped(at, shop, 50_000 if full else 5_000, bulks)
        figures = [
            Figure(
                name="bulk", value=bulks.rate, unit="events/s", against="single hooks", limit=singles.rate,
                goal="≥ 3x", cpu_ms_per_event=bulks.cpu_ms,
                more={**bulks.more(), "envelope": ENVELOPE},
            )
        ]  # fmt: skip
        events = 2 * (singles.events + bulks.events)
        while full and events < 1_000_000:
            _enveloped(at, shop, 50_000, Tally())
            events += 100_000
        return [*figures, *_memory(at, events)]


def _memory(at: Site, events: int) -> list[Figure]:
    families = at.families()
    web = max(_megabytes(each) for each in families["web"])
    workers = sorted((_megabytes(each) for each in families["worker"]), reverse=True)
    more = {"events_before": events}
    return [
        Figure(
            name="memory_web", value=web, unit="MB", against="limit", limit=200, goal="≤ 1x after 1,000,000 events",
            more=more,
        ),
        Figure(
            name="memory_worker", value=workers[0], unit="MB", against="limit", limit=250,
            goal="≤ 1x after 1,000,000 events", more={**more, "cluster": [round(each) for each in workers]},
        ),
    ]  # fmt: skip


def _spoken_of(at: Site, shop: ShopAtWork, count: int, tally: Tally, *, decided: bool = True) -> None:
    """One round of single hooks; the labels before it are decided (and not counted)."""
    label_parcels(shop, count)
    if decided:
        at.settle([shop.id])
    _round(at, shop, hooks(shop, count), count, tally, decided=decided)


def _enveloped(at: Site, shop: ShopAtWork, count: int, tally: Tally) -> None:
    label_parcels(shop, count)
    at.settle([shop.id])
    _round(at, shop, envelopes(shop, count, size=ENVELOPE), count, tally, decided=True)


def _round(at: Site, shop: ShopAtWork, requests: Sequence[bytes], count: int, tally: Tally, *, decided: bool) -> None:
    file = Path(at.running.data) / "requests"
    file.write_bytes(msgspec.msgpack.encode(list(requests)))
    command = [
        sys.executable,
        "-m",
        "tests.bench.sender",
        str(at.port),
        str(min(CONNECTIONS, len(requests))),
        str(file),
    ]
    before = at.cpu()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    report = json.loads(done.stdout)
    ended = at.settle([shop.id]) if decided else float(report["ended"])
    after = at.cpu()
    if set(report["statuses"]) - {"200", "202"}:
        raise RuntimeError(f"answers were {report['statuses']}")
    seconds = ended - float(report["began"])
    tally.events += count
    tally.seconds += seconds
    tally.answered += float(report["ended"]) - float(report["began"])
    tally.ours += after[0] - before[0]
    tally.postgres += after[1] - before[1]
    tally.spans += report["spans"]
    tally.rates.append(count / seconds)


def _check_acts(shop: ShopAtWork, events: int) -> None:
    """Each exception has its card, its order's status and its letter: else the rate would be one of something else."""
    expected = events // ACTING
    with tenant(shop.id), connection.cursor() as cursor:
        cursor.execute(
            "select (select count(*) from dashboards_case), (select count(*) from workflows_outbox), "
            "(select count(*) from postsale_order where ops_status = 'exception')"
        )
        found = cursor.fetchone()
    if found != (expected, expected, expected):
        raise RuntimeError(f"{expected} exceptions made {found} cards, letters and statuses")


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


def _mean(values: Sequence[float]) -> float:
    """The mean of the gaps' middles: the limit while we ran, measured before and after each round."""
    middles = [(first + second) / 2 for first, second in pairwise(values)]
    return sum(middles) / len(middles)
