"""The merchant's words for what the engine recorded: labels instead of paths, values as people write them, moments in
the shop's time zone."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from postsale.tenants.shop import Shop
from workflows.catalog.fields import CUSTOM, FIELDS, TRACKING_STATUSES, field_at, kind_of, known
from workflows.catalog.names import carrier_name, is_key
from workflows.catalog.triggers import trigger_of
from workflows.catalog.vocabulary import VOCABULARY
from workflows.engine.words import plain

MISSING = "missing"
_PATH = re.compile(r"\b[a-z]+(?:\.[a-z0-9_]+)+\b")
_MOMENT = re.compile(r"\b(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})(?::\d{2})? UTC")
_TALLY = re.compile(r"\b\d+ of \d+ hold, (?:all must|one must|none may|at least \d+ must): ")
_KEYS = {
    key: label
    for choices in (TRACKING_STATUSES, *(field.choices for field in FIELDS.values()))
    for key, label in choices
    if "_" in key
}
_KEY = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, _KEYS), key=len, reverse=True))})\b")
_PLAIN_KEYS = {key: label for key, label in TRACKING_STATUSES if "_" not in key}
_PLAIN_KEY = re.compile(rf"((?:\b(?:is|of|expected|not|or) )|, )({'|'.join(_PLAIN_KEYS)})\b")
#: What a carrier or a sales channel is compared with stands in the words that follow its label.
_NAMED = re.compile(r"\b(sales channel|carrier)\b(?!'s)([^;]*)")
_TOKEN = re.compile(r"\b[a-z0-9]+(?:[-_][a-z0-9]+)*\b")
_QUANTIFIERS = {"any": "any item's", "all": "every item's", "none": "no item's"}


def field_label(path: str) -> str:
    """What people call a field: "Tracking status"; with the quantifier of items: "Any item's SKU"."""
    field = field_at(path)
    if field is None:
        name = path.removeprefix(CUSTOM) if path.startswith(CUSTOM) else path.partition(".")[2] or path
        return _capital(name.replace(".", " ").replace("_", " "))
    quantifier = _QUANTIFIERS.get(path.split(".")[1]) if path.startswith("items.") else None
    return _capital(f"{quantifier} {field.label.removeprefix('Item ')}") if quantifier else field.label


def trigger_label(event_type: str) -> str:
    """What people call an event type: "Label is created"."""
    trigger = trigger_of(event_type)
    return trigger.label if trigger is not None else _capital(event_type.replace(".", " ").replace("_", " "))


def moment_words(at: datetime, shop: Shop) -> str:
    """A moment on the shop's clock: "20 Nov 2026, 09:14"."""
    return f"{at.astimezone(shop.zone):%-d %b %Y, %H:%M}"


def found_words(path: str, found: object, shop: Shop, *, at: datetime | None = None) -> str:
    """A recorded value as people write it; beside a moment, how long before `at` it was."""
    kind = kind_of(path).removeprefix("items:")
    if found is None or found in ("", []):
        return MISSING
    if isinstance(found, list | tuple):
        return ", ".join(found_words(path, each, shop) for each in found[:8]) + (
            f" and {len(found) - 8} more" if len(found) > 8 else ""
        )
    if isinstance(found, bool):
        return "yes" if found else "no"
    if kind == "money" and isinstance(found, int | float):
        return f"{found / 100:,.2f}"
    if kind == "age":
        return span_words(_span(found))
    if kind == "datetime" and (moment := _moment(found)) is not None:
        before = f" ({span_words(at - moment)} before)" if at is not None and moment < at else ""
        return f"{moment_words(moment, shop)}{before}"
    return _text(path, found, shop)


def span_words(span: timedelta | None) -> str:
    """How long: "2 days 3 hours", at most two units, to the minute."""
    if span is None:
        return MISSING
    return plain(span - span % timedelta(minutes=1)) if span >= timedelta(minutes=1) else plain(span)


def humane(words: str, shop: Shop) -> str:
    """Recorded words, made readable: fields and statuses by their labels, moments on the shop's clock, nothing twice."""
    said = "; ".join(dict.fromkeys(_TALLY.sub("", words).split("; ")))
    said = _MOMENT.sub(lambda found: _local(found, shop), said)
    said = _PATH.sub(lambda found: VOCABULARY.field(found[0]) if known(found[0]) else found[0], said)
    said = _KEY.sub(lambda found: _KEYS[found[0]], said)
    said = _NAMED.sub(lambda found: found[1] + _TOKEN.sub(_name, found[2]), said)
    return _PLAIN_KEY.sub(lambda found: found[1] + _PLAIN_KEYS[found[2]], said)


def sentence_case(words: str) -> str:
    """With a capital at its beginning."""
    return _capital(words)


def event_words(event: Mapping[str, Any], shop: Shop) -> str:
    """What set a run off: "Tracking status changes, from In transit to Exception"."""
    event_type = str(event.get("type", ""))
    label = trigger_label(event_type)
    trigger = trigger_of(event_type)
    path = (trigger.field if trigger is not None else None) or ""
    if not path:
        return label
    sides = [f"{word} {_text(path, event[word], shop)}" for word in ("from", "to") if _is_said(event.get(word))]
    return f"{label}, {' '.join(sides)}" if sides else label


def _is_said(value: object) -> bool:
    return isinstance(value, str | int | float) and value != ""


def _text(path: str, value: object, shop: Shop) -> str:
    if path == "order.ops_status" and isinstance(value, str) and value in shop.ops_statuses:
        return shop.ops_statuses[value]
    return VOCABULARY.value(path, value) if isinstance(value, str) else plain(value)


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return moment if isinstance(moment, datetime) and moment.tzinfo is not None else None


def _span(value: object) -> timedelta | None:
    if isinstance(value, timedelta):
        return value
    try:
        return msgspec.convert(value, timedelta)
    except msgspec.ValidationError:
        return None


def _local(found: re.Match[str], shop: Shop) -> str:
    at = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC)
    return moment_words(at, shop)


def _name(found: re.Match[str]) -> str:
    return carrier_name(found[0]) if is_key(found[0]) else found[0]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
