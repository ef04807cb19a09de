"""The forms of the actions on the shelf: which members each is asked for, in which words."""

from collections.abc import Mapping, Sequence

from workflows.builder.inspector.controls import Choices
from workflows.builder.inspector.members import Choice, Member, Room, Text, Tick, Ticks
from workflows.builder.inspector.special import Assignee, Headers, Recipients, Until

ON_ERROR: Choices = (
    ("stop", "stop the run"),
    ("continue", "go on with the next step"),
    ("retry", "try again, up to 5 times, then stop"),
)
CHANNELS: Choices = (("in_app", "in the app"), ("email", "by e-mail"))
SEVERITIES: Choices = (("info", "for information"), ("warning", "warning"), ("critical", "critical"))


def _boards(room: Room) -> Choices:
    return tuple(room.names.boards.items())


def _dashboards(room: Room) -> Choices:
    return tuple(room.names.dashboards.items())


def _statuses(room: Room) -> Choices:
    return tuple(room.names.ops_statuses.items())


def _secrets(room: Room) -> Choices:
    return tuple((name, name) for name in room.secrets)


_SUBJECT = Text(key="subject", label="Subject", name="with.subject", is_filled_in=True)
_BODY = Text(key="body", label="Text", name="with.body", is_long=True, is_filled_in=True)
_OVERWRITE = Tick(key="overwrite", label="Also when a person set it last", name="with.overwrite")
_TAG = Text(key="tag", label="Tag", name="with.tag", seen_in="order.tags", is_filled_in=True)

#: Action → the members of its `with`, in the order in which people are asked.
FORMS: Mapping[str, Sequence[Member]] = {
    "email.customer": (
        _SUBJECT,
        _BODY,
        Text(
            key="reply_to", label="Answers go to", name="with.reply_to", hint="Left empty: your shop's address.",
            is_filled_in=True,
        ),
    ),
    "notify.team": (
        Recipients(),
        Ticks(key="channels", label="How", choices=CHANNELS, name="with.channels", usual=("in_app", "email")),
        _SUBJECT,
        _BODY,
    ),
    "webhook.call": (
        Text(
            key="url", label="Address", name="with.url", placeholder="https://hooks.slack.com/services/…",
            hint="Slack and Teams give you one for a channel: look for “incoming webhook” there.",
        ),
        Choice(
            key="secret_ref", label="Signed with the secret of", choices=_secrets, name="with.secret_ref",
            empty="Not signed", hint="A connection of yours; the receiver can check that it was you.",
        ),
        Headers(),
        Text(
            key="body", label="What is sent", name="with.body", is_long=True, is_filled_in=True,
            hint="Left empty: the order, the parcel and the event.",
        ),
    ),
    "order.set_status": (
        Choice(key="status", label="New status", choices=_statuses, name="with.status"),
        _OVERWRITE,
    ),
    "order.add_tag": (_TAG,),
    "order.remove_tag": (_TAG,),
    "order.add_note": (Text(key="text", label="Note", name="with.text", is_long=True, is_filled_in=True),),
    "order.assign": (Assignee(), _OVERWRITE),
    "board.add": (
        Choice(key="board", label="Board", choices=_boards, name="with.board"),
        Choice(
            key="severity", label="How serious", choices=lambda _: SEVERITIES, name="with.severity", usual="warning"
        ),
        Text(
            key="reason", label="Why, on the card", name="with.reason", is_filled_in=True,
            hint="Left empty: the conditions that held.",
        ),
        Until(),
    ),
    "board.remove": (Choice(key="board", label="Board", choices=_boards, name="with.board"),),
    "dashboard.count": (
        Choice(key="dashboard", label="Dashboard", choices=_dashboards, name="with.dashboard"),
        Text(
            key="measure", label="Counted as", name="with.measure", placeholder="late_handoffs",
            hint="Small letters, digits and _.",
        ),
    ),
}  # fmt: skip
#: Members that a form shows in a way of its own, under another name than the key.
COVERED: Mapping[str, frozenset[str]] = {
    "order.assign": frozenset({"member", "role", "overwrite"}),
    "notify.team": frozenset({"to", "channels", "subject", "body"}),
}


def members_of(action: str) -> Sequence[Member]:
    """The members that the form of `action` asks for; none for an action that has no form."""
    return FORMS.get(action, ())


def unasked(action: str, with_: Mapping[str, object]) -> list[str]:
    """What the document says beyond the form; it stays as it is."""
    known = COVERED.get(action) or {str(getattr(member, "key", "")) for member in members_of(action)}
    return [name for name in with_ if name not in known]
