"""What people do with workflows in their list: begin, copy, bring in, take out as a file."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from workflows.definitions import store
from workflows.definitions.models import Workflow
from workflows.definitions.portable import from_yaml, to_yaml
from workflows.engine.grammar import Problem

type Format = Literal["yaml", "json"]

NEW_NAME = "New workflow"
LONGEST_NAME = 120
TYPES: dict[str, str] = {"yaml": "application/yaml", "json": "application/json"}


def begin(tenant_id: int, *, now: datetime) -> Workflow:
    """A workflow that says nothing yet: the builder fills it."""
    return Workflow.objects.create(tenant_id=tenant_id, name=NEW_NAME, created_at=now, updated_at=now)


def copy(workflow: Workflow, *, by: str, now: datetime) -> Workflow:
    """A draft with the same content. Raises Version.DoesNotExist (nothing is stored yet), InvalidDocumentError."""
    document = store.document_of(store.version_of(workflow, "newest"))
    name = f"Copy of {document['name']}"[:LONGEST_NAME]
    return store.save({**document, "name": name}, workflow=None, by=by, now=now)


def bring_in(text: str, *, by: str, now: datetime) -> tuple[Workflow | None, Sequence[Problem]]:
    """The draft made from a document as YAML or JSON, or None and all that is wrong with it."""
    document, problems = _read(text)
    if problems:
        return None, problems
    try:
        return store.save(document, workflow=None, by=by, now=now), ()
    except store.InvalidDocumentError as error:
        return None, error.problems


def take_out(workflow: Workflow, kind: Format) -> tuple[str, str]:
    """The newest version as (file name, text). Raises Version.DoesNotExist."""
    document = store.document_of(store.version_of(workflow, "newest"))
    name = re.sub(r"[^a-z0-9]+", "-", workflow.name.lower()).strip("-")[:60] or "workflow"
    text = to_yaml(document) if kind == "yaml" else json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return f"{name}.{kind}", text


def _read(text: str) -> tuple[Any, Sequence[Problem]]:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text), ()
        except ValueError as error:
            return None, [Problem(path="", problem=f"not JSON: {error}", expected="a workflow document")]
    return from_yaml(text)
