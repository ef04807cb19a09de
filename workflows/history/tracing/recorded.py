"""Recorded verdicts as tables, where the version that asked is not at hand: what was asked, found, and met."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from postsale.tenants.shop import Shop
from workflows.catalog.fields import field_at
from workflows.catalog.vocabulary import VOCABULARY
from workflows.engine.words import expected_words
from workflows.history.tracing.tables import Asked, result_of
from workflows.history.words import field_label, found_words, moment_words, sentence_case
from workflows.runs.models import StepRun

type Json = Mapping[str, Any]

# A recorded verdict says what its groups need only in its words.
_NEED = re.compile(
    r"^\d+ of \d+ hold, (?:(?P<all>all must)|(?P<one>one must)|(?P<none>none may)|at least (?P<k>\d+) must):"
)


def asked(verdict: Json | None, shop: Shop) -> list[Asked]:
    """The rows of a verdict (contract/http.md), groups before what is in them."""
    return list(_rows(verdict, shop, depth=0)) if verdict is not None else []


def of_run(tenant_id: int, run_id: UUID, *, shop: Shop) -> list[list[Asked]]:
    """The tables of a run's conditions, in the order in which they were asked. One query."""
    steps = StepRun.objects.filter(tenant_id=tenant_id, run_id=run_id, verdict__isnull=False)
    return [asked(step.verdict, shop) for step in steps.order_by("position")]


def _rows(verdict: Json, shop: Shop, *, depth: int) -> Iterator[Asked]:
    children = verdict.get("children") or ()
    if not children:
        yield _leaf(verdict, shop, depth)
        return
    heading = _heading(str(verdict.get("words", "")))
    if heading != "All of these" or depth:
        yield Asked(depth=depth, needed=heading, result=result_of(verdict))
        depth += 1
    for child in children:
        yield from _rows(child, shop, depth=depth)


def _leaf(verdict: Json, shop: Shop, depth: int) -> Asked:
    path = str(verdict.get("field") or "")
    problem = verdict.get("problem")
    at = _moment(verdict.get("at"))
    return Asked(
        depth=depth, field=field_label(path), needed=_needed(path, verdict, shop), result=result_of(verdict),
        found=sentence_case(str(problem)) if problem else found_words(path, verdict.get("found"), shop, at=at),
    )  # fmt: skip


def _needed(path: str, verdict: Json, shop: Shop) -> str:
    op = str(verdict.get("op") or "")
    said = expected_words(op, _labelled(path, verdict.get("expected"), shop))
    return f"is {said}" if op in ("is", "equals", "in", "is_not", "not_equals", "not_in") else said


def _labelled(path: str, expected: object, shop: Shop) -> object:
    """The expected value with the labels that people know."""
    if isinstance(expected, str):
        if path == "order.ops_status":
            return shop.ops_statuses.get(expected, expected)
        known = field_at(path)
        moment = _moment(expected) if known is not None and known.kind == "datetime" else None
        return moment_words(moment, shop) if moment is not None else VOCABULARY.value(path, expected)
    if isinstance(expected, list | tuple):
        return [_labelled(path, each, shop) for each in expected]
    if isinstance(expected, Mapping) and "value" in expected and "for" in expected:
        return {**expected, "value": _labelled(path, expected["value"], shop)}
    known = field_at(path)
    if known is not None and known.kind == "money" and isinstance(expected, int) and not isinstance(expected, bool):
        return f"{expected:,.2f}"
    return expected


def _heading(words: str) -> str:
    said = _NEED.match(words)
    if said is None or said["all"]:
        return "All of these"
    if said["k"]:
        return f"At least {said['k']} of these"
    return "One of these" if said["one"] else "None of these"


def _moment(said: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
