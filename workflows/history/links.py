"""What the sidebar and the search show of this room."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse

from postsale.tenants.access import member_of
from postsale.web.navigation import Link, Section
from postsale.web.search import MOST, Hit
from workflows.history.addresses import address
from workflows.history.listing.lines import STATES, found


def links(request: HttpRequest) -> Sequence[Section]:
    """The sidebar's links to workflows, runs and messages."""
    return [
        Section(
            heading="",
            links=[
                Link(label="Workflows", url=reverse("workflows"), icon="workflow", place=30),
                Link(label="Runs", url=reverse("runs"), icon="history", place=40),
                Link(label="Messages", url=reverse("messages"), icon="mail", place=50),
            ],
        )
    ]


def hits(request: HttpRequest, text: str) -> Sequence[Hit]:
    """The workflows whose name has `text` in it."""
    if not text:
        return []
    rows = found(member_of(request).tenant_id, text).exclude(state="archived").order_by("name")[:MOST]
    return [
        Hit(
            label=row.name, url=address("workflow", row.id) or reverse("workflow_runs", args=[row.id]), icon="workflow",
            group="Workflows", sub=STATES[row.state][0],
        )
        for row in rows
    ]  # fmt: skip
