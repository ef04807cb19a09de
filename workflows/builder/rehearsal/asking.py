"""What is asked for: which version, over which days, of which sales channels."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms

from postsale.web.forms import ShopForm
from workflows.catalog.names import channel_name
from workflows.definitions.models import Version, Workflow
from workflows.definitions.store import versions_of
from workflows.replay import backtest
from workflows.replay.models import Backtest

DAYS = (("7", "Last 7 days"), ("30", "Last 30 days"), ("90", "Last 90 days"))
#: Versions that can be chosen, newest first.
MOST_VERSIONS = 30
_STATES = {"draft": "draft", "published": "published", "retired": "earlier"}


class RehearsalForm(ShopForm):
    """The form above a back-test."""

    version = forms.ChoiceField(label="Version")
    days = forms.ChoiceField(label="Over", choices=DAYS, initial="30")
    against = forms.ChoiceField(label="Compared with", required=False)
    channels = forms.MultipleChoiceField(
        label="Only these sales channels", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, versions: list[Version], channels: tuple[str, ...], data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["version"].choices = [(str(v.number), version_words(v)) for v in versions]  # type: ignore[attr-defined]
        self.fields["channels"].choices = [(channel, channel_name(channel)) for channel in channels]  # type: ignore[attr-defined]
        published = "What is published" if any(each.state == "published" for each in versions) else "Nothing"
        others = [(str(each.number), version_words(each)) for each in versions]
        self.fields["against"].choices = [("", published), *others]  # type: ignore[attr-defined]


def version_words(version: Version) -> str:
    """A version as people choose it: "Version 3 (draft)"."""
    return f"Version {version.number} ({_STATES.get(version.state, version.state)})"


def choosable(workflow: Workflow) -> list[Version]:
    """The versions that can be tried, newest first."""
    return list(versions_of(workflow)[:MOST_VERSIONS])


def ask(workflow: Workflow, form: RehearsalForm, *, now: datetime) -> Backtest:
    """Queue what the (valid) form says. Raises InvalidDocumentError for a version that today's rules refuse."""
    number, days = int(form.cleaned_data["version"]), int(form.cleaned_data["days"])
    options: dict[str, object] = {"number": number, "days": days, "channels": form.cleaned_data["channels"]}
    against = int(form.cleaned_data["against"] or workflow.published or number)
    if against != number:
        options["compare"] = against
    return backtest.create_of(workflow, number, from_at=now - timedelta(days=days), to_at=now, now=now, options=options)


def the_test(workflow: Workflow, pk: UUID | None) -> Backtest | None:
    """The back-test of the workflow with this id; with None its newest; None when there is none."""
    rows = Backtest.objects.filter(tenant_id=workflow.tenant_id, workflow_id=workflow.id)
    return rows.filter(id=pk).first() if pk else rows.order_by("-id").first()
