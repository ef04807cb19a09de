"""Puts the actions of this package and its writers on their shelves."""

from workflows.actions.alarms import FAILURES_WRITER
from workflows.actions.email_customer import EMAIL_CUSTOMER
from workflows.actions.notify_team import NOTIFY_TEAM
from workflows.actions.order_edits import ORDER_EDITS
from workflows.actions.outbox_rows import OUTBOX_WRITER
from workflows.actions.webhook_call import WEBHOOK_CALL
from workflows.catalog.shelf import ACTIONS, WRITERS, Action

OURS: tuple[Action, ...] = (EMAIL_CUSTOMER, NOTIFY_TEAM, WEBHOOK_CALL, *ORDER_EDITS)


def register() -> None:
    """Make every action of ours known, once, however often it is called."""
    for action in OURS:
        if action.key not in ACTIONS:
            ACTIONS.add(action)
    for writer in (OUTBOX_WRITER, FAILURES_WRITER):
        if writer.key not in WRITERS:
            WRITERS.add(writer)
