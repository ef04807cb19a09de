"""The addresses of the inspector and of what answers while a workflow is built."""

from django.urls import path

from workflows.builder.inspector import views, views_talk

urlpatterns = [
    path("workflows/<uuid:pk>/inspector/<str:where>/", views.inspector, name="inspector"),
    path("workflows/<uuid:pk>/inspector/<str:where>/matches/", views_talk.matches, name="inspector_matches"),
    path("workflows/<uuid:pk>/inspector/<str:where>/letter/", views_talk.letter, name="inspector_letter"),
    path(
        "workflows/<uuid:pk>/inspector/<str:where>/letter/page/", views_talk.letter_page, name="inspector_letter_page"
    ),
    path("workflows/<uuid:pk>/try/", views_talk.tried, name="workflow_try"),
    path("workflows/try/numbers/", views_talk.numbers, name="workflow_try_numbers"),
]
