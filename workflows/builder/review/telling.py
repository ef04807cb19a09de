"""Telling members about a workflow: under their bell at once, and by mail, which leaves by the outbox as all mail does."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.urls import reverse

from postsale.live.push import push
from postsale.live.topics import Topic
from postsale.tenants.models import Member
from workflows.actions.outbox_rows import NOTICES
from workflows.definitions.models import Workflow
from workflows.runs.models import Dispatch, Notification, Outbox


def tell(workflow: Workflow, members: Iterable[Member], *, subject: str, body: str, now: datetime) -> None:
    """Put a notice under each member's bell and a letter with a link to the workflow into the outbox; four statements."""
    told, tenant_id = list(members), workflow.tenant_id
    text = f"{body}\n\n{settings.BASE_URL}{reverse('workflow', args=[workflow.id])}\n"
    letters = [
        Outbox(
            tenant_id=tenant_id, kind="email", to=each.email, subject=subject[:300], content={"text": text},
            created_at=now,
        )
        for each in told
    ]  # fmt: skip
    Notification.objects.bulk_create(
        Notification(
            tenant_id=tenant_id, member_id=each.id, subject=subject[:300], body=body, workflow_id=workflow.id,
            created_at=now,
        )
        for each in told
    )  # fmt: skip
    Outbox.objects.bulk_create(letters)
    Dispatch.objects.bulk_create(
        Dispatch(outbox_id=each.id, tenant=tenant_id, kind=each.kind, next_at=now) for each in letters
    )
    push((Topic(tenant_id=tenant_id, kind=NOTICES, key=each.id.hex), None) for each in told)
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify('postsale_work', '')")
