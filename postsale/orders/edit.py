"""Edits: what people and workflows change of an order. The fold of reported events never undoes them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from postsale.orders.facts import Change, OrderFacts


def apply_edit(
    facts: OrderFacts, *, field: str, value: object, by: Mapping[str, str], at: datetime
) -> tuple[OrderFacts, tuple[Change, ...]]:
    """The order after an edit `by` {"kind": person|workflow, "name"}, and the transition; none if it says nothing new.

    `field`: ops_status, assignee (None: nobody), tags (all of them), add_tag, remove_tag, notes (all), add_note.
    Raises KeyError for another field.
    """
    now, changes = _EDITS[field](facts, value, at)
    if not changes:
        return facts, ()
    name = {"add_tag": "tags", "remove_tag": "tags", "add_note": "notes"}.get(field, field)
    setter = {"kind": by["kind"], "name": by["name"], "at": at.isoformat()}
    return replace(facts, setters={**facts.setters, name: setter}, **now), changes


def seen_tags(facts: OrderFacts) -> tuple[str, ...]:
    """The tags people see: the shop's without the removed ones, then the added ones."""
    shops = [tag for tag in facts.shop_tags if tag not in facts.removed_tags]
    return tuple(dict.fromkeys([*shops, *facts.added_tags]))


def seen_notes(facts: OrderFacts) -> str | None:
    """The notes people see: the shop's, unless someone rewrote them, and what was added here."""
    parts = [None if facts.shop_notes_hidden else facts.shop_notes, facts.own_notes]
    return "\n".join(part for part in parts if part) or None


def tag_changes(before: Sequence[str], after: Sequence[str]) -> tuple[Change, ...]:
    """One transition for each tag that came or went."""
    added = [tag for tag in after if tag not in before]
    gone = [tag for tag in before if tag not in after]
    return (
        *(Change(type="order.tag_added", field="order.tags", from_=None, to=tag) for tag in added),
        *(Change(type="order.tag_removed", field="order.tags", from_=tag, to=None) for tag in gone),
    )


type _Edit = tuple[dict[str, Any], tuple[Change, ...]]


def _ops_status(facts: OrderFacts, value: object, at: datetime) -> _Edit:
    if value == facts.ops_status:
        return {}, ()
    change = Change(type="order.ops_status_changed", field="order.ops_status", from_=facts.ops_status, to=value)
    return {"ops_status": value, "ops_status_since": at}, (change,)


def _assignee(facts: OrderFacts, value: object, at: datetime) -> _Edit:
    assignee = value or None
    if assignee == facts.assignee:
        return {}, ()
    change = Change(type="order.assigned", field="order.assignee", from_=facts.assignee, to=assignee)
    return {"assignee": assignee}, (change,)


def _tags(facts: OrderFacts, value: object, at: datetime) -> _Edit:
    """Make the tags exactly these; the shop's own that are missing count as removed."""
    wanted = tuple(dict.fromkeys(value)) if isinstance(value, (list, tuple)) else ()
    added = tuple(tag for tag in wanted if tag not in facts.shop_tags)
    removed = tuple(dict.fromkeys([*facts.removed_tags, *facts.tags, *facts.shop_tags]))
    now = {"added_tags": added, "removed_tags": tuple(tag for tag in removed if tag not in wanted)}
    return _tagged(facts, now)


def _add_tag(facts: OrderFacts, value: object, at: datetime) -> _Edit:
    """Add a tag; it stays whatever the shop says later."""
    if not value or value in facts.tags:
        return {}, ()
    removed = tuple(tag for tag in facts.removed_tags if tag != value)
    return _tagged(facts, {"added_tags": (*facts.added_tags, value), "removed_tags": removed})


def _remove_tag(facts: OrderFacts, value: object, at: datetime) -> _Edit:
    """Remove a tag; it stays away whatever the shop says later."""
    if value not in facts.tags:
        return {}, ()
    added = tuple(tag for tag in facts.added_tags if tag != value)
    return _tagged(facts, {"added_tags": added, "removed_tags": (*facts.removed_tags, value)})


def _tagged(facts: OrderFacts, now: dict[str, Any]) -> _Edit:
    after = seen_tags(replace(facts, **now))
    return {**now, "tags": after}, tag_changes(facts.tags, after)


def _notes(facts: OrderFacts, value: object, at: datetime) -> _Edit:
    """Rewrite the notes; from now on the shop's own are not shown."""
    notes = value if isinstance(value, str) and value.strip() else None
    if notes == facts.notes:
        return {}, ()
    now = {"own_notes": notes, "shop_notes_hidden": True, "notes": notes}
    return now, (Change(type="order.note_added", field="order.notes", from_=facts.notes, to=notes),)


def _add_note(facts: OrderFacts, value: object, at: datetime) -> _Edit:
    """Add a line to the notes; the change carries that line only."""
    if not isinstance(value, str) or not value.strip():
        return {}, ()
    own = f"{facts.own_notes}\n{value}" if facts.own_notes else value
    now = {"own_notes": own, "notes": seen_notes(replace(facts, own_notes=own))}
    return now, (Change(type="order.note_added", field="order.notes", from_=None, to=value),)


_EDITS: Mapping[str, Callable[[OrderFacts, object, datetime], _Edit]] = {
    "ops_status": _ops_status,
    "assignee": _assignee,
    "tags": _tags,
    "add_tag": _add_tag,
    "remove_tag": _remove_tag,
    "notes": _notes,
    "add_note": _add_note,
}
