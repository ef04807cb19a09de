"""A round: one batch's look at the boards, in the order of time. Cards are loaded once, judged at the moment of each
event and deadline on the facts of that moment, and stored once.

So a late worker writes down what a punctual one would have: a card opens, clears, comes back and escalates at its own
moment, not when somebody found the time.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection

from dashboards.boards import announcing
from dashboards.boards.escalating import escalate, escalates_at
from dashboards.boards.keeping import look, reads_parcel, why
from dashboards.boards.models import Board, Case, CaseEntry
from dashboards.boards.placing import (
    Card,
    Removal,
    by_workflow,
    close,
    fold_in,
    next_look,
    open_card,
    reopen,
    take_off,
    wake_up,
)
from dashboards.boards.saving import entry, pairs_of, save, wake
from workflows.catalog.shelf import Announced, Happening, SubjectChange, Unit
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.compile import load_rules
from workflows.definitions.publish import revision_of
from workflows.engine.verdict import Verdict

type Facts = Mapping[str, object]
type WakeKey = tuple[str, UUID]
"""("case", card) or ("rule", subject that has no card yet)."""


@dataclass(slots=True)
class Round:
    """What one look at many cards comes to."""

    unit: Unit
    boards: Mapping[UUID, Board]
    cases: dict[UUID, Case] = field(default_factory=dict)
    told: list[Announced] = field(default_factory=list)
    _by_subject: dict[UUID, dict[UUID, Case]] = field(default_factory=dict)
    _known: dict[UUID, dict[UUID | None, SubjectChange]] = field(default_factory=dict)
    _dirty: dict[UUID, Case] = field(default_factory=dict)
    _entries: list[CaseEntry] = field(default_factory=list)
    _wakes: dict[WakeKey, datetime | None] = field(default_factory=dict)
    _clock: list[tuple[datetime, str, UUID]] = field(default_factory=list)
    _now: datetime | None = None

    def hold(self, cases: Iterable[Case]) -> None:
        """Take cards into the round."""
        for case in cases:
            self.cases[case.id] = case
            self._by_subject.setdefault(case.subject, {})[case.board_id] = case

    def learn(self, change: SubjectChange) -> None:
        """The facts of a subject, as they are from here on."""
        if change.shipment_id is not None:
            self._known.setdefault(change.shipment_id, {})[change.order_id] = change
        if change.order_id is not None and (change.shipment_id is None or change.order_id not in self._known):
            self._known.setdefault(change.order_id, {})[change.order_id] = change

    def expect(self, key: WakeKey, at: datetime | None) -> None:
        """Look at it again at `at`; None: time alone changes nothing."""
        self._wakes[key] = at
        if at is not None and at <= self.unit.upto:
            heapq.heappush(self._clock, (at, *key))

    def advance(self, until: datetime, *, inclusive: bool = False) -> None:
        """What time alone brings before `until` (or at it)."""
        while self._clock and (self._clock[0][0] < until or (inclusive and self._clock[0][0] == until)):
            due_at, kind, target = heapq.heappop(self._clock)
            if self._wakes.get((kind, target)) != due_at:
                continue
            self._wakes[kind, target] = None
            at = self._now = max(due_at, self._now or due_at)
            if kind == "rule":
                self.fill(list(self._known.get(target, {}).values()), at)
            elif (case := self.cases.get(target)) is not None:
                self._wake(case, at)

    def take(self, happening: Happening) -> None:
        """What one event or deadline came to: the rows of actions, then the subjects that changed."""
        self._now = happening.at
        for row in happening.rows.get("case", ()):
            self._place(row)
        for change in happening.changes:
            self.learn(change)
        self.judge(happening.changes, happening.at)
        self.fill(happening.changes, happening.at)

    def judge(self, changes: Sequence[SubjectChange], at: datetime) -> None:
        """Look at the cards of the subjects that changed."""
        subjects = dict.fromkeys(
            subject for change in changes for subject in (change.shipment_id, change.order_id) if subject is not None
        )
        for subject in subjects:
            for case in list(self._by_subject.get(subject, {}).values()):
                self._link(case)
                self._stir(case, at)
                self.settle(case, at)

    def fill(self, changes: Sequence[SubjectChange], at: datetime) -> None:
        """Open the cards that boards with a rule ask for and don't have yet; else look again when time might tell."""
        soonest: dict[UUID, datetime | None] = {}
        for board, change, subject in self._asked(changes):
            rule: Mapping[str, object] = board.rule or {}
            verdict = look(rule, change.facts, event={}, shop=self.unit.shop, now=at)
            if verdict.holds is True:
                self._open(board, change, subject, verdict, at)
            before = soonest.get(subject)
            horizon = verdict.horizon if verdict.holds is not True else None
            soonest[subject] = min((each for each in (before, horizon) if each is not None), default=None)
        for subject, moment in soonest.items():
            self.expect(("rule", subject), moment)

    def _asked(self, changes: Sequence[SubjectChange]) -> Iterator[tuple[Board, SubjectChange, UUID]]:
        for board in self.boards.values():
            if board.rule is None:
                continue
            is_of_parcel = reads_parcel(board.rule)
            for change in changes:
                subject = change.shipment_id if is_of_parcel else change.order_id
                is_about_it = is_of_parcel or change.shipment_id is None or change.order_id not in self._alone(changes)
                if subject is not None and is_about_it and board.id not in self._by_subject.get(subject, {}):
                    yield board, change, subject

    @staticmethod
    def _alone(changes: Sequence[SubjectChange]) -> set[UUID | None]:
        """The orders that come without a parcel too: such a change is the one that an order is judged by."""
        return {change.order_id for change in changes if change.shipment_id is None}

    def settle(self, case: Case, at: datetime) -> None:
        """Clear, reopen or leave the card as the facts say at `at`, and set when to look again."""
        verdict = self._verdict(case, at)
        if verdict is None:
            self._expect_case(case, None)
            return
        is_resolved = case.state == "resolved"
        if verdict.holds is False and not is_resolved:
            words = why(verdict, holds=False)
            close(case, by={"kind": "cleared", "name": words[:300]}, now=at)
            self._note(case, "cleared", words, at, by=case.resolved_by)
        elif is_resolved and (case.resolved_by or {}).get("kind") == "person":
            self._lapse(case, verdict, at)
        elif verdict.holds is True and is_resolved:
            reopen(case, now=at)
            self._note(case, "reopened", why(verdict), at)
        self._expect_case(case, verdict.horizon)

    def save(self) -> None:
        """Store what changed, in a few statements."""
        slugs = {board_id: board.slug for board_id, board in self.boards.items()}
        save(self.unit.tenant_id, self._dirty.values(), self._entries, slugs=slugs)
        if any(line.what in announcing.TYPES for line in self._entries):
            tenant_id = self.unit.tenant_id
            listened = load_rules(tenant_id, revision_of(tenant_id)).triggers
            self.told += announcing.told(tenant_id, self._entries, self.cases, slugs=slugs, listened=listened)
        subjects = {subject: self._subject(subject) for kind, subject in self._wakes if kind == "rule"}
        for kind, about in (("case", pairs_of(self.cases.values())), ("rule", subjects)):
            moments = {target: at for (of, target), at in self._wakes.items() if of == kind}
            wake(self.unit.tenant_id, moments, about, kind=kind)

    def _subject(self, subject: UUID) -> tuple[UUID | None, UUID | None]:
        known = next(iter(self._known.get(subject, {}).values()), None)
        return (known.order_id, known.shipment_id) if known is not None else (None, None)

    def _verdict(self, case: Case, at: datetime) -> Verdict | None:
        """Whether the card may stay; None when only a person may say, or nothing is known of its subject here."""
        change = self._about(case)
        if case.keep is None or change is None:
            return None
        event = {key: value for key, value in case.event.items() if key != "lapsed"}
        return look(case.keep, change.facts, event=event, shop=self.unit.shop, now=at)

    def _wake(self, case: Case, at: datetime) -> None:
        """Its moment has come: a snooze ends, time alone may have changed the answer, or it is old enough to escalate."""
        if case.state == "snoozed" and case.snoozed_until is not None and case.snoozed_until <= at:
            wake_up(case)
            self._note(case, "woke", "the snooze is over", at)
        self.settle(case, at)
        due = escalates_at(case, self.boards.get(case.board_id), self.unit.shop)
        if due is not None and due <= at:
            said = escalate(case, self.boards[case.board_id], at=at)
            self.told.append(said)
            self._note(case, "escalated", f"open for long, so it is {case.severity} now", at)
            self.settle(case, at)

    def _stir(self, case: Case, at: datetime) -> None:
        """A card that sleeps until its carrier moves wakes with the first scan that was not known when it was put to sleep."""
        change = self._about(case)
        if case.state != "snoozed" or case.scan_after is None or change is None:
            return
        scanned_at = change.facts.get("parcel.last_scan_at")
        if isinstance(scanned_at, datetime) and scanned_at > case.scan_after:
            wake_up(case)
            status = VOCABULARY.value("parcel.tracking_status", str(change.facts.get("parcel.tracking_status")))
            self._note(case, "woke", f"the carrier moved: {status}", at)

    def _about(self, case: Case) -> SubjectChange | None:
        """What is known of the card's subject here."""
        known = self._known.get(case.subject, {})
        return known.get(case.order_id) or next(iter(known.values()), None)

    def _expect_case(self, case: Case, horizon: datetime | None) -> None:
        escalation = escalates_at(case, self.boards.get(case.board_id), self.unit.shop)
        moments = [at for at in (next_look(case, horizon), escalation) if at is not None]
        self.expect(("case", case.id), min(moments, default=None))

    def _link(self, case: Case) -> None:
        """A parcel's card learns its order when the order comes."""
        orders = [order_id for order_id in self._known.get(case.subject, {}) if order_id is not None]
        if case.order_id is None and orders:
            case.order_id = orders[0]
            self._dirty[case.id] = case

    def _lapse(self, case: Case, verdict: Verdict, at: datetime) -> None:
        # A person's "done" stands while a board's rule goes on holding; once it has been false, its next time counts.
        board = self.boards.get(case.board_id)
        if board is None or board.rule is None:
            return
        if verdict.holds is False and not case.event.get("lapsed"):
            case.event = {**case.event, "lapsed": True}
            self._dirty[case.id] = case
        elif verdict.holds is True and case.event.get("lapsed"):
            case.event = {}
            reopen(case, now=at)
            self._note(case, "reopened", why(verdict), at)

    def _open(self, board: Board, change: SubjectChange, subject: UUID, verdict: Verdict, at: datetime) -> None:
        case = Case(
            tenant_id=self.unit.tenant_id, board=board, subject=subject, order_id=change.order_id,
            shipment_id=change.shipment_id if reads_parcel(board.rule or {}) else None, reason=why(verdict),
            keep=board.rule, opened_at=at, last_seen_at=at,
        )  # fmt: skip
        self.hold([case])
        self._note(case, "opened", why(verdict), at)
        self._expect_case(case, verdict.horizon)

    def _place(self, row: object) -> None:
        if not isinstance(row, Card | Removal):
            raise TypeError(f"no row of a board: {row!r}")
        case = self._by_subject.get(row.subject, {}).get(row.board_id)
        line: CaseEntry | None
        if isinstance(row, Removal):
            line = take_off(case, row) if case is not None else None
        elif case is None:
            case = open_card(self.unit.tenant_id, row)
            self.hold([case])
            line = entry(case, "opened", words=row.reason, by=by_workflow(row), now=row.at)
        else:
            line = fold_in(case, row)
        if case is not None and line is not None:
            self._dirty[case.id] = case
            self._entries.append(line)
            self._expect_case(case, row.look_at if isinstance(row, Card) else None)

    def touch(self, case: Case) -> None:
        """The card changed in a way that its history need not tell."""
        self._dirty[case.id] = case

    def _note(self, case: Case, what: str, words: str, at: datetime, by: Mapping[str, object] | None = None) -> None:
        """The card changed; it goes into the batch with a line of its history."""
        self._dirty[case.id] = case
        self._entries.append(entry(case, what, words=words, by=by, now=at))


def open_round(unit: Unit, *, subjects: set[UUID], places: set[tuple[UUID, UUID]], ids: Sequence[UUID]) -> Round:
    """A round with the cards of `subjects`, those at `places` (board, subject) and those with `ids`, locked."""
    boards = {board.id: board for board in Board.objects.filter(tenant_id=unit.tenant_id)}
    round_ = Round(
        unit, boards={key: board for key, board in boards.items() if board.archived_at is None or _kept(board)}
    )
    about = [*subjects, *(subject for _, subject in places)]
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [unit.tenant_id, about, list(ids)])
        known = [case_id for (case_id,) in cursor.fetchall()]
    if known:  # most events are about subjects without a card
        round_.hold(Case.objects.filter(tenant_id=unit.tenant_id, id__in=known).order_by("id"))
    return round_


KNOWN = """
select id from dashboards_case where tenant_id = %s and (subject = any(%s) or id = any(%s)) order by id for update"""


def _kept(board: Board) -> bool:
    """An archived board fills itself no more, but its cards stay true."""
    board.rule = None
    return True
