"""Read the body of `POST /api/v1/events/`: one CloudEvents event, a list, or NDJSON; every problem with its place."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postsale.events.kinds import Reported
from postsale.events.shapes import check_event
from postsale.events.strict import Unreadable, parse_json
from postsale.intake.requests import refused
from postsale.orders.identity import order_key
from postsale.web.problems import Flaw, FlawLike

AT_MOST = 5_000_000
EVENTS = 1_000
#: Problems named in one answer.
NAMED = 1_000
#: Events read before other requests get their turn.
TURN = 25
RESERVED = "postsale"


@dataclass(slots=True, kw_only=True)
class Batch:
    """The events of one request, in order, and where each stands: "[3]", or "" for a single one."""

    events: list[Reported]
    places: list[str]


def parse(body: bytes, content_type: str) -> tuple[list[Any], bool]:
    """The items of a body, and whether it was a list. Raises RefusedError: 400, 413, 422."""
    if not body.strip():
        raise refused(400, "The body is empty; expected one CloudEvents event, a list of them, or one a line.")
    is_lines = "ndjson" in content_type or "jsonl" in content_type or "json-seq" in content_type
    if is_lines or _looks_like_lines(body):
        return _lines(body), True
    value = _parse(body, "")
    if isinstance(value, list):
        if not value:
            raise refused(
                422, "The list is empty.", errors=[Flaw(path="", problem="is empty", expected="1 to 1,000 events")]
            )
        _count(len(value))
        return value, True
    if not isinstance(value, dict):
        raise refused(400, "The body is neither an event (an object) nor a list of events.")
    return [value], False


async def read(items: Sequence[Any], *, is_list: bool, now: datetime, is_backfill: bool) -> Batch:
    """The items as events. Raises RefusedError 422 with the problems of all of them."""
    flaws: list[FlawLike] = []
    batch = Batch(events=[], places=[])
    for index, item in enumerate(items):
        place = f"[{index}]" if is_list else ""
        reported, problems = check_event(item, now=now, api=True, backfill=is_backfill)
        flaws += [
            Flaw(path=joined(place, each.path), problem=each.problem, expected=each.expected) for each in problems
        ]
        if reported is not None:
            batch.events.append(reported)
            batch.places.append(place)
            if reported.source == RESERVED:
                flaws.append(
                    Flaw(
                        path=joined(place, "source"),
                        problem="is kept for Postsale's own events",
                        expected="another name",
                    )
                )
        if index % TURN == TURN - 1:
            await asyncio.sleep(0)
    if flaws:
        raise with_problems(flaws)
    return batch


def without_channel(batch: Batch) -> dict[str, list[int]]:
    """Which orders are named without a sales channel: key of the number → the events that do so.

    An order that another event of the same request names with its channel is known by that.
    """
    told: dict[str, set[str]] = {}
    asking: dict[str, list[int]] = {}
    for index, event in enumerate(batch.events):
        order = event.data.get("order")
        if not isinstance(order, Mapping) or not isinstance(order.get("number"), str):
            continue
        key, channel = order_key(order["number"]), order.get("sales_channel")
        if isinstance(channel, str):
            told.setdefault(key, set()).add(channel)
        else:
            asking.setdefault(key, []).append(index)
    for key in [key for key in asking if len(told.get(key, ())) == 1]:
        _fill(batch, asking.pop(key), next(iter(told[key])))
    return asking


def fill_channels(batch: Batch, asking: Mapping[str, Sequence[int]], known: Mapping[str, set[str]]) -> None:
    """Give the events in `asking` the one channel their order is `known` under. Raises RefusedError 422 for others."""
    flaws: list[FlawLike] = []
    for key, indexes in asking.items():
        channels = known.get(key, set())
        if len(channels) == 1:
            _fill(batch, indexes, next(iter(channels)))
            continue
        words = (
            "is missing, and there are orders of this number in several channels"
            if channels
            else ("is missing, and the order is not known yet")
        )
        flaws += [
            Flaw(path=joined(batch.places[index], "data.order.sales_channel"), problem=words, expected="text")
            for index in indexes
        ]
    if flaws:
        raise with_problems(flaws)


def with_problems(flaws: Sequence[FlawLike]) -> Exception:
    """422, nothing stored."""
    detail = f"{len(flaws)} problem{'s' if len(flaws) > 1 else ''}; nothing was stored."
    return refused(422, detail, title="The events have problems", errors=list(flaws[:NAMED]))


def joined(place: str, path: str) -> str:
    """`[3]` and `data.parcel` make `[3].data.parcel`."""
    return f"{place}.{path}" if place and path else place or path


def _fill(batch: Batch, indexes: Sequence[int], channel: str) -> None:
    for index in indexes:
        event = batch.events[index]
        order = {**event.data["order"], "sales_channel": channel}  # type: ignore[dict-item]
        batch.events[index] = Reported(
            type=event.type,
            external_id=event.external_id,
            occurred_at=event.occurred_at,
            data={**event.data, "order": order},
            flags=event.flags,
            source=event.source,
        )


def _looks_like_lines(body: bytes) -> bool:
    """Two whole objects, one a line: NDJSON that was sent under another name."""
    first, _, rest = body.strip().partition(b"\n")
    return first.rstrip().endswith(b"}") and first.startswith(b"{") and rest.lstrip().startswith(b"{")


def _lines(body: bytes) -> list[Any]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    _count(len(lines))
    return [_parse(line, f"[{index}]") for index, line in enumerate(lines)]


def _parse(raw: bytes, place: str) -> Any:
    try:
        return parse_json(raw)
    except Unreadable as error:
        where = f"{place}: " if place else ""
        if error.malformed:
            raise refused(400, f"{where}{error.reason}.") from error
        flaw = Flaw(path=place, problem=error.reason, expected="JSON that every reader reads alike")
        raise with_problems([flaw]) from error


def _count(events: int) -> None:
    if events > EVENTS:
        raise refused(413, f"{events:,} events in one request; at most 1,000.")
