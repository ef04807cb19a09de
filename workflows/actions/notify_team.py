"""The action `notify.team`: tell members in the app and by e-mail, by their role or by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from postsale.tenants.models import Role
from postsale.tenants.shop import Shop
from workflows.actions.members import Said, check_members
from workflows.actions.outbox_rows import OUTBOX, Message, event_of
from workflows.catalog.shelf import ActionFailedError, Moment, Outcome, ShopNames
from workflows.engine.grammar import Problem

TEXTS = {"subject": Said("line"), "body": Said("text")}
MEMBERS = ("to", "subject", "body", "channels")
CHANNELS = ("in_app", "email")
WHO = "one of {role}, {member} and {roles}"
ROLES = "owner, admin, builder, shipping_manager or viewer"


@dataclass(frozen=True, slots=True)
class NotifyTeam:
    """Tell the team."""

    key: str = "notify.team"
    label: str = "Notify the team"
    is_outside: bool = True

    def problems(self, with_: Mapping[str, object], path: str, shop: ShopNames) -> list[Problem]:
        """Unknown or missing members, recipients and channels that don't exist, texts that can't be filled in."""
        unknown = [
            Problem(path=f"{path}.{name}", problem=f"{name!r} is not known here", expected=f"only {', '.join(MEMBERS)}")
            for name in with_ if name not in MEMBERS
        ]  # fmt: skip
        texts = {name: value for name, value in with_.items() if name in TEXTS}
        return [
            *unknown,
            *_of_recipients(with_.get("to"), f"{path}.to", shop),
            *check_members(texts, path, shop, members=TEXTS),
            *_of_channels(with_.get("channels", list(CHANNELS)), f"{path}.channels"),
        ]

    def do(self, moment: Moment) -> Outcome:
        """Write a message for each member and channel. Raises ActionFailedError when nobody can be told."""
        people, remark = people_of(moment.with_["to"], moment.shop)
        channels = moment.with_.get("channels", CHANNELS)
        subject = moment.text(str(moment.with_["subject"]), escape="header")
        text = moment.text(str(moment.with_["body"])) + (f"\n\n{remark}" if remark else "")
        event = event_of(moment)
        for email in people:
            for channel in CHANNELS:
                if channel in channels:  # type: ignore[operator]  # a list of texts, checked when it was saved
                    moment.write(OUTBOX, _message(moment, email, channel, subject, text, event))
        words = f"told {', '.join(people)}" + (f" ({remark})" if remark else "")
        return Outcome(state="done", words=words, result={"to": list(people), **({"remark": remark} if remark else {})})


def _message(moment: Moment, email: str, channel: str, subject: str, text: str, event: Mapping[str, object]) -> Message:
    in_app = channel == "in_app"
    return Message(
        kind="notification" if in_app else "email", to=email, subject=subject, content={"text": text},
        status="sent" if in_app else "queued", member_id=moment.shop.member_ids[email], run_id=moment.run_id,
        step=moment.step, order_id=moment.order_id, shipment_id=moment.shipment_id, at=moment.now, event=event,
    )  # fmt: skip


def people_of(to: object, shop: Shop) -> tuple[list[str], str]:
    """The addresses, once each, and a remark when a role had nobody. Raises ActionFailedError when nobody is left."""
    said = to if isinstance(to, Mapping) else {}
    if "member" in said:
        member = str(said["member"])
        if member not in shop.members:
            raise ActionFailedError(f"{member} is not a member any more")
        return [member], ""
    roles: Sequence[str] = [str(said["role"])] if "role" in said else [str(role) for role in said.get("roles", ())]
    empty = [role for role in roles if not shop.with_role(role)]
    people = dict.fromkeys(email for role in roles for email in shop.with_role(role))
    people.update(dict.fromkeys(shop.with_role(Role.OWNER) if empty else ()))
    if not people:
        raise ActionFailedError("there is nobody to tell: the shop has no owner")
    names = " or ".join(str(Role(role).label) for role in empty)
    return list(people), f"Nobody has the role {names}, so this went to the owners." if empty else ""


def _of_recipients(to: object, path: str, shop: ShopNames) -> list[Problem]:
    if not isinstance(to, Mapping) or len(to) != 1 or not {"role", "member", "roles"}.issuperset(to):
        problem = "is missing" if to is None else "does not say who"
        return [Problem(path=path, problem=problem, expected=WHO)]
    [(name, value)] = to.items()
    if name == "member":
        known = isinstance(value, str) and value in shop.members
        wrong = [] if known else [(f"{path}.member", value, "the e-mail address of a member")]
    elif name == "role":
        wrong = [] if value in Role.values else [(f"{path}.role", value, ROLES)]
    elif isinstance(value, list) and value:
        wrong = [(f"{path}.roles[{at}]", one, ROLES) for at, one in enumerate(value) if one not in Role.values]
    else:
        wrong = [(f"{path}.roles", value, f"a list of {ROLES}")]
    return [
        Problem(path=at, problem=f"there is no {name} {str(said)[:60]!r}", expected=expected)
        for at, said, expected in wrong
    ]


def _of_channels(channels: object, path: str) -> list[Problem]:
    if not isinstance(channels, list) or not channels or len(channels) > len(CHANNELS):
        return [Problem(path=path, problem="is not a list of channels", expected="in_app, email or both")]
    return [
        Problem(path=f"{path}[{at}]", problem=f"there is no channel {str(one)[:60]!r}", expected="in_app or email")
        for at, one in enumerate(channels) if one not in CHANNELS
    ]  # fmt: skip


NOTIFY_TEAM = NotifyTeam()
