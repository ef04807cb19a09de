"""The door of workflows: puts the actions and writers of this floor on the shelf, and ends what waits for an archived
workflow."""

from workflows.actions.register import register
from workflows.definitions.publish import ENDINGS
from workflows.runs.ending import cancel_waiting

register()
ENDINGS.append(cancel_waiting)
