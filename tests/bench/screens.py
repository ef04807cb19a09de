"""The rows about what people's browsers carry: weights, first views, answers to a key, frames of a busy board.

A real Chromium, slowed down to a quarter on a line of 10 Mbit/s with 40 ms (UX.md §8 says these conditions and limits).
"""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median, quantiles
from threading import Event, Thread
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from dashboards.boards import saving
from dashboards.boards.models import Board, Case
from postsale.orders.models import OrderShipment
from postsale.service.database import Server
from postsale.tenants.models import Member, User
from postsale.tenants.scope import tenant
from tests.bench.figures import Figure
from tests.bench.house import Site, site
from tests.bench.plenty import fill
from tests.bench.shops import ShopAtWork, open_shop
from workflows.definitions import store

ORDERS, CARDS, STEPS = 10_000, 500, 30
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
#: UX.md §8: a quarter of this machine's speed, 10 Mbit/s, 40 ms there and back.
SLOWDOWN, BYTES_A_SECOND, LATENCY_MS = 4, 10_000_000 / 8, 40
VISITS = 3
ROWS = (
    "screen_js",
    "screen_css",
    "screen_requests",
    "screen_lcp",
    "screen_inp",
    "seen_by_others",
    "board_frames",
    "board_shift",
)
#: Cards that one person resolves while another looks on, and the pause between them.
RESOLVED, PAUSE_MS = 20, 500
#: Changes of the busy board, a second, and for how long.
CHANGES, SECONDS = 20, 8

_LARGEST_PAINT = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
  .observe({type: "largest-contentful-paint", buffered: true}))"""
_SHIFT = """() => new Promise(done => { let sum = 0; new PerformanceObserver(list => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) sum += each.value; })
  .observe({type: "layout-shift", buffered: true}); setTimeout(() => done(sum), 200); })"""
_LISTEN = """() => { window.answers = []; new PerformanceObserver(list => {
  for (const each of list.getEntries()) if (each.interactionId) window.answers.push(each.duration); })
  .observe({type: "event", durationThreshold: 16}); }"""
#: When a row was acted on here, and when it turned grey there (milliseconds of one clock, by the row's id).
_CLICKED = """() => { window.clicked = {}; document.addEventListener("click", ({target}) => {
  if (target.closest("[data-act=resolve]")) window.clicked[target.closest("tr").id] = Date.now(); }, true); }"""
_SEEN = """() => { window.seen = {}; new MutationObserver(changes => { for (const {target} of changes)
  if (target.matches("tr.gone")) window.seen[target.id] ??= Date.now(); })
  .observe(document.querySelector("tbody"), {subtree: true, attributes: true, attributeFilter: ["class"]}); }"""
_FRAMES = """seconds => new Promise(done => { const frames = []; let last = performance.now(); const end = last + 1000 * seconds;
  const step = now => { frames.push(now - last); last = now; now < end ? requestAnimationFrame(step) : done(frames); };
  requestAnimationFrame(step); })"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Screen:
    """A page that is measured: its address, what shows that it is ready, and the keys that somebody presses on it."""

    address: str
    ready: str
    script_limit: int = 40
    keys: Sequence[str] = ()


@dataclass(slots=True)
class _Seen:
    """What a visit showed: kilobytes by kind as they were sent, requests, milliseconds, the sum of the layout's shifts."""

    sent: dict[str, float] = field(default_factory=dict)
    requests: int = 0
    largest_paint: float = 0.0
    shift: float = 0.0


def screens(running: Server, *, full: bool) -> list[Figure]:
    """The budgets of UX.md §8, each with its worst page."""
    visits = 3 * VISITS if full else VISITS
    call_command("collectstatic", interactive=False, verbosity=0)
    with site(running, workers=False) as at:
        shop = open_shop(workflows=1)
        fill(running, at.name, shop, orders=ORDERS)
        cards, cookie = _busy_board(shop), _cookie(shop)
        measured = _measured(shop)
        with _chromium() as browser:
            seen = {
                name: [_visit(browser, at, cookie, screen) for _ in range(visits)] for name, screen in measured.items()
            }
            pressed = {name: _pressed(browser, at, cookie, screen) for name, screen in measured.items() if screen.keys}
            seen_after = _seen_by_others(browser, at, cookie)
            frames, shift = _frames(browser, at, cookie, shop, cards)
    return [*_weights(measured, seen), *_times(seen, pressed), _together(seen_after), *_liveliness(frames, shift)]


def _weights(measured: Mapping[str, _Screen], seen: Mapping[str, list[_Seen]]) -> Iterator[Figure]:
    scripts = {name: visits[0].sent.get("Script", 0.0) for name, visits in seen.items()}
    worst = max(scripts, key=lambda name: scripts[name] / measured[name].script_limit)
    limit = measured[worst].script_limit
    yield _budget("screen_js", scripts[worst], "kB", limit, "≤ 40 kB gzip a page, builder 50", pages=scripts)
    styles = {name: visits[0].sent.get("Stylesheet", 0.0) for name, visits in seen.items()}
    yield _budget("screen_css", max(styles.values()), "kB", 12, "≤ 12 kB gzip a page", pages=styles)
    asked = {name: visits[0].requests for name, visits in seen.items()}
    yield _budget("screen_requests", max(asked.values()), "requests", 15, "≤ 15 at the first view", pages=asked)


def _times(seen: Mapping[str, list[_Seen]], pressed: Mapping[str, list[float]]) -> Iterator[Figure]:
    paints = {name: median(visit.largest_paint for visit in visits) for name, visits in seen.items()}
    yield _budget(
        "screen_lcp", max(paints.values()), "ms", 2_000, "≤ 2 s, a quarter of the CPU, 10 Mbit/s, 40 ms", pages=paints
    )
    answers = {name: max(spans, default=0.0) for name, spans in pressed.items()}
    yield _budget("screen_inp", max(answers.values()), "ms", 200, "≤ 200 ms, the same conditions", pages=answers)


def _together(spans: list[float]) -> Figure:
    late = quantiles(spans, n=20)[18]
    said = {"cards": len(spans), "p50": round(median(spans), 1), "worst": round(max(spans), 1)}
    return _budget(
        "seen_by_others", late, "ms", 1_000, "p95: from one person's click to the other's page ≤ 1 s", **said
    )


def _liveliness(frames: list[float], shift: float) -> Iterator[Figure]:
    late = quantiles(frames, n=20)[18]
    said = {"rows": CARDS, "changes_a_second": CHANGES, "p50": round(median(frames), 1)}
    yield _budget("board_frames", late, "ms", 34, "p95 < 34 ms", **said)
    yield _budget("board_shift", shift, "", 0, "0 from live data", **said)


def _budget(name: str, value: float, unit: str, limit: float, goal: str, **more: Any) -> Figure:
    pages = {"pages": {page: round(each, 1) for page, each in more.pop("pages").items()}} if "pages" in more else {}
    return Figure(name=name, value=value, unit=unit, against="budget", limit=limit, goal=goal, more={**pages, **more})


def _measured(shop: ShopAtWork) -> Mapping[str, _Screen]:
    """The pages, the builder with a workflow of 30 steps among them."""
    steps = [
        {"id": f"tag_{n}", "kind": "action", "action": "order.add_tag", "with": {"tag": f"seen-{n}"}}
        for n in range(STEPS)
    ]
    document = {
        "format": "postsale.workflow/1", "name": "Thirty steps", "trigger": {"type": "label.created"}, "steps": steps,
    }  # fmt: skip
    with tenant(shop.id):
        workflow = store.save(document, workflow=None, by="bench", now=datetime.now(tz=UTC))
    return {
        "today": _Screen(address="/", ready="#live"),
        "board": _Screen(address="/boards/exceptions/", ready="#live", keys=("j", "j", "j", "x", "Enter", "Escape", "k")),
        "orders": _Screen(address="/orders/", ready="#live"),
        "builder": _Screen(
            address=f"/workflows/{workflow.id}/", ready="#builder[data-ready]", script_limit=50,
            keys=("ArrowDown", "ArrowDown", "m", "ArrowDown", "ArrowDown", "Escape", "Enter", "Escape"),
        ),
    }  # fmt: skip


def _busy_board(shop: ShopAtWork) -> list[Case]:
    """So many open cards."""
    now = datetime.now(tz=UTC)
    with tenant(shop.id):
        board = Board.objects.get(tenant_id=shop.id, slug="exceptions")
        Case.objects.filter(tenant_id=shop.id).delete()
        links = OrderShipment.objects.filter(tenant_id=shop.id).order_by("-shipment_id")[:CARDS]
        made = [
            Case(
                tenant_id=shop.id, board=board, subject=link.shipment_id, order_id=link.order_id,
                shipment_id=link.shipment_id, reason="It has not moved", opened_at=now, last_seen_at=now,
            )
            for link in links
        ]  # fmt: skip
        return Case.objects.bulk_create(made)


def _cookie(shop: ShopAtWork) -> str:
    with tenant(shop.id):
        owner = Member.objects.get(tenant_id=shop.id)
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(User.objects.get(id=owner.user_id))
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


@contextmanager
def _chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise RuntimeError("there is no Chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def _page(browser: Browser, at: Site, cookie: str, *, slow: bool) -> Iterator[Page]:
    """A fresh browser of somebody who signed in before; nothing is in its cache."""
    context: BrowserContext = browser.new_context(
        base_url=f"http://127.0.0.1:{at.port}", viewport={"width": 1280, "height": 900}
    )
    url = f"http://127.0.0.1:{at.port}"
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])
    page = context.new_page()
    if slow:
        line = context.new_cdp_session(page)
        line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        conditions = {"downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND, "latency": LATENCY_MS}
        line.send("Network.enable")
        line.send("Network.emulateNetworkConditions", {"offline": False, **conditions})
    yield page
    context.close()


def _visit(browser: Browser, at: Site, cookie: str, screen: _Screen) -> _Seen:
    seen, kinds = _Seen(), dict[str, str]()
    with _page(browser, at, cookie, slow=True) as page:
        line = page.context.new_cdp_session(page)
        line.send("Network.enable")
        line.on("Network.responseReceived", lambda said: kinds.update({said["requestId"]: said["type"]}))

        def received(said: Mapping[str, Any]) -> None:
            kind = kinds.get(said["requestId"], "Other")
            seen.sent[kind] = seen.sent.get(kind, 0.0) + said["encodedDataLength"] / 1000

        def finished(_said: Mapping[str, Any]) -> None:
            seen.requests += 1

        line.on("Network.dataReceived", received)
        line.on("Network.loadingFinished", finished)
        page.goto(screen.address, wait_until="load")
        page.locator(screen.ready).wait_for()
        seen.largest_paint = float(page.evaluate(_LARGEST_PAINT))
        seen.shift = float(page.evaluate(_SHIFT))
    return seen


def _pressed(browser: Browser, at: Site, cookie: str, screen: _Screen) -> list[float]:
    """Milliseconds until the next paint after each key; answers under 16 ms are not told."""
    with _page(browser, at, cookie, slow=True) as page:
        page.goto(screen.address, wait_until="load")
        page.locator(screen.ready).wait_for()
        page.wait_for_load_state("networkidle")
        if "builder" in screen.ready:
            page.locator(".face").first.focus()
        page.evaluate(_LISTEN)
        for key in screen.keys:
            page.keyboard.press(key)
            page.wait_for_timeout(400)
        return [float(each) for each in page.evaluate("() => window.answers")]


def _seen_by_others(browser: Browser, at: Site, cookie: str) -> list[float]:
    """Milliseconds from the click that resolves a card to the other browser's greyed row."""
    with _page(browser, at, cookie, slow=False) as mine, _page(browser, at, cookie, slow=False) as theirs:
        for page in (mine, theirs):
            page.goto("/boards/exceptions/")
            page.locator("#live", has_text="Live").wait_for()
        theirs.evaluate(_SEEN)
        mine.evaluate(_CLICKED)
        for _ in range(RESOLVED):
            mine.locator("tbody tr:not(.gone) [data-act=resolve]").first.click()
            mine.wait_for_timeout(PAUSE_MS)
        began, ended = mine.evaluate("() => window.clicked"), theirs.evaluate("() => window.seen")
        return [ended[row] - at_click for row, at_click in began.items()]


def _frames(browser: Browser, at: Site, cookie: str, shop: ShopAtWork, cards: list[Case]) -> tuple[list[float], float]:
    """Milliseconds between frames of a board of all cards while they change, and how much it shifted."""
    with _page(browser, at, cookie, slow=False) as page:
        page.goto("/boards/exceptions/")
        while page.locator("#more a").count():
            rows = page.locator("tbody tr").count()
            page.locator("#more a").click()
            page.wait_for_function("rows => document.querySelectorAll('tbody tr').length > rows", arg=rows)
        ended = Event()
        changing = Thread(target=_change, args=(shop, cards, ended))
        changing.start()
        try:
            frames = [float(each) for each in page.evaluate(_FRAMES, SECONDS)]
        finally:
            ended.set()
            changing.join()
        return frames, float(page.evaluate(_SHIFT))


def _change(shop: ShopAtWork, cards: list[Case], ended: Event) -> None:
    """A card is seen again, so many times a second."""
    began, done = time.monotonic(), 0
    while not ended.is_set():
        card = cards[done % len(cards)]
        card.count += 1
        with tenant(shop.id):
            saving.save(shop.id, [card], [], slugs={card.board_id: "exceptions"})
        done += 1
        ended.wait(max(0.0, began + done / CHANGES - time.monotonic()))
    connection.close()
