"""`/api/v1/workflows/`: documents in and out, versions, and what becomes of a workflow once it is written."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404
from msgspec import Struct
from rest_framework.request import Request
from rest_framework.response import Response

from postsale.orders.edit_by_person import UnknownOrderError
from postsale.web.asking import Page, Paging, Word
from postsale.web.problems import Flaw, refuse
from workflows.api.endpoint import BUILD, CARDS, READ, Endpoint, Operation
from workflows.api.wire import JsonParser, YamlParser
from workflows.builder import draft
from workflows.definitions import publish, store
from workflows.definitions.models import Version, Workflow
from workflows.runs import start

type State = Literal["draft", "live", "watching", "paused", "archived"]


class WorkflowShape(Struct, kw_only=True):
    """A workflow. `version` is the newest of its numbers: the draft's, else the published one's."""

    id: UUID
    name: str
    state: State
    version: int | None
    sentence: str
    published_version: int | None
    draft_version: int | None
    live_since: datetime | None
    created_at: datetime
    updated_at: datetime


class VersionShape(Struct, kw_only=True):
    """One numbered state of a workflow."""

    number: int
    state: Literal["draft", "published", "retired"]
    published_at: datetime | None
    by: str | None
    published_by: str | None
    note: str
    sentence: str
    created_at: datetime


class WorkflowFilters(Paging, forbid_unknown_fields=True, kw_only=True):
    """What workflows can be looked for by."""

    state: State | None = None


class WhichVersion(Struct, forbid_unknown_fields=True, kw_only=True):
    """`published`, `draft`, or a number; the newest of both when nothing is said."""

    version: Word = "newest"


class Publishing(Struct, forbid_unknown_fields=True, kw_only=True):
    """`watch` decides and records, and does nothing."""

    mode: Literal["live", "watch"] = "live"


class Restoring(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which version's content becomes the draft."""

    version: int


class Workflows(Endpoint):
    """All workflows."""

    parser_classes = (JsonParser, YamlParser)
    operations = {
        "GET": Operation(
            words="Workflows, newest first", right=READ, query=WorkflowFilters, answers={200: Page[WorkflowShape]}
        ),
        "POST": Operation(
            words="Make a workflow from a document (contract/workflow.md)", right=BUILD, body=dict[str, Any],
            answers={201: WorkflowShape},
        ),
    }  # fmt: skip

    def get(self, request: Request) -> Response:
        """A page of the workflows."""
        asked = self.query(WorkflowFilters)
        rows = Workflow.objects.filter(tenant_id=self.tenant_id)
        if asked.state is not None:
            rows = rows.filter(state=asked.state)
        found, more = self.newest(rows, asked)
        return Response(Page(results=_shapes(self.tenant_id, found), next=more))

    def post(self, request: Request) -> Response:
        """The new workflow, a draft. Raises 422 with all that is wrong with the document."""
        document = _document(self.said())
        with refusals():
            made = store.save(document, workflow=None, by=self.member.email, now=self.now)
        self.note("workflow.created", target=str(made.id), name=made.name)
        return Response(_shapes(self.tenant_id, [made])[0], status=201)


class OneWorkflow(Endpoint):
    """One workflow."""

    operations = {
        "GET": Operation(words="One workflow", right=READ, answers={200: WorkflowShape}),
        "DELETE": Operation(words="Archive it: it never runs again", right=BUILD, answers={204: None}),
    }

    def get(self, request: Request, pk: UUID) -> Response:
        """The workflow."""
        return Response(_shapes(self.tenant_id, [the_workflow(self.tenant_id, pk)])[0])

    def delete(self, request: Request, pk: UUID) -> Response:
        """Nothing. Raises 404."""
        with refusals():
            publish.archive(pk, now=self.now)
        self.note("workflow.archived", target=str(pk))
        return Response(status=204)


class Draft(Endpoint):
    """The draft of a workflow."""

    parser_classes = (JsonParser, YamlParser)
    operations = {
        "PUT": Operation(
            words="Write the draft", right=BUILD, body=dict[str, Any], answers={200: WorkflowShape}, refusals=(409,)
        )
    }

    def put(self, request: Request, pk: UUID) -> Response:
        """The workflow with its new draft. Raises 404, 409, 422."""
        workflow = the_workflow(self.tenant_id, pk)
        document = _document(self.said())
        with refusals():
            saved = store.save(document, workflow=workflow, by=self.member.email, now=self.now)
            draft.follow(saved)
        self.note("workflow.saved", target=str(pk), version=saved.draft)
        return Response(_shapes(self.tenant_id, [saved])[0])


class Document(Endpoint):
    """A version as its document."""

    operations = {
        "GET": Operation(
            words="The document of a version", right=READ, query=WhichVersion, answers={200: dict[str, Any]}
        )
    }

    def get(self, request: Request, pk: UUID) -> Response:
        """The document; the draft as the builder has it, also while it is unfinished there.

        Raises 404 when there is no such version, 400 for what is no version.
        """
        said = self.query(WhichVersion).version
        workflow = the_workflow(self.tenant_id, pk)
        if said == "draft" and (being_built := draft.unfinished(workflow)) is not None:
            return Response(being_built)
        with refusals():
            return Response(store.document_of(store.version_of(workflow, which_version(said))))


class Versions(Endpoint):
    """The versions of a workflow."""

    operations = {
        "GET": Operation(words="Versions, newest first", right=READ, query=Paging, answers={200: Page[VersionShape]})
    }

    def get(self, request: Request, pk: UUID) -> Response:
        """A page of the versions."""
        rows, more = self.newest(store.versions_of(the_workflow(self.tenant_id, pk)).order_by(), self.query(Paging))
        return self.page(rows, more, _version)


class Publish(Endpoint):
    """Publishing."""

    operations = {
        "POST": Operation(
            words="Let the draft decide from now on", right=BUILD, body=Publishing, answers={200: WorkflowShape},
            refusals=(409,),
        )
    }  # fmt: skip

    def post(self, request: Request, pk: UUID) -> Response:
        """The published workflow. Raises 404, 409, 422."""
        mode = self.body(Publishing).mode
        if draft.unfinished(the_workflow(self.tenant_id, pk)) is not None:
            words = (
                "Somebody is changing it in the builder and isn't done yet: write the draft, or let them finish first."
            )
            raise refuse(409, words)
        with refusals():
            published = publish.publish(pk, mode=mode, by=self.member.email, now=self.now)
        self.note("workflow.published", target=str(pk), mode=mode, version=published.published)
        return Response(_shapes(self.tenant_id, [published])[0])


class _Act(Endpoint):
    """Something that is done to a workflow without further words."""

    act: Callable[..., Workflow]
    done: str

    def post(self, request: Request, pk: UUID) -> Response:
        """The workflow as it is now. Raises 404, 409."""
        with refusals():
            changed = type(self).act(pk, now=self.now)
        self.note(self.done, target=str(pk))
        return Response(_shapes(self.tenant_id, [changed])[0])


class Pause(_Act):
    """Pausing."""

    act = staticmethod(publish.pause)
    done = "workflow.paused"
    operations = {
        "POST": Operation(words="Start no new runs", right=BUILD, answers={200: WorkflowShape}, refusals=(409,))
    }


class Resume(_Act):
    """Going on."""

    act = staticmethod(publish.resume)
    done = "workflow.resumed"
    operations = {
        "POST": Operation(words="Go on as before the pause", right=BUILD, answers={200: WorkflowShape}, refusals=(409,))
    }


class StartingByHand(Struct, forbid_unknown_fields=True, kw_only=True):
    """The order to run it for."""

    order: UUID


class StartedShape(Struct, kw_only=True):
    """The runs that were started: one, or one for each parcel where it asks about parcels."""

    runs: list[UUID]


class RunByHand(Endpoint):
    """Running a workflow with the trigger `manual`."""

    operations = {
        "POST": Operation(
            words="Run it for an order, as its conditions and once_per allow", right=CARDS, body=StartingByHand,
            answers={202: StartedShape}, refusals=(409,),
        )
    }  # fmt: skip

    def post(self, request: Request, pk: UUID) -> Response:
        """The ids of the runs. Raises 404 (also for an unknown order), 409, 422."""
        workflow = the_workflow(self.tenant_id, pk)
        said = self.body(StartingByHand)
        try:
            runs = start.start_manually(workflow, said.order, by=self.member.email, now=self.now)
        except start.NotStartedError as error:
            raise refuse(409, str(error)) from error
        except UnknownOrderError as error:
            raise Http404 from error
        self.note("workflow.started", target=str(pk), order=str(said.order), runs=list(map(str, runs)))
        return Response(StartedShape(runs=runs), status=202)


class Restore(Endpoint):
    """Restoring."""

    operations = {
        "POST": Operation(
            words="Make an old version's content the draft", right=BUILD, body=Restoring, answers={200: WorkflowShape},
            refusals=(409,),
        )
    }  # fmt: skip

    def post(self, request: Request, pk: UUID) -> Response:
        """The workflow with its new draft. Raises 404, 409, 422."""
        number = self.body(Restoring).version
        if not 0 < number <= LARGEST_NUMBER:
            raise refuse(404, "There is no such version.")
        with refusals():
            publish.restore(pk, number=number, by=self.member.email, now=self.now)
            draft.follow(the_workflow(self.tenant_id, pk))
        self.note("workflow.restored", target=str(pk), version=number)
        return Response(_shapes(self.tenant_id, [the_workflow(self.tenant_id, pk)])[0])


LARGEST_NUMBER = 2**31 - 1
STANDINGS: Mapping[str, Literal["published", "draft", "newest"]] = {
    "published": "published", "draft": "draft", "newest": "newest",
}  # fmt: skip


def the_workflow(tenant_id: int, pk: UUID) -> Workflow:
    """The tenant's workflow. Raises Http404."""
    found = Workflow.objects.filter(tenant_id=tenant_id, id=pk).first()
    if found is None:
        raise Http404
    return found


@contextmanager
def refusals() -> Iterator[None]:
    """What definitions refuse, as answers: 404, 409, 422."""
    try:
        yield
    except store.InvalidDocumentError as error:
        raise refuse(422, "The document has problems; nothing was stored.", errors=error.problems) from error
    except store.ConflictError as error:
        raise refuse(409, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    except (Workflow.DoesNotExist, Version.DoesNotExist) as error:
        raise Http404 from error


def _document(said: object) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise refuse(400, "The body is not a workflow document: a JSON object, or the same as YAML.")
    return said


def which_version(said: str) -> Literal["published", "draft", "newest"] | int:
    """The version that a request names. Raises ProblemError 400."""
    standing = STANDINGS.get(said)
    if standing is not None:
        return standing
    if said.isascii() and said.isdigit() and len(said) <= 10 and int(said) <= LARGEST_NUMBER:
        return int(said)
    flaw = Flaw(path="version", problem=f"{said[:40]!r} is no version", expected="published, draft or a number")
    raise refuse(400, "The filters can't be read.", errors=[flaw])


def _shapes(tenant_id: int, rows: list[Workflow]) -> list[WorkflowShape]:
    """One query for the sentences, however many."""
    versions = Version.objects.filter(tenant_id=tenant_id, workflow_id__in=[row.id for row in rows])
    standing = versions.filter(state__in=("draft", "published")).values_list("workflow_id", "number", "sentence")
    sentences = {(workflow, number): sentence for workflow, number, sentence in standing}
    return [
        WorkflowShape(
            id=row.id, name=row.name, state=row.state, version=row.draft or row.published,  # type: ignore[arg-type]
            sentence=sentences.get((row.id, row.draft or row.published or 0), ""), published_version=row.published,
            draft_version=row.draft, live_since=row.live_since, created_at=row.created_at, updated_at=row.updated_at,
        )
        for row in rows
    ]  # fmt: skip


def _version(row: Version) -> VersionShape:
    return VersionShape(
        number=row.number, state=row.state, published_at=row.published_at, by=row.published_by or None,  # type: ignore[arg-type]
        published_by=row.published_by if row.published_at is not None else None, note=row.note, sentence=row.sentence,
        created_at=row.created_at,
    )  # fmt: skip
