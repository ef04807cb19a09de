"""Telling: figures as the words and series that Today shows; nothing here asks the database."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from dashboards.analytics.today import BoardNow, Closed, MeasureNow, Outcomes, Standing, Window
from postsale.web.charts import HALF, WHOLE, Series, stacked
from workflows.catalog.names import key_words

#: More colours than these nobody tells apart; the rest is "Other".
MOST_SERIES = 5
#: Where there is nothing to measure: an en dash.
NONE = "\u2013"


def span(seconds: float | None) -> str:
    """A length of time, as exact as it matters: "14 min", "2 h 14 min", "29 h", "3 d 4 h"."""
    if seconds is None:
        return NONE
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest and hours < 10 else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h"


def share(part: int, whole: int) -> str:
    """A share in whole percent, never 100 % when something is missing nor 0 % when something is there."""
    if not whole:
        return NONE
    percent = round(100 * part / whole)
    if percent == 0 and part:
        return "<1 %"
    return f"{99 if percent == 100 and part < whole else percent} %"


def kpis(boards: Sequence[BoardNow], done: Closed, said: Outcomes, window: Window) -> list[dict[str, Any]]:
    """The four figures on top, each with what it counts, where its list is and its last days."""
    opened = [
        sum(parts) for parts in zip(*(window.spread(c) for c in (said.open, said.cleared, said.person)), strict=True)
    ]
    late, slas = sum(board.overdue for board in boards), [b for b in boards if b.sla_hours]
    oldest = min((board.oldest for board in boards if board.oldest), default=None)
    handled = done.total - done.by_people
    resolved = f"?view=resolved&days={window.days}"
    alone = [
        total - people for total, people in zip(window.spread(done.totals), window.spread(done.people), strict=True)
    ]
    return [
        {"label": "Open now", "value": f"{sum(board.open for board in boards):,}", "url": "?view=open",
         "delta": f"{opened[-1]} opened today", "spark": opened},
        {"label": "Past due", "value": f"{late:,}", "url": "?view=overdue", "tone": "crit" if late else "",
         "oldest": oldest, "delta": "of boards with a time to resolve"} if slas else
        {"label": "Oldest open", "value": NONE if oldest is None else "", "oldest": oldest, "is_age": oldest is not None,
         "url": "?sort=oldest", "delta": "No board has a time to resolve yet"},
        {"label": "Handled by workflows", "value": share(handled, done.total), "url": f"{resolved}&by=itself", "spark": alone,
         "delta": f"{handled:,} of {done.total:,} without a person" if done.total else "No card was closed yet"},
        {"label": "Median time to resolve", "value": span(done.median), "url": resolved,
         "delta": _faster(done), "spark": [done.medians.get(day, 0.0) for day in window.dates]},
    ]  # fmt: skip


def outcome_chart(said: Outcomes, window: Window) -> dict[str, Any]:
    """Cards opened a day by what became of them: the drawing, its legend and its table."""
    series = [
        Series(name="Cleared by itself or a workflow", tone="c1", values=window.spread(said.cleared)),
        Series(name="Resolved by a person", tone="c2", values=window.spread(said.person)),
        Series(name="Still open", tone="c3", values=window.spread(said.open)),
    ]
    return chart("Cards opened a day, by what became of them", window.dates, series)


def measure_chart(measure: MeasureNow, days: Sequence[date], *, is_half: bool = False) -> dict[str, Any]:
    """A measure a day, with its parts by carrier and sales channel."""
    name = words_of(measure.name)
    values = [measure.days.get(day, 0) for day in days]
    drawn = chart(f"{name} a day", days, [Series(name=name, tone="c1", values=values)], size=HALF if is_half else WHOLE)
    return {
        **drawn, "name": name, "total": measure.total, "dashboard": measure.dashboard,
        "dashboard_name": measure.dashboard_name,
        "parts": [
            {"by": by, "rows": _parts(counts), "most": max(counts.values(), default=0)}
            for by, counts in (("carrier", measure.carriers), ("sales channel", measure.channels))
        ],
    }  # fmt: skip


def chart(
    title: str, days: Sequence[date], series: Sequence[Series], *, size: tuple[int, int] = WHOLE
) -> dict[str, Any]:
    """A stacked chart with all that it needs beside it."""
    labels = [f"{day:%-d %b}" for day in days]
    rows = [
        {"label": label, "values": [one.values[at] for one in series]}
        for at, label in reversed(list(enumerate(labels)))
    ]
    return {
        "title": title, "svg": stacked(title, labels, series, size=size), "series": series, "rows": rows,
        "is_empty": not any(any(one.values) for one in series),
    }  # fmt: skip


def noise(checked: int, acted: int) -> dict[str, Any]:
    """How much of what happened asked for nothing."""
    held = max(0, checked - acted)
    return {"checked": checked, "acted": acted, "held": held, "share": share(held, checked)}


def watching(standing: Sequence[Standing]) -> list[Standing]:
    """Workflows in watch mode, those that would have acted first."""
    return sorted((each for each in standing if each.state == "watching"), key=lambda each: -each.watched)


def words_of(measure: str) -> str:
    """A measure's name as people read it: late_handoffs → Late handoffs."""
    return key_words(measure)


def _faster(done: Closed) -> str:
    if done.median is None:
        return "No card was closed yet"
    if done.before_median is None:
        return "From opening to the end"
    change = done.median - done.before_median
    if abs(change) < 60:
        return "As before"
    return f"{span(abs(change))} {'slower' if change > 0 else 'faster'} than before"


def _parts(counts: Any) -> list[tuple[str, int]]:
    top = counts.most_common(MOST_SERIES)
    rest = counts.total() - sum(count for _, count in top)
    return [(key or "Unknown", count) for key, count in top] + ([("Other", rest)] if rest else [])
