"""What a schedule's cron text says, as days and a time: the simple ones, which people can read; others stay quoted."""

import re

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SIMPLE = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* ([\d,*-]+|[a-z,*-]+)").fullmatch


def simple_schedule(at: str) -> tuple[tuple[str, ...], str] | None:
    """The days ("mon" … "sun") and the time ("09:00") of a cron text that says no more than those; else None."""
    match = _SIMPLE(at.strip().lower())
    if match is None or int(match[1]) > 59 or int(match[2]) > 23:
        return None
    days = _days_of(match[3])
    return (days, f"{int(match[2]):02}:{int(match[1]):02}") if days is not None else None


def schedule_words(at: str) -> str:
    """When a schedule ticks: "every day at 09:00", "Monday to Friday at 09:00", or the cron text in quotes."""
    simple = simple_schedule(at)
    if simple is None:
        return f"on the schedule “{at}”"
    days, time = simple
    if len(days) == len(DAYS):
        return f"every day at {time}"
    places = [DAYS.index(day) for day in days]
    names = [_NAMES[place] for place in places]
    if len(places) > 2 and places == list(range(places[0], places[-1] + 1)):
        return f"{names[0]} to {names[-1]} at {time}"
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    return f"every {listed} at {time}"


def _days_of(text: str) -> tuple[str, ...] | None:
    chosen: set[str] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if part == "*":
            chosen.update(DAYS)
            continue
        start, end = _day(first), _day(last if dash else first)
        if start is None or end is None or start > end:
            return None
        chosen.update(DAYS[start : end + 1])
    return tuple(day for day in DAYS if day in chosen)


def _day(text: str) -> int | None:
    if text in DAYS:
        return DAYS.index(text)
    return (int(text) - 1) % 7 if text.isdecimal() and int(text) <= 7 else None
