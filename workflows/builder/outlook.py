"""What the publish dialog says beyond the changes: what the newest back-test came to, who must look first, what waits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postsale.tenants.models import Member
from workflows.builder.draft import Working
from workflows.builder.rehearsal import reading
from workflows.builder.review import deeds, rules, tried
from workflows.definitions import store
from workflows.definitions.models import Version
from workflows.replay.models import Backtest
from workflows.runs.moving import waiting_elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The newest finished back-test of the very version: `acted` of `everybody` orders, and against the published one
    (`than` its number, None: not compared) how many more and fewer, and how many e-mails more (or, below 0, fewer).
    `channels`: only orders of these were tried; none named: all."""

    test: Backtest
    days: int
    acted: int
    everybody: int
    than: int | None
    more: int
    fewer: int
    letters: int
    channels: list[str]
    warnings: list[str]


def context_of(working: Working, *, member: Member, now: datetime) -> dict[str, Any]:
    """What the dialog shows of the newest stored version, for `member`."""
    version = _newest(working)
    if version is None:
        return {"mode": "watch"}
    workflow = working.workflow
    need = rules.need_of(workflow, version, now=now)
    others = rules.reviewers_beside(workflow.tenant_id, member.email) if need else []
    is_alone = need is not None and rules.may_publish_alone(member)
    test = tried.newest_test(workflow, working.document)
    return {
        "version": version,
        "need": need,
        "reviewers": [each.email for each in others],
        "is_alone": is_alone,
        "must_ask": need is not None and not is_alone,
        "declined": deeds.declined(version),
        "tried": _tried(test) if test else None,
        "trying": None if test else tried.newest_test(workflow, working.document, is_done=False),
        "must_try": need is not None and need.why == "untried",
        "waiting": waiting_elsewhere(version),
        "mode": ("review" if need and not is_alone else "live") if working.state == "live" else "watch",
    }


def _newest(working: Working) -> Version | None:
    try:
        return store.version_of(working.workflow, "newest") if not working.problems else None
    except Version.DoesNotExist:
        return None


def _tried(test: Backtest) -> Tried:
    result = test.result or {}
    compared = result.get("compared") or {}
    return Tried(
        test=test, days=max(1, (test.to_at - test.from_at).days), acted=result.get("orders", 0),
        everybody=result.get("all_orders", 0), than=compared.get("version"), more=compared.get("added_count", 0),
        fewer=compared.get("removed_count", 0), letters=compared.get("letters", 0),
        channels=list(test.options.get("channels") or ()), warnings=reading.warnings(test),
    )  # fmt: skip
