"""The line under a card's title: what the step says, in words; for what is still missing, nothing."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from workflows.catalog.fields import field_at
from workflows.catalog.triggers import trigger_of
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.names import Names
from workflows.engine import durations
from workflows.engine.grammar import Trigger
from workflows.engine.phrases import parse_condition
from workflows.engine.sentences import condition_words, trigger_sentence

type Json = dict[str, Any]

_VARIABLE = re.compile(r"\{\{\s*([a-z_.]+).*?\}\}")
_TAG = re.compile(r"\{%.*?%\}")


def summary_of(step: Json, names: Names) -> str:
    """What a step says, in at most a line or two."""
    match step["kind"]:
        case "condition":
            return asked(step.get("if"), names)
        case "branch":
            paths = step["paths"]
            return asked(paths[0].get("if"), names) if len(paths) == 1 else f"{len(paths)} paths, the first that fits"
        case "wait":
            return _wait(step)
    return _action(step, names)


def asked(condition: object, names: Names) -> str:
    """A condition in words, "" while it is unfinished."""
    read, _ = parse_condition(condition)
    return _sentence(condition_words(read, names, VOCABULARY)) if read is not None else ""


def trigger_words(trigger: Json, names: Names) -> str:
    """Such as "when a label is created", "" before anybody chose."""
    said = trigger.get("type")
    if not isinstance(said, str) or not said:
        return ""
    to, from_ = (
        tuple(str(each) for each in trigger.get(key, ())) if isinstance(trigger.get(key, ()), list) else ()
        for key in ("to", "from")
    )
    return trigger_sentence(Trigger(type=said, to=to, from_=from_, at=str(trigger.get("at", ""))), names, VOCABULARY)


def span(value: object) -> str:
    """A duration in words, "" when it is none yet."""
    read = durations.parse(value)
    return durations.words(value) if not isinstance(read, tuple) else ""


def _wait(step: Json) -> str:
    if "for" in step:
        return _sentence(span(step["for"]))
    if "until" in step:
        until = step["until"] if isinstance(step["until"], dict) else {}
        field = field_at(str(until.get("field", "")))
        shift = span(until.get("offset"))
        before = f"{shift} {'before' if until.get('before') else 'after'} " if shift else ""
        return _sentence(f"{before}{field.phrase}" if field else "")
    event = step["until_event"] if isinstance(step["until_event"], dict) else {}
    trigger = trigger_of(str(event.get("type", "")))
    within = span(event.get("within"))
    stop = ", then stop" if step.get("on_timeout") == "stop" else ""
    return _sentence(f"{trigger.phrase}, at most {within}{stop}") if trigger else ""


def _action(step: Json, names: Names) -> str:
    with_ = step.get("with")
    say = _SAYINGS.get(str(step.get("action")))
    return say(with_, names) if say is not None and isinstance(with_, dict) else ""


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _text(member: str) -> Callable[[Json, Names], str]:
    return lambda with_, names: _readable(with_.get(member))


def _readable(text: object) -> str:
    """A text as a person reads it: {{ order.number }} is [order number]."""
    plain = _VARIABLE.sub(lambda found: f"[{found[1].replace('.', ' ').replace('_', ' ')}]", str(text or ""))
    return " ".join(_TAG.sub("", plain).split())


def _labelled(kind: str, member: str) -> Callable[[Json, Names], str]:
    def say(with_: Json, names: Names) -> str:
        key = str(with_.get(member) or "")
        labels: Mapping[str, str] = getattr(names, kind)
        return labels.get(key, key)

    return say


def _board(with_: Json, names: Names) -> str:
    board = _labelled("boards", "board")(with_, names)
    return f"{board} · {_sentence(str(with_['severity']))}" if board and "severity" in with_ else board


def _team(with_: Json, names: Names) -> str:
    to = with_.get("to")
    roles = to.get("roles") or [to.get("role")] if isinstance(to, dict) and "member" not in to else []
    who = [str(to["member"])] if isinstance(to, dict) and "member" in to else [str(role) for role in roles if role]
    said = ", ".join(_sentence(each.replace("_", " ")) for each in who)
    subject = _readable(with_.get("subject"))
    return f"{said}: {subject}" if said and subject else said or subject


def _assign(with_: Json, names: Names) -> str:
    return str(with_.get("member") or "") or _sentence(str(with_.get("role") or "").replace("_", " "))


def _count(with_: Json, names: Names) -> str:
    measure = _sentence(str(with_.get("measure") or "").replace("_", " "))
    on = _labelled("dashboards", "dashboard")(with_, names)
    return f"{measure} on {on}" if measure and on else measure or on


_SAYINGS: Mapping[str, Callable[[Json, Names], str]] = {
    "email.customer": _text("subject"), "notify.team": _team, "webhook.call": _text("url"),
    "order.set_status": _labelled("ops_statuses", "status"), "order.add_tag": _text("tag"),
    "order.remove_tag": _text("tag"), "order.add_note": _text("text"), "order.assign": _assign, "board.add": _board,
    "board.remove": _labelled("boards", "board"), "dashboard.count": _count,
}  # fmt: skip
