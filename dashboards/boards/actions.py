"""The actions `board.add` and `board.remove`, on workflows' shelf."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dashboards.boards.keeping import look
from dashboards.boards.models import Board
from dashboards.boards.placing import SEVERITIES, Card, Removal
from workflows.catalog.shelf import ActionFailedError, Moment, Outcome, ShopNames
from workflows.catalog.texts import check_text
from workflows.catalog.variables import is_variable
from workflows.definitions.validate import condition_problems
from workflows.engine.grammar import Problem
from workflows.engine.phrases import render_condition

MEMBERS_OF_ADD = ("board", "severity", "reason", "until")


def boards_by_slug(tenant_id: int) -> dict[str, tuple[UUID, str]]:
    """slug → (id, name) of the tenant's boards."""
    return {
        slug: (pk, name)
        for slug, pk, name in Board.objects.filter(tenant_id=tenant_id).values_list("slug", "id", "name")
    }


@dataclass(frozen=True, slots=True)
class AddToBoard:
    """Put the parcel (or order) on a board, until what put it there no longer holds."""

    key: str = "board.add"
    label: str = "Put on a board"
    is_outside: bool = False

    def problems(self, with_: Mapping[str, object], path: str, shop: ShopNames) -> list[Problem]:
        """Unknown members, board, severity, or an `until` that is no condition."""
        found = [*unknown_members(with_, MEMBERS_OF_ADD, path), *board_problems(with_, path, shop)]
        if "severity" in with_ and with_["severity"] not in SEVERITIES:
            found.append(
                Problem(path=f"{path}.severity", problem="not a severity", expected="info, warning or critical")
            )
        if "reason" in with_:
            found.extend(text_problems(with_["reason"], f"{path}.reason"))
        if with_.get("until", "never") != "never":
            found.extend(condition_problems(with_["until"], f"{path}.until", shop))
        return found

    def do(self, moment: Moment) -> Outcome:
        """Hand the card to the writer. Raises ActionFailedError when the board or the subject is not there."""
        slug = str(moment.with_["board"])
        board_id, name = the_board(moment, slug)
        if moment.shipment_id is None and moment.order_id is None:
            raise ActionFailedError("there is neither a parcel nor an order to put on a board")
        said = moment.with_.get("reason")
        reason = moment.text(said)[:1000] if isinstance(said, str) and said.strip() else moment.reason
        event = plain_event(moment.event)
        keep = keep_of(moment)
        horizon = look(keep, moment.facts, event=event, shop=moment.shop, now=moment.now).horizon if keep else None
        card = Card(
            board_id=board_id, slug=slug, order_id=moment.order_id, shipment_id=moment.shipment_id,
            severity=str(moment.with_.get("severity", "warning")), reason=reason, keep=keep, look_at=horizon,
            event=event, at=moment.now, run_id=moment.run_id, workflow_id=moment.workflow_id,
            workflow_name=moment.workflow_name,
        )  # fmt: skip
        moment.write("case", card)
        return Outcome(state="done", words=f"put on the board {name}", result={"board": slug})


@dataclass(frozen=True, slots=True)
class RemoveFromBoard:
    """Take the parcel (or order) off a board."""

    key: str = "board.remove"
    label: str = "Take off a board"
    is_outside: bool = False

    def problems(self, with_: Mapping[str, object], path: str, shop: ShopNames) -> list[Problem]:
        """Unknown members or board."""
        return [*unknown_members(with_, ("board",), path), *board_problems(with_, path, shop)]

    def do(self, moment: Moment) -> Outcome:
        """Ask the writer to resolve the card. Raises ActionFailedError when the board is not there."""
        slug = str(moment.with_["board"])
        board_id, name = the_board(moment, slug)
        for subject in filter(None, dict.fromkeys((moment.shipment_id, moment.order_id))):
            removal = Removal(
                board_id=board_id, slug=slug, subject=subject, at=moment.now, workflow_name=moment.workflow_name
            )
            moment.write("case", removal)
        return Outcome(state="done", words=f"taken off the board {name}", result={"board": slug})


def text_problems(source: object, path: str) -> list[Problem]:
    """What is wrong with a text and its variables."""
    if not isinstance(source, str):
        return [Problem(path=path, problem="not a text", expected="a text, which may use {{ variables }}")]
    return [
        Problem(path=path, problem=words, expected="a known variable or filter")
        for words in check_text(source, known=is_variable)
    ]


def keep_of(moment: Moment) -> dict[str, object] | None:
    """What keeps the card, as a document: the opposite of `until`, or what put it there; None: nothing can end it."""
    until = moment.with_.get("until")
    if until == "never":
        return None
    if isinstance(until, Mapping):
        return {"none": [dict(until)]}
    return render_condition(moment.keep) if moment.keep is not None else None


def the_board(moment: Moment, slug: str) -> tuple[UUID, str]:
    """The board's id and name. Raises ActionFailedError when there is none (any more)."""
    board = moment.look_up(boards_by_slug).get(slug)
    if board is None:
        raise ActionFailedError(f"there is no board {slug!r}")
    return board


def plain_event(event: Mapping[str, object]) -> dict[str, object]:
    """What a stored condition may ask of the run's event, as JSON: type, from, to, source."""
    known = {key: event.get(key) for key in ("type", "from", "to", "source")}
    plain = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in known.items()}
    return {key: value for key, value in plain.items() if isinstance(value, str | int | float)}


def unknown_members(with_: Mapping[str, object], known: tuple[str, ...], path: str) -> list[Problem]:
    """A problem for each member that the action does not have."""
    expected = f"one of {', '.join(known)}"
    return [
        Problem(path=f"{path}.{key}", problem=f"unknown member {key!r}", expected=expected)
        for key in with_
        if key not in known
    ]


def board_problems(with_: Mapping[str, object], path: str, shop: ShopNames) -> list[Problem]:
    """What is wrong with `with.board`."""
    if "board" not in with_:
        return [Problem(path=f"{path}.board", problem="'board' is missing", expected="the slug of a board")]
    if with_["board"] not in list(shop.boards):
        expected = f"one of {', '.join(sorted(shop.boards))}" if shop.boards else "a board that exists"
        return [
            Problem(path=f"{path}.board", problem=f"there is no board {str(with_['board'])[:60]!r}", expected=expected)
        ]
    return []
