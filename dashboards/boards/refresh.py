"""Refreshing: when a subject's facts or the time change, its cards are looked at again: each card is true now.

A card goes when its `keep` is *definitely* false (unknown keeps it), and comes back with its memory when it holds
again, unless a person closed it. Boards with a rule fill themselves. Backfilled history moves no card.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from dashboards.boards.keeping import look, reads_parcel, why
from dashboards.boards.models import Board, Case, CaseEntry
from dashboards.boards.placing import close, next_look, reopen
from dashboards.boards.saving import entry, save, slugs_of, wake
from workflows.catalog.shelf import SubjectChange, Unit
from workflows.engine.verdict import Verdict

type Facts = Mapping[str, object]


@dataclass(slots=True)
class Round:
    """What one look at many cards comes to."""

    unit: Unit
    cases: dict[UUID, Case] = field(default_factory=dict)
    entries: list[CaseEntry] = field(default_factory=list)
    wakes: dict[UUID, datetime | None] = field(default_factory=dict)
    slugs: dict[UUID, str] = field(default_factory=dict)

    def save(self, looked_at: Mapping[UUID, Case]) -> None:
        """Store what changed, in a few statements."""
        save(self.unit.tenant_id, self.cases.values(), self.entries, slugs=self.slugs)
        wake(self.unit.tenant_id, self.wakes, {**looked_at, **self.cases})

    def verdict(self, case: Case, facts: Facts) -> Verdict | None:
        """Whether the card may stay; None when only a person may say."""
        if case.keep is None:
            return None
        event = {key: value for key, value in case.event.items() if key != "lapsed"}
        return look(case.keep, facts, event=event, shop=self.unit.shop, now=self.unit.now)

    def note(self, case: Case, what: str, words: str, by: Mapping[str, object] | None = None) -> None:
        """The card changed; it goes into the batch with a line of its history."""
        self.cases[case.id] = case
        self.entries.append(entry(case, what, words=words, by=by, now=self.unit.now))

    def settle(self, case: Case, facts: Facts) -> None:
        """Clear, reopen or leave the card as `facts` say, and set when to look again."""
        verdict = self.verdict(case, facts)
        if verdict is None:
            return
        is_resolved = case.state == "resolved"
        if verdict.holds is False and not is_resolved:
            words = why(verdict, holds=False)
            close(case, by={"kind": "cleared", "name": words[:300]}, now=self.unit.now)
            self.note(case, "cleared", words, by=case.resolved_by)
        elif is_resolved and (case.resolved_by or {}).get("kind") == "person":
            self._lapse(case, verdict)
        elif verdict.holds is True and is_resolved:
            reopen(case, now=self.unit.now)
            self.note(case, "reopened", why(verdict))
        self.wakes[case.id] = next_look(case, verdict.horizon)

    def _lapse(self, case: Case, verdict: Verdict) -> None:
        # A person's "done" stands while a board's rule goes on holding; once it has been false, its next time counts.
        if case.board.rule is None:
            return
        if verdict.holds is False and not case.event.get("lapsed"):
            case.event = {**case.event, "lapsed": True}
            self.cases[case.id] = case
        elif verdict.holds is True and case.event.get("lapsed"):
            case.event = {}
            reopen(case, now=self.unit.now)
            self.note(case, "reopened", why(verdict))


def changed(unit: Unit, changes: Sequence[SubjectChange]) -> None:
    """Look again at every card of the subjects that changed, and at the boards that have a rule."""
    if unit.is_backfill or not changes:
        return
    parcels = {change.shipment_id: change for change in reversed(changes) if change.shipment_id is not None}
    orders = {change.order_id: change for change in reversed(_parcel_first(changes)) if change.order_id is not None}
    on_subject = Q(shipment_id__in=parcels.keys()) | Q(order_id__in=orders.keys(), shipment_id__isnull=True)
    known = (
        Case.objects.select_related("board")
        .select_for_update(of=("self",))
        .filter(on_subject, tenant_id=unit.tenant_id)
    )
    cases = {case.id: case for case in known.order_by("id")}
    round_ = Round(unit, slugs=slugs_of(cases.values()))
    for case in cases.values():
        change = orders[case.order_id] if case.order_id and not case.shipment_id else parcels[case.subject]
        if case.order_id is None and change.order_id is not None:
            case.order_id = change.order_id
            round_.cases[case.id] = case
        round_.settle(case, change.facts)
    _fill(round_, changes, {(case.board_id, case.subject) for case in cases.values()})
    round_.save(cases)


def due(unit: Unit, targets: Sequence[UUID], facts_of: Callable[[UUID | None, UUID | None], Facts]) -> None:
    """The moment of these cards has come: a snooze ends, or time alone may have changed the answer."""
    known = Case.objects.select_related("board").select_for_update(of=("self",))
    cases = {case.id: case for case in known.filter(tenant_id=unit.tenant_id, id__in=targets).order_by("id")}
    round_ = Round(unit, slugs=slugs_of(cases.values()), wakes=dict.fromkeys(targets))
    for case in cases.values():
        if case.state == "snoozed" and case.snoozed_until is not None and case.snoozed_until <= unit.now:
            case.state, case.snoozed_until = "open", None
            round_.note(case, "woke", "the snooze is over")
        round_.wakes[case.id] = next_look(case, None)
        if case.keep is not None:
            round_.settle(case, facts_of(case.order_id, case.shipment_id))
    round_.save(cases)


def _parcel_first(changes: Sequence[SubjectChange]) -> list[SubjectChange]:
    """An order's card is judged by the order alone where it was sent alone: that change comes first."""
    return sorted(changes, key=lambda change: change.shipment_id is not None)


def _fill(round_: Round, changes: Sequence[SubjectChange], placed: set[tuple[UUID, UUID]]) -> None:
    """Open the cards that boards with a rule ask for and don't have yet."""
    unit = round_.unit
    for board in Board.objects.filter(tenant_id=unit.tenant_id, rule__isnull=False):
        rule: Mapping[str, object] = board.rule or {}
        is_of_parcel = reads_parcel(rule)
        for change in changes:
            subject = change.shipment_id if is_of_parcel else change.order_id
            if subject is None or (board.id, subject) in placed:
                continue
            verdict = look(rule, change.facts, event={}, shop=unit.shop, now=unit.now)
            if verdict.holds is True:
                placed.add((board.id, subject))
                case = Case(
                    tenant_id=unit.tenant_id, board=board, subject=subject, order_id=change.order_id,
                    shipment_id=change.shipment_id if is_of_parcel else None, reason=why(verdict), keep=board.rule,
                    opened_at=unit.now, last_seen_at=unit.now,
                )  # fmt: skip
                round_.slugs[board.id] = board.slug
                round_.note(case, "opened", why(verdict))
                round_.wakes[case.id] = next_look(case, verdict.horizon)
