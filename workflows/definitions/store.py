"""Documents in, rows out, and back: `document_of` gives what `save` was given, member for member.

Everything here runs in the transaction of one tenant (`postsale.tenants.scope.tenant`). No version ever changes its
content: saving a draft again puts a new version in the place of the old draft, so whoever holds a version's id (a
waiting run, a back-test, an open page) never sees it move.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from math import isfinite
from typing import Any, Literal
from uuid import UUID

from django.db import connection
from django.db.models import Max, QuerySet

from postsale.tenants.ids import new_id
from postsale.tenants.scope import TenantMixupError, current_tenant
from workflows.catalog.vocabulary import VOCABULARY
from workflows.definitions.models import Step, Version, Workflow
from workflows.definitions.names import Names, names_of
from workflows.definitions.tree import Json, Node, head_of, nodes_of
from workflows.definitions.tree import document_of as document_of_nodes
from workflows.definitions.validate import problems_of
from workflows.engine.document import parse
from workflows.engine.grammar import Plan, Problem
from workflows.engine.sentences import sentence

#: From here on a float is a whole number; stored as that, it stays what it is.
WHOLE_FROM = 2.0**53


class InvalidDocumentError(ValueError):
    """The document was refused, nothing was stored; `problems` names all that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems, the first: {problems[0]}")
        self.problems = list(problems)


class ConflictError(ValueError):
    """The act does not fit the state that the workflow is in; the message says why, in words for people."""


def save(
    document: object,
    *,
    workflow: Workflow | None,
    by: str,
    now: datetime,
    seen: UUID | None = None,
    names: Names | None = None,
) -> Workflow:
    """Make `document` the draft of `workflow`, or of a new workflow, and return the workflow as stored.

    `seen` is the id of the newest version that the writer had before their eyes, `names` the tenant's names, when known.
    Raises InvalidDocumentError (nothing is stored), ConflictError (archived, or changed since `seen`),
    Workflow.DoesNotExist (another tenant's).
    """
    tenant_id = tenant_at_work()
    plan, said, names = checked(document, tenant_id, names=names)
    if workflow is None:
        held = Workflow.objects.create(tenant_id=tenant_id, name=plan.name, created_at=now, updated_at=now)
    else:
        held = hold(workflow.id)
        refuse_archived(held)
        refuse_unseen(held, seen)
    number = held.draft or next_number(held)
    if held.draft is not None:
        _drop(held, held.draft)
    write_draft(held, said, number=number, words=sentence(plan, names, VOCABULARY), by=by, now=now)
    return held


def version_of(workflow: Workflow, which: Literal["published", "draft", "newest"] | int) -> Version:
    """The version of that number or standing. Raises Version.DoesNotExist when there is none."""
    standing = {
        "published": workflow.published,
        "draft": workflow.draft,
        "newest": workflow.draft or workflow.published,
    }
    number = standing[which] if isinstance(which, str) else which
    # Numbers begin at 1, so there is no version 0.
    return Version.objects.get(tenant_id=workflow.tenant_id, workflow_id=workflow.id, number=number or 0)


def versions_of(workflow: Workflow) -> QuerySet[Version]:
    """Every version of `workflow`, newest first: number, state, published_at, published_by, note."""
    return Version.objects.filter(tenant_id=workflow.tenant_id, workflow_id=workflow.id).order_by("-number")


def document_of(version: Version) -> Json:
    """The document that `version` was saved from, up to the order of members."""
    return documents_of([version.id])[version.id]


def documents_of(version_ids: Collection[UUID]) -> dict[UUID, Json]:
    """The documents of many versions, in one query; versions that this tenant does not have are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_DOCUMENTS, [list(version_ids)])
        return {version_id: _document(json.loads(head), json.loads(rows)) for version_id, head, rows in cursor}


_DOCUMENTS = """
select v.id, v.head::text, (
  select jsonb_agg(jsonb_build_array(s.id, s.parent_id, s.kind, s.slot, s.position, s.key, s.config))
  from workflows_step s where s.tenant_id = v.tenant_id and s.version_id = v.id)::text
from workflows_version v where v.id = any(%s)"""


def _document(head: Json, rows: Iterable[Sequence[Any]]) -> Json:
    return document_of_nodes(head, (_node(*row) for row in rows))


def _node(id_: str, parent: str | None, kind: str, slot: str, position: int, key: str, config: Json) -> Node[str]:
    return Node(id=id_, parent=parent, kind=kind, slot=slot, position=position, key=key, config=config)


# What publishing shares with saving.


def tenant_at_work() -> int:
    """The tenant whose transaction we are in. Raises TenantMixupError outside of any."""
    tenant_id = current_tenant()
    if tenant_id is None:
        raise TenantMixupError("workflows are read and written in a tenant's transaction only")
    return tenant_id


def checked(document: object, tenant_id: int, *, names: Names | None = None) -> tuple[Plan, Json, Names]:
    """The document's plan, the document ready to be stored, the names it may use. Raises InvalidDocumentError."""
    names = names if names is not None else names_of(tenant_id)
    problems = problems_of(document, names)
    plan, broken = parse(document)
    if plan is None or problems or not isinstance(document, dict):
        raise InvalidDocumentError(problems or broken)
    return plan, storable(document), names


def hold(workflow_id: UUID) -> Workflow:
    """The workflow, locked until the transaction ends. Raises Workflow.DoesNotExist."""
    return Workflow.objects.select_for_update().get(tenant_id=tenant_at_work(), id=workflow_id)


def refuse_archived(workflow: Workflow) -> None:
    """Raises ConflictError when the workflow is archived."""
    if workflow.state == "archived":
        raise ConflictError("this workflow is archived; make a copy to go on with it")


def refuse_unseen(workflow: Workflow, seen: UUID | None) -> None:
    """Raises ConflictError when the newest version is not the one that was `seen` (None: nobody says)."""
    if seen is not None and version_of(workflow, "newest").id != seen:
        raise ConflictError("this workflow has changed since you opened it; look at the newest version first")


def next_number(workflow: Workflow) -> int:
    """The number after the highest that the workflow ever had."""
    return (versions_of(workflow).aggregate(highest=Max("number"))["highest"] or 0) + 1


def write_draft(
    workflow: Workflow, said: Json, *, number: int, words: str, by: str, now: datetime, note: str = ""
) -> Version:
    """Store `said` as the draft `number` of `workflow`, rows and all, in a constant number of statements."""
    version = Version.objects.create(
        tenant_id=workflow.tenant_id, workflow_id=workflow.id, number=number, state="draft", head=head_of(said),
        sentence=words, note=note, created_at=now, published_by=by,
    )  # fmt: skip
    nodes = nodes_of(said, new_id)
    Step.objects.bulk_create(
        Step(
            id=node.id, tenant_id=workflow.tenant_id, version_id=version.id, parent_id=node.parent, kind=node.kind,
            slot=node.slot, position=node.position, key=node.key, config=node.config,
        )
        for node in nodes
    )  # fmt: skip
    workflow.draft = number
    workflow.updated_at = now
    if workflow.published is None:
        workflow.name = said["name"]
    workflow.save(update_fields=["draft", "name", "updated_at"])
    return version


def storable(value: Any) -> Any:
    """`value` as jsonb gives it back: 1e23 would come as 10**23, so large floats are stored as equal integers."""
    match value:
        case dict():
            return {name: storable(each) for name, each in value.items()}
        case list():
            return [storable(each) for each in value]
        case float() if isfinite(value) and abs(value) >= WHOLE_FROM:
            return int(value)
    return value


def _drop(workflow: Workflow, number: int) -> None:
    """Take a draft away, its steps first: nobody but its writers ever ran it."""
    with connection.cursor() as cursor:
        for statement in _DROP:
            cursor.execute(statement, [workflow.tenant_id, workflow.id, number])


_DROP = (
    """delete from workflows_step s using workflows_version v
       where v.tenant_id = %s and v.workflow_id = %s and v.number = %s and v.state = 'draft'
       and s.tenant_id = v.tenant_id and s.version_id = v.id""",
    "delete from workflows_version where tenant_id = %s and workflow_id = %s and number = %s and state = 'draft'",
)
