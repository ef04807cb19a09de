"""Members that are asked in a way of their own: who is told, who looks after it, headers, when a card goes."""

from dataclasses import dataclass

from postsale.tenants.models import Role
from workflows.builder.inspector.controls import (
    ABSENT,
    Absent,
    Choices,
    Control,
    Json,
    Said,
    with_current,
)
from workflows.builder.inspector.leaf import NEW
from workflows.builder.inspector.members import Room, controls_in, put
from workflows.builder.inspector.parts import Box, Pairs, Part, Question
from workflows.builder.inspector.tree import read_condition, show_condition

ROLES: Choices = tuple((str(role.value), str(role.label)) for role in Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """Who is told: a role, a member, or several roles."""

    key: str = "to"
    label: str = "Who is told"
    name: str = "with.to"

    def parts(self, holder: Json, room: Room) -> tuple[Part, ...]:
        """A select, and boxes to tick for several roles."""
        who, roles = _who(holder.get(self.key, ABSENT))
        if who is None:
            return (Control(name=self.name, shape="static", label=self.label, value="Set in the document"),)
        people = tuple((f"member:{email}", email) for email in sorted(room.names.members))
        choices = (*_everyone(), ("roles", "Several roles…"), *people)
        chosen = with_current(choices if who else (("", "Choose…"), *choices), who)
        ticks: tuple[Part, ...] = ()
        if who == "roles":
            ticks = (
                Control(
                    name=f"{self.name}.roles",
                    shape="ticks",
                    label="Roles",
                    values=roles,
                    choices=ROLES,
                    slot=self.name,
                    says_problems=False,
                ),
            )
        hint = "A role without members goes to the owners."
        select = Control(
            name=f"{self.name}.who", shape="select", label=self.label, value=who, choices=chosen, hint=hint,
            slot=self.name,
        )  # fmt: skip
        return (select, Box(name=f"{self.name}.several", shape="roles" if who == "roles" else "", parts=ticks))

    def read(self, holder: Json, said: Said, room: Room) -> None:
        """Who was chosen."""
        controls = [part for part in _flat(self.parts(holder, room)) if isinstance(part, Control)]
        if not said.has(f"{self.name}.who") or said.is_as(controls):
            return
        kind, _, value = said.one(f"{self.name}.who").partition(":")
        if kind == "roles":
            before = holder.get(self.key)
            first = [before["role"]] if isinstance(before, dict) and "role" in before else []
            holder[self.key] = {"roles": said.all(f"{self.name}.roles") or first}
        elif kind in ("role", "member"):
            holder[self.key] = {kind: value}
        else:
            holder.pop(self.key, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignee:
    """Who looks after the order: a member, or the first of a role."""

    label: str = "Who looks after it"
    name: str = "with.who"

    def parts(self, holder: Json, room: Room) -> tuple[Part, ...]:
        """One select."""
        said = [f"{key}:{holder[key]}" for key in ("member", "role") if isinstance(holder.get(key), str)]
        if len(said) > 1:
            return (Control(name=self.name, shape="static", label=self.label, value="Set in the document"),)
        people = tuple((f"member:{email}", email) for email in sorted(room.names.members))
        choices = (*people, *((key, f"The first {label.lower()}") for key, label in _roles()))
        value = said[0] if said else ""
        chosen = with_current(choices if value else (("", "Choose…"), *choices), value)
        return (Control(name=self.name, shape="select", label=self.label, value=value, choices=chosen, slot="with"),)

    def read(self, holder: Json, said: Said, room: Room) -> None:
        """Who was chosen."""
        controls = controls_in(self.parts(holder, room))
        if not said.has(self.name) or said.is_as(controls):
            return
        kind, _, value = said.one(self.name).partition(":")
        for key in ("member", "role"):
            holder.pop(key, None)
        if kind in ("member", "role"):
            holder[kind] = value


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """Names and texts that go along with a call."""

    key: str = "headers"
    name: str = "with.headers"

    def parts(self, holder: Json, room: Room) -> tuple[Part, ...]:
        """One pair of controls for each, and an empty one."""
        value = holder.get(self.key, {})
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            return (Control(name=self.name, shape="static", label="Headers", value="Set in the document"),)
        rows = [*value.items(), ("", "")]
        pairs = tuple(
            (
                Control(name=f"{self.name}.name", shape="line", label="Name", value=name, slot=self.name),
                Control(name=f"{self.name}.text", shape="line", label="Text", value=text, slot=self.name),
            )
            for name, text in rows
        )
        return (Pairs(name=self.name, label="Headers", pairs=pairs, hint="Sent along with the call."),)

    def read(self, holder: Json, said: Said, room: Room) -> None:
        """The pairs that have a name."""
        shown = self.parts(holder, room)[0]
        if not isinstance(shown, Pairs) or not said.has(f"{self.name}.name"):
            return
        if said.is_as([control for pair in shown.pairs for control in pair]):
            return
        texts = zip(said.all(f"{self.name}.name"), said.all(f"{self.name}.text"), strict=False)
        put(holder, self.key, {name.strip(): text for name, text in texts if name.strip()} or ABSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """When a card may go: when what put it there no longer holds, when a condition holds, or only by a person."""

    key: str = "until"
    name: str = "with.until"

    def parts(self, holder: Json, room: Room) -> tuple[Part, ...]:
        """How it ends, and the condition."""
        value = holder.get(self.key, ABSENT)
        mode = "usual" if isinstance(value, Absent) else "never" if value == "never" else "condition"
        choices: Choices = (
            ("usual", "when what put it there no longer holds"),
            ("condition", "when a condition holds"),
            ("never", "only when a person resolves it"),
        )
        select = Control(name=f"{self.name}.mode", shape="select", label="The card goes", value=mode, choices=choices)
        inside: tuple[Part, ...] = ()
        if mode == "condition":
            node = show_condition(value, self.name, room.offers)
            inside = (Question(name=self.name, legend="The card goes when", node=node),)
        return (select, Box(name=f"{self.name}.box", shape=mode, parts=inside))

    def read(self, holder: Json, said: Said, room: Room) -> None:
        """How it ends."""
        mode = said.one(f"{self.name}.mode")
        if mode == "usual":
            holder.pop(self.key, None)
        elif mode == "never":
            holder[self.key] = "never"
        elif mode == "condition":
            value = read_condition(said, self.name, room.offers) if said.has(f"{self.name}.asked") else ABSENT
            if isinstance(value, Absent):
                before = holder.get(self.key, "never")
                value = before if before != "never" else dict(NEW)
            holder[self.key] = value


def _who(to: object) -> tuple[str | None, tuple[str, ...]]:
    """The form's word for recipients and the roles ticked; None for what it can't show."""
    if isinstance(to, Absent):
        return "", ()
    if not isinstance(to, dict) or len(to) != 1:
        return None, ()
    [(kind, value)] = to.items()
    if kind in ("role", "member") and isinstance(value, str):
        return f"{kind}:{value}", ()
    known = {key for key, _ in ROLES}
    if kind == "roles" and isinstance(value, list) and known.issuperset(map(str, value)):
        return "roles", tuple(key for key, _ in ROLES if key in value)
    return None, ()


def _roles() -> Choices:
    return tuple((f"role:{key}", label) for key, label in ROLES)


def _everyone() -> Choices:
    return tuple((key, f"Everyone who is {label.lower()}") for key, label in _roles())


def _flat(parts: tuple[Part, ...]) -> list[Part]:
    flat: list[Part] = []
    for part in parts:
        flat += _flat(part.parts) if isinstance(part, Box) else [part]
    return flat
