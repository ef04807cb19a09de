"""The actions that change the order itself: its ops status, tags, notes and assignee."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workflows.actions.members import Said, check_members
from workflows.catalog.shelf import Action, ActionFailedError, Moment, Outcome, ShopNames
from workflows.engine.grammar import Problem

LEFT = "left to the person who set it"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEdit:
    """One edit: `members` are those of `with` (name → what it must be), `make` gives (field, value, words)."""

    key: str
    label: str
    members: Mapping[str, Said]
    make: Callable[[Moment], tuple[str, object, str]]
    one_of: tuple[str, ...] = ()
    is_outside: bool = False

    def problems(self, with_: Mapping[str, object], path: str, shop: ShopNames) -> list[Problem]:
        """What is wrong with `with_`."""
        return check_members(with_, path, shop, members=self.members, one_of=self.one_of)

    def do(self, moment: Moment) -> Outcome:
        """Edit the order, unless a person set the field last."""
        field, value, words = self.make(moment)
        done = moment.edit(field, value, overwrite=moment.with_.get("overwrite") is True)
        return Outcome(state="done", words=words if done else f"{words}: {LEFT}", result={"left": not done})


def _status(moment: Moment) -> tuple[str, object, str]:
    status = str(moment.with_["status"])
    labels = moment.shop.ops_statuses
    if status not in labels:
        raise ActionFailedError(f"there is no ops status {status!r}")
    return "ops_status", status, f"set the status to {labels[status]}"


def _add_tag(moment: Moment) -> tuple[str, object, str]:
    tag = moment.text(str(moment.with_["tag"]), escape="header")
    return "add_tag", tag, f"added the tag {tag}"


def _remove_tag(moment: Moment) -> tuple[str, object, str]:
    tag = moment.text(str(moment.with_["tag"]), escape="header")
    return "remove_tag", tag, f"removed the tag {tag}"


def _note(moment: Moment) -> tuple[str, object, str]:
    return "add_note", moment.text(str(moment.with_["text"])), "added a note"


def _assign(moment: Moment) -> tuple[str, object, str]:
    shop = moment.shop
    if (member := moment.with_.get("member")) is not None:
        if member not in shop.members:
            raise ActionFailedError(f"{member} is not a member")
        return "assignee", member, f"assigned to {member}"
    people = shop.with_role(str(moment.with_["role"])) or shop.with_role("owner")
    if not people:
        raise ActionFailedError("there is nobody to assign to")
    return "assignee", people[0], f"assigned to {people[0]}"


OVERWRITE = {"overwrite": Said("bool", required=False)}
ORDER_EDITS: tuple[Action, ...] = (
    OrderEdit(key="order.set_status", label="Set the status", members={"status": Said("ops_status"), **OVERWRITE}, make=_status),
    OrderEdit(key="order.add_tag", label="Add a tag", members={"tag": Said("line"), **OVERWRITE}, make=_add_tag),
    OrderEdit(key="order.remove_tag", label="Remove a tag", members={"tag": Said("line"), **OVERWRITE}, make=_remove_tag),
    OrderEdit(key="order.add_note", label="Add a note", members={"text": Said("text"), **OVERWRITE}, make=_note),
    OrderEdit(
        key="order.assign", label="Assign",
        members={"member": Said("member", required=False), "role": Said("role", required=False), **OVERWRITE},
        one_of=("member", "role"), make=_assign,
    ),
)  # fmt: skip
