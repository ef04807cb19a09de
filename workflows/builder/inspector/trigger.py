"""The form of what starts a workflow, how often it may, and of the workflow itself."""

from workflows.builder.inspector.controls import Choices, Control, Json, Said
from workflows.builder.inspector.members import Choice, Lasting, Room, Text
from workflows.builder.inspector.offers import trigger_label
from workflows.builder.inspector.parts import Box, Note, Part, Picked
from workflows.catalog.fields import WEEKDAYS
from workflows.catalog.triggers import trigger_of
from workflows.engine.document import default_once_per
from workflows.engine.schedules import DAYS, simple_schedule

ONCE_PER: Choices = (
    ("parcel", "once for each parcel"),
    ("order", "once for each order"),
    ("customer", "once for each customer"),
    ("event", "every time it happens"),
)
_COOLDOWN = Lasting(key="cooldown", label="It may run again after", hint="Left empty: never twice for the same one.")
_NAME = Text(key="name", label="Name")
_DESCRIPTION = Text(key="description", label="What it is for", is_long=True, hint="A note for your team.")


def once_per(trigger: object) -> Choice:
    """How often it may run; what is meant when the document doesn't say depends on the trigger."""
    type_ = str(trigger.get("type", "")) if isinstance(trigger, dict) else ""
    return Choice(key="once_per", label="It runs", choices=lambda _: ONCE_PER, usual=default_once_per(type_))


def show_trigger(document: Json, room: Room) -> tuple[Part, ...]:
    """What starts it, what that needs, how often."""
    trigger = document["trigger"]
    type_ = str(trigger.get("type", ""))
    row = trigger_of(type_)
    words = trigger_label(type_) or "Choose what starts it"
    inside: tuple[Part, ...] = ()
    if type_ == "schedule":
        inside = _schedule(trigger)
    elif type_ == "manual":
        inside = (Note(words="Somebody starts it from an order's page."),)
    elif type_.startswith("custom."):
        name = Control(
            name="trigger.custom", shape="line", label="Event name", value=type_.removeprefix("custom."),
            hint="As your own system sends it: custom.…", slot="trigger.type", says_problems=False,
        )  # fmt: skip
        inside = (name,)
    elif row is not None and row.field is not None:
        was = _values("from", "Only when it was", trigger, room)
        inside = (
            _values("to", "Only when it becomes", trigger, room),
            Box(name="before", label="And what it was before", parts=(was,), is_open="from" in trigger),
        )
    return (
        Picked(name="trigger.type", label="When", value=type_, words=words, picks="triggers"),
        Box(name="trigger", shape=type_ if not type_.startswith("custom.") else "custom", parts=inside),
        *_often(document, room),
    )


def read_trigger(document: Json, said: Said, room: Room) -> None:
    """What the form says. Another trigger begins without the words of the old one."""
    before = document["trigger"]
    trigger = dict(before)
    type_ = said.one("trigger.type") or str(before.get("type", ""))
    if type_.startswith("custom.") and said.has("trigger.custom") and str(before.get("type", "")).startswith("custom."):
        type_ = f"custom.{said.one('trigger.custom').strip().removeprefix('custom.')}"
    if type_ != before.get("type"):
        trigger = {"type": type_, **({"at": "0 9 * * mon-fri"} if type_ == "schedule" else {})}
    elif type_ == "schedule":
        _read_schedule(trigger, said)
    else:
        for key in ("to", "from"):
            _read_values(key, trigger, said, room)
    document["trigger"] = trigger
    _read_often(document, said, room, kept=before)


def show_settings(document: Json, room: Room) -> tuple[Part, ...]:
    """The workflow's name, what it is for, how often it runs."""
    return (*_NAME.parts(document, room), *_DESCRIPTION.parts(document, room), *_often(document, room))


def read_settings(document: Json, said: Said, room: Room) -> None:
    """What the form says; a workflow never loses its name."""
    name = document["name"]
    _NAME.read(document, said, room)
    document.setdefault("name", name)
    _DESCRIPTION.read(document, said, room)
    _read_often(document, said, room, kept=document["trigger"])


def _often(document: Json, room: Room) -> tuple[Part, ...]:
    parts = once_per(document["trigger"]).parts(document, room)
    return (Box(name="often", shape=_usual(document), parts=(*parts, *_COOLDOWN.parts(document, room))),)


def _usual(document: Json) -> str:
    return once_per(document["trigger"]).usual


def _read_often(document: Json, said: Said, room: Room, *, kept: object) -> None:
    """Asked as it was shown: by the trigger that the form had."""
    once_per(kept).read(document, said, room)
    _COOLDOWN.read(document, said, room)


def _choices(trigger: Json, room: Room) -> Choices:
    row = trigger_of(str(trigger.get("type", "")))
    if row is None or row.field is None:
        return ()
    if row.field == "order.ops_status":
        return tuple(room.names.ops_statuses.items())
    if row.field == "order.assignee":
        return tuple((email, email) for email in sorted(room.names.members))
    return row.choices


def _values(key: str, label: str, trigger: Json, room: Room) -> Part:
    """Ticks for what is known; one text a line where anything may come (tags)."""
    said = trigger.get(key, [])
    name = f"trigger.{key}"
    if not isinstance(said, list) or not all(isinstance(value, str) for value in said):
        return Control(name=name, shape="static", label=label, value="Set in the document")
    choices = _choices(trigger, room)
    if not choices:
        return Control(name=name, shape="area", label=f"{label} (one a line)", value="\n".join(said))
    more = tuple((value, f"{value} (not known here)") for value in said if value not in dict(choices))
    ticked = tuple(value for value, _ in (*choices, *more) if value in said)
    return Control(
        name=name, shape="ticks", label=label, values=ticked, choices=(*choices, *more), hint="None ticked: any."
    )


def _read_values(key: str, trigger: Json, said: Said, room: Room) -> None:
    row = trigger_of(str(trigger.get("type", "")))
    if row is None or row.field is None or not said.has("trigger.type"):
        return
    shown = _values(key, "", trigger, room)
    if not isinstance(shown, Control) or shown.shape == "static" or said.is_as([shown]):
        return
    if shown.shape == "area":
        values = [line.strip() for line in said.one(f"trigger.{key}").split("\n") if line.strip()]
    else:
        values = [value for value, _ in shown.choices if value in said.all(f"trigger.{key}")]
    if values:
        trigger[key] = values
    else:
        trigger.pop(key, None)


def _schedule(trigger: Json) -> tuple[Part, ...]:
    """Days and a time where the cron text says no more than that, and the text itself for those who read it."""
    at = str(trigger.get("at", ""))
    simple = simple_schedule(at)
    days, time = simple if simple is not None else ((), "")
    return (
        Control(
            name="trigger.days", shape="ticks", label="On these days", values=days, choices=WEEKDAYS, slot="trigger.at",
            says_problems=False
        ),
        Control(
            name="trigger.time", shape="time", label="At", value=time, slot="trigger.at", says_problems=False,
            hint="In your shop's time zone."
        ),
        Control(
            name="trigger.at", shape="line", label="The same as a schedule for experts", value=at,
            hint="Minute, hour, day of the month, month, weekday: 0 9 * * mon-fri",
        ),
        Note(words="At that time it looks at every order for which the first condition holds."),
    )  # fmt: skip


def _read_schedule(trigger: Json, said: Said) -> None:
    days, time, expert = _schedule(trigger)[:3]
    assert isinstance(days, Control) and isinstance(time, Control) and isinstance(expert, Control)  # noqa: S101, PT018
    if not said.is_as([days, time]):
        hour, _, minute = said.one("trigger.time", "09:00").partition(":")
        chosen = [day for day in DAYS if day in said.all("trigger.days")]
        if hour.isdecimal() and minute[:2].isdecimal():
            trigger["at"] = f"{int(minute[:2])} {int(hour)} * * {_days_text(chosen)}"
    elif not said.is_as([expert]):
        trigger["at"] = said.one("trigger.at").strip()


def _days_text(chosen: list[str]) -> str:
    if not chosen or len(chosen) == len(DAYS):
        return "*"
    places = [DAYS.index(day) for day in chosen]
    is_row = len(places) > 2 and places[-1] - places[0] == len(places) - 1
    return f"{chosen[0]}-{chosen[-1]}" if is_row else ",".join(chosen)
