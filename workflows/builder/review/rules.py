"""When a second person must look before a version goes live, and the gate that holds for pages and API alike."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from postsale.tenants import audit
from postsale.tenants.access import BUILDERS
from postsale.tenants.models import Member, Role, Tenant
from postsale.tenants.settings import review_of
from workflows.builder.models import Review
from workflows.builder.review.tried import month_test, share_of
from workflows.definitions.models import Version, Workflow
from workflows.definitions.store import ConflictError, document_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Why a second person must look: the shop always asks for it, it acts on a large share of orders, or nobody knows on
    how large a share. `words` is a whole sentence."""

    why: Literal["always", "share", "untried"]
    words: str


def need_of(workflow: Workflow, version: Version, *, now: datetime) -> Need | None:
    """Why `version` may not go live before somebody else has approved it; None when it may."""
    rules = review_of(Tenant.objects.values_list("settings", flat=True).get(id=workflow.tenant_id))
    if (not rules.is_always and rules.above_percent is None) or is_approved(version):
        return None
    if rules.is_always:
        return Need(why="always", words="In this shop a second person reviews before a workflow goes live.")
    limit = rules.above_percent or 0
    test = month_test(workflow, document_of(version), now=now)
    if test is None:
        words = (
            f"In this shop a second person reviews what would act on more than {limit}% of orders, and nobody has "
            "tried this version on the last 30 days yet."
        )
        return Need(why="untried", words=words)
    share = share_of(test)
    if share <= limit:
        return None
    words = (
        f"It would have acted on {share:.0f}% of the orders of 30 days. Above {limit}%, a second person reviews "
        "before a workflow goes live."
    )
    return Need(why="share", words=words)


def is_approved(version: Version) -> bool:
    """Whether somebody has approved exactly this version."""
    return Review.objects.filter(tenant_id=version.tenant_id, version_id=version.id, state="approved").exists()


def reviewers_beside(tenant_id: int, email: str) -> list[Member]:
    """The members who may decide what `email` asks for, by address."""
    members = Member.objects.filter(tenant_id=tenant_id, role__in=BUILDERS).exclude(email=email)
    return list(members.order_by("email")[:100])


def may_publish_alone(member: Member) -> bool:
    """Whether there is nobody else who could review, so that the owner may do without; it is written down then."""
    return member.role == Role.OWNER and not reviewers_beside(member.tenant_id, member.email)


def refuse_unreviewed(workflow: Workflow, version: Version, by: str, now: datetime) -> None:
    """The gate before anything goes live. Raises ConflictError when somebody else must look first."""
    need = need_of(workflow, version, now=now)
    if need is not None:
        _refuse_unless_alone(workflow, need, by=by, now=now)
    # Whatever waits for a review needs none any more.
    Review.objects.filter(tenant_id=workflow.tenant_id, workflow_id=workflow.id, state="asked").update(
        state="withdrawn", decided_by=by, decided_at=now, words="It went live without a review."
    )


def _refuse_unless_alone(workflow: Workflow, need: Need, *, by: str, now: datetime) -> None:
    member = Member.objects.filter(tenant_id=workflow.tenant_id, email=by).first()
    if member is None or not may_publish_alone(member):
        how = "Ask for a review where you publish it, or let it watch first"
        if need.why == "untried":
            how = "Try it on the last 30 days, or ask for a review where you publish it"
        raise ConflictError(f"{need.words[:1].lower()}{need.words[1:]} {how}")
    audit.write(
        workflow.tenant_id, actor=by, action="workflow.published_alone", target=workflow.name,
        detail={"reason": need.words}, now=now,
    )  # fmt: skip
