"""The addresses of what workflows did."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from workflows.history.listing import views as listing
from workflows.history.messages import views as messages
from workflows.history.notices import views as notices
from workflows.history.tracing import views as tracing
from workflows.history.tracing import views_many, views_why


class WorkflowAct(StringConverter):
    """What is done to a workflow."""

    regex = "pause|resume|archive|restore|copy"


class RunAct(StringConverter):
    """What is done to a run."""

    regex = "retry|cancel|resume"


class FileKind(StringConverter):
    """How a workflow is exported."""

    regex = "yaml|json"


register_converter(WorkflowAct, "workflow_act")
register_converter(RunAct, "run_act")
register_converter(FileKind, "file_kind")

urlpatterns = [
    path("workflows/", listing.workflow_list, name="workflows"),
    path("workflows/new/", listing.new, name="workflow_new"),
    path("workflows/import/", listing.bring_in, name="workflow_import"),
    path("workflows/pause/", listing.pause_many, name="workflows_pause"),
    path("workflows/<uuid:pk>/<workflow_act:what>/", listing.act, name="workflow_act"),
    path("workflows/<uuid:pk>/export.<file_kind:kind>", listing.export, name="workflow_export"),
    path("workflows/<uuid:pk>/runs/", tracing.workflow_runs, name="workflow_runs"),
    path("workflows/<uuid:pk>/why/", views_why.why, name="workflow_why"),
    path("runs/", tracing.run_list, name="runs"),
    path("runs/ticked/", views_many.act_on_many, name="runs_ticked"),
    path("runs/<uuid:pk>/", tracing.run_page, name="run"),
    path("runs/<uuid:pk>/<run_act:what>/", tracing.act, name="run_act"),
    path("messages/", messages.message_list, name="messages"),
    path("messages/retry/", messages.retry_given_up, name="messages_retry"),
    path("messages/<uuid:pk>/", messages.message_page, name="message"),
    path("messages/<uuid:pk>/letter/", messages.letter_page, name="message_letter"),
    path("messages/<uuid:pk>/retry/", messages.retry, name="message_retry"),
    path("notifications/", notices.notice_list, name="notifications"),
    path("notifications/read/", notices.mark_read, name="notifications_read"),
]
