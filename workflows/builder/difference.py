"""What changed between two documents, in words that a person can check before publishing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from workflows.builder.names import title_of
from workflows.builder.operations import lists_of, steps_of
from workflows.builder.summaries import span, summary_of, trigger_words
from workflows.definitions.names import Names
from workflows.engine.document import default_once_per

type Json = dict[str, Any]
type Kind = Literal["added", "removed", "changed", "moved"]

ONCE_PER = {"event": "for each event", "parcel": "once for each parcel", "order": "once for each order",
            "customer": "once for each customer"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is different: what was done, to what, and what it said and says now where that can be said."""

    kind: Kind
    title: str
    was: str = ""
    now: str = ""


def difference(old: Json, new: Json, names: Names) -> list[Change]:
    """What turns `old` into `new`: the workflow's own words, its start, then its steps from top to bottom."""
    return [*_about(old, new), *_start(old, new, names), *_steps(old, new, names)]


def _about(old: Json, new: Json) -> Iterator[Change]:
    for name, title in (("name", "Name"), ("description", "Description")):
        if old.get(name, "") != new.get(name, ""):
            yield Change(kind="changed", title=title, was=old.get(name, ""), now=new.get(name, ""))
    if old.get("once_per") != new.get("once_per") or old.get("cooldown") != new.get("cooldown"):
        yield Change(kind="changed", title="How often", was=_often(old), now=_often(new))


def _often(document: Json) -> str:
    """How often it may run: "once for each order, again after 3 days"."""
    usual = default_once_per(str(document["trigger"].get("type", "")))
    often = ONCE_PER.get(str(document.get("once_per", usual)), "")
    pause = span(document.get("cooldown"))
    return f"{often}, again after {pause}" if pause else often


def _start(old: Json, new: Json, names: Names) -> Iterator[Change]:
    if old["trigger"] != new["trigger"]:
        was, now = (trigger_words(each["trigger"], names) for each in (old, new))
        yield Change(kind="changed", title="What starts it", was=was, now=now)


def _steps(old: Json, new: Json, names: Names) -> Iterator[Change]:
    before, after = ({step["id"]: step for step in steps_of(document)} for document in (old, new))
    homes, rooms = _homes(old), _homes(new)
    for step_id, step in after.items():
        if step_id not in before:
            yield Change(kind="added", title=title_of(step), now=summary_of(step, names))
        elif _own(before[step_id]) != _own(step):
            was, now = summary_of(before[step_id], names), summary_of(step, names)
            yield Change(
                kind="changed", title=title_of(step), was=was if was != now else "", now=now if was != now else ""
            )
        elif _moved(step_id, homes, rooms):
            yield Change(kind="moved", title=title_of(step), now=summary_of(step, names))
    for step_id, step in before.items():
        if step_id not in after:
            yield Change(kind="removed", title=title_of(step), was=summary_of(step, names))


def _homes(document: Json) -> dict[str, tuple[str, list[str]]]:
    """For each step the address of its list, and the ids before it there."""
    homes: dict[str, tuple[str, list[str]]] = {}
    for address, steps in lists_of(document).items():
        ids = [step["id"] for step in steps]
        homes |= {step_id: (address, ids[:at]) for at, step_id in enumerate(ids)}
    return homes


def _moved(step_id: str, homes: dict[str, Any], rooms: dict[str, Any]) -> bool:
    """In another list, or behind other steps of those that were there before and still are."""
    (was, before), (now, after) = homes[step_id], rooms[step_id]
    stayed = [each for each in before if each in rooms and rooms[each][0] == now]
    here = [each for each in after if each in homes and homes[each][0] == was]
    return was != now or stayed != here


def _own(step: Json) -> Json:
    own = {name: value for name, value in step.items() if name not in ("else", "otherwise", "paths")}
    if "paths" in step:
        own["paths"] = [{name: value for name, value in way.items() if name != "steps"} for way in step["paths"]]
    return own
