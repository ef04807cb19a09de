"""Three questions from outside: is the process up, may it be given work, how is it doing.

`urls` goes into the root URL list. Rooms above add their own figures with `figure`; this one knows none of them.
"""

import functools
import ipaddress
from collections.abc import Callable, Iterable

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from postsale.service import heartbeat

#: A worker that was not heard for longer is not ready (seconds); the supervisor has started another by then.
WORKER_SILENCE = 15.0

REGISTRY = CollectorRegistry()
Figure = Callable[[], float | dict[str, float] | None]


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200: the process answers. It asks nothing of anybody, so that a database that restarts doesn't get it killed."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 when the database answers, is migrated and a worker was heard lately, else 503; each check with its words."""
    checks = {}
    try:
        checks["database"] = _database()
        checks["migrations"] = _migrations()
        checks["worker"] = _worker()
    except (DatabaseError, InterfaceError):
        checks["database"] = "not reachable"
    is_ready = all(words == "ok" for words in checks.values())
    return JsonResponse(
        {"status": "ok" if is_ready else "not ready", "checks": checks}, status=200 if is_ready else 503
    )


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text, for addresses in POSTSALE_METRICS_ALLOW only."""
    if not _is_allowed(request.META.get("REMOTE_ADDR", "")):
        return HttpResponseForbidden(
            "Metrics are for the addresses in POSTSALE_METRICS_ALLOW.", content_type="text/plain"
        )
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


urls = [
    path("healthz/", healthz, name="healthz"),
    path("readyz/", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]


def figure(name: str, words: str, *, label: str = "") -> Callable[[Figure], Figure]:
    """Decorate a function that is asked at each scrape: its number, or with `label` its numbers by label.

    None is no figure; a database that does not answer leaves the figure out.
    """

    def add(ask: Figure) -> Figure:
        REGISTRY.register(_Asked(name, words, label, ask))
        return ask

    return add


class _Asked(Collector):
    """One figure, asked when it is scraped."""

    def __init__(self, name: str, words: str, label: str, ask: Figure) -> None:
        self._name, self._words, self._label, self._ask = name, words, label, ask

    def describe(self) -> Iterable[Metric]:
        """Name the figure without asking for it."""
        return [GaugeMetricFamily(self._name, self._words)]

    def collect(self) -> Iterable[Metric]:
        """Ask."""
        try:
            found = self._ask()
        except (DatabaseError, InterfaceError):
            return []
        family = GaugeMetricFamily(self._name, self._words, labels=[self._label] if self._label else [])
        if isinstance(found, dict):
            for key, value in found.items():
                family.add_metric([key], value)
        elif found is not None:
            family.add_metric([], found)
        return [family]


ProcessCollector(registry=REGISTRY)
figure("postsale_heartbeat_silence_seconds", "Seconds since each loop was last heard.", label="name")(
    heartbeat.silences
)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return "ok"


def _migrations() -> str:
    # What was migrated once stays so for the life of the process, and looking costs 50 ms.
    if not _SEEN:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "some are missing: run manage.py migrate"
        _SEEN.append("migrated")
    return "ok"


_SEEN: list[str] = []


def _worker() -> str:
    silence = heartbeat.silence()
    if silence is None:
        return "never heard"
    return "ok" if silence <= WORKER_SILENCE else f"not heard for {silence:.0f} s"


def _is_allowed(address: str) -> bool:
    try:
        asking = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(asking in network for network in _networks(tuple(settings.POSTSALE_METRICS_ALLOW)))


@functools.cache
def _networks(names: tuple[str, ...]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(name, strict=False) for name in names]
