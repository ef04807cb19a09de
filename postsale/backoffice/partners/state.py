"""How a connection is doing, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postsale.integrations.models import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A badge and the line beside it; `at` is the moment that the line ends with."""

    badge: str
    tone: str
    icon: str
    words: str
    at: datetime | None = None


def state_of(connection: Connection) -> State:
    """What a person should know first."""
    if connection.state == "disabled":
        words = "Its address is unknown to the outside until you resume it."
        return State(badge="Paused", tone="", icon="circle-pause", words=words)
    newest = next(iter(calls_of(connection)), None)
    if newest is not None and newest.get("quarantined"):
        words = f"Last body could not be read: {newest['words']}"
        return State(badge="Unreadable", tone="warn", icon="triangle-alert", words=words, at=newest["at"])
    if connection.state == "failing":
        refused = next((call for call in calls_of(connection) if call["status"] == 401), None)
        words = f"Last body refused: {refused['words'] if refused else 'a bad signature'}"
        return State(badge="Refused", tone="crit", icon="circle-x", words=words, at=refused["at"] if refused else None)
    if connection.last_event_at is None:
        words = "Never sent anything: paste its address at the partner."
        return State(badge="Waiting", tone="info", icon="hourglass", words=words)
    return State(badge="Working", tone="ok", icon="circle-check", words="Last webhook", at=connection.last_event_at)


def calls_of(connection: Connection) -> list[dict[str, Any]]:
    """The last calls of its hook, newest first, each with its moment and its outcome in words."""
    return [
        {**call, "at": datetime.fromisoformat(call["at"]), "outcome": _outcome(call), "tone": _tone(call)}
        for call in connection.recent
        if isinstance(call, dict) and "at" in call
    ]


def _outcome(call: dict[str, Any]) -> str:
    if call["status"] == 401:
        return f"Refused: {call['words']}"
    if call["status"] == 429:
        return f"Sent away: {call['words']}"
    if call.get("quarantined"):
        return f"Kept in quarantine: {call['words']}"
    new, known = call.get("events", 0), call.get("duplicates", 0)
    if not new and not known:
        return "A greeting without events"
    parts = [f"{new} new" if new else "", f"{known} known already" if known else ""]
    return f"Taken: {' and '.join(part for part in parts if part)}"


def _tone(call: dict[str, Any]) -> str:
    if call["status"] == 401:
        return "crit"
    return "warn" if call["status"] == 429 or call.get("quarantined") else "ok"
