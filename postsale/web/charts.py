"""Charts as SVG, drawn on the server: they need no script, print, and obey the strict CSP. Colours by class only."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

LEFT, RIGHT, BOTTOM, TOP = 38, 14, 24, 8
#: Width and height of a chart over the page, and of one that shares it with another.
WHOLE, HALF = (760, 260), (400, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One colour of a stacked chart: its name, its class (`c1` … `c6`) and a value a label."""

    name: str
    tone: str
    values: Sequence[int]


def round_up(value: float) -> int:
    """The next round number that divides into four: 7 → 8, 9 → 12, 41 → 60, 0 → 4."""
    if value <= 4:
        return 4
    power = 10 ** (len(str(int(value))) - 1)
    steps = (int(step * power) for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12))
    return next(step for step in steps if step >= value and step % 4 == 0)


def stacked(
    title: str, labels: Sequence[str], series: Sequence[Series], *, size: tuple[int, int] = WHOLE
) -> SafeString:
    """Stacked bars, one a label; every piece has a title with its words and number. `size` in units of the drawing."""
    width, height = size
    top = round_up(max((sum(each) for each in zip(*(one.values for one in series), strict=True)), default=0))
    wide, high = (width - LEFT - RIGHT) / max(len(labels), 1), height - BOTTOM - TOP
    pieces = []
    for at, label in enumerate(labels):
        y = float(TOP + high)
        for one in series:
            tall = high * one.values[at] / top
            y -= tall
            if tall:
                place = _short(LEFT + wide * (at + 0.18), y, wide * 0.64, max(tall - 1, 0.5))
                pieces.append((one.tone, *place, label, one.values[at], one.name))
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"><title>{}: {} {}</title></rect>',
        pieces,
    )
    every = max(1, -(-len(labels) // (width // 90)))
    names = format_html_join(
        "",
        '<text class="ax" x="{}" y="{}" text-anchor="middle">{}</text>',
        [
            (*_short(LEFT + wide * (at + 0.5)), height - 6, label)
            for at, label in enumerate(labels)
            if (len(labels) - 1 - at) % every == 0
        ],
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        width, height, title, _grid(top, high, width - RIGHT), bars, names,
    )  # fmt: skip


def sparkline(values: Sequence[float], *, width: int = 120, height: int = 28) -> SafeString:
    """A line that shows a shape, not numbers; silent to screen readers, who get the figure beside it."""
    top = max(values, default=0) or 1
    apart = width / max(len(values) - 1, 1)
    points = " ".join(f"{at * apart:.1f},{height - 2 - (height - 4) * v / top:.1f}" for at, v in enumerate(values))
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" aria-hidden="true" focusable="false"><polyline points="{}"/></svg>',
        width, height, points,
    )  # fmt: skip


def bar(value: float, most: float) -> SafeString:
    """One horizontal bar: `value` of `most`; the number stands beside it in text."""
    share = 100 * value / most if most else 0
    return format_html(
        '<svg class="hbar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect width="{}" height="8"/></svg>',
        *_short(min(100, max(0, share))),
    )


def _grid(top: int, high: int, right: int) -> SafeString:
    lines = [(TOP + high * at / 4, top * (4 - at) // 4) for at in range(5)]
    return format_html_join(
        "",
        '<line class="gl" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="ax" x="{}" y="{}" text-anchor="end">{}</text>',
        [(LEFT, right, *_short(y, y), LEFT - 6, *_short(y + 4), value) for y, value in lines],
    )


def _short(*places: float) -> list[str]:
    return [f"{place:.1f}" for place in places]
