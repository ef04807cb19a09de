"""What can be added on the canvas, in groups: conditions, timing, and every action on the shelf."""

from dataclasses import dataclass

from workflows.builder.canvas import look_of
from workflows.builder.names import plain_title
from workflows.builder.shapes import blank_step
from workflows.catalog.shelf import ACTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to add. `help` is what it is for; `also` are words that people look for it by."""

    kind: str
    label: str
    help: str
    also: str
    hue: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Items under a heading."""

    label: str
    items: tuple[Item, ...]


def palette() -> tuple[Group, ...]:
    """All groups, in the order in which they are shown."""
    return (
        Group(label="Conditions", items=_items("condition", "branch")),
        Group(label="Timing", items=_items("wait", "wait_until", "wait_event")),
        Group(label="Actions", items=_items(*_actions())),
    )


def _actions() -> list[str]:
    """The actions' keys, those first that people need most."""
    order = list(_HELP)
    return sorted((action.key for action in ACTIONS), key=lambda key: order.index(key) if key in order else len(order))


def _items(*kinds: str) -> tuple[Item, ...]:
    return tuple(_item(kind) for kind in kinds)


def _item(kind: str) -> Item:
    hue, icon = look_of(kind)
    about, also = _HELP.get(kind, ("", ""))
    return Item(kind=kind, label=plain_title(blank_step(kind)), help=about, also=also, hue=hue, icon=icon)


_HELP = {
    "condition": ("The run goes on only if this holds", "filter gate check if"),
    "branch": ("Different steps for different orders", "branch split path else choose"),
    "wait": ("For some hours or days, business time too", "delay pause sleep"),
    "wait_until": ("A date of the order, or before or after it", "delay date promised delivery"),
    "wait_event": ("Until something happens, or it took too long", "delay reply scan delivered"),
    "email.customer": ("A letter with the order's details", "mail message send write"),
    "notify.team": ("In Postsale and by e-mail", "alert tell message colleague"),
    "board.add": ("A card that somebody works on", "list queue surface exception filter"),
    "board.remove": ("Close the order's card", "list queue clear"),
    "order.set_status": ("Your own status of the order", "state exception resolved"),
    "order.assign": ("To a person or a role", "owner responsible"),
    "order.add_tag": ("A word to find it by", "label mark"),
    "order.remove_tag": ("Take a word off", "label mark"),
    "order.add_note": ("A line in the order's history", "comment text"),
    "dashboard.count": ("One more in a chart", "measure number metric kpi"),
    "webhook.call": ("Tell another system", "http api integration url webhook"),
}
