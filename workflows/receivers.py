"""The door of workflows: puts the actions and writers of this floor on the shelf, ends what waits for an archived
workflow, and says what the shell shows and finds of it."""

from datetime import datetime

from django.dispatch import receiver

from postsale.live import renderers
from postsale.signals import calendar_changed
from postsale.web import navigation, search
from workflows.actions.register import register
from workflows.builder.news import DRAFT_RENDERER
from workflows.builder.review.rules import refuse_unreviewed
from workflows.catalog.shelf import WATCHERS
from workflows.definitions.publish import ENDINGS, GATES
from workflows.history import links
from workflows.history.notices import reading
from workflows.runs.ending import cancel_waiting
from workflows.runs.feeds import FEEDS
from workflows.runs.reckoning import reckon

register()


@receiver(calendar_changed)
def _by_the_new_calendar(tenant_id: int, now: datetime, **_said: object) -> None:
    reckon(tenant_id, now=now)


ENDINGS.append(cancel_waiting)
GATES.append(refuse_unreviewed)
WATCHERS.add(FEEDS)
renderers.register(reading.RENDERER)
renderers.register(DRAFT_RENDERER)
navigation.add(links.links)
search.add(links.hits)
