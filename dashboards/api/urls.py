"""The addresses of `/api/v1/` on this floor."""

from django.urls import path

from dashboards.api import boards, measures, timeline

urlpatterns = [
    path("boards/", boards.Boards.as_view()),
    path("boards/<slug:slug>/cases/", boards.Cases.as_view()),
    path("cases/<uuid:pk>/", boards.OneCase.as_view()),
    path("measures/", measures.Measures.as_view()),
    path("orders/<uuid:pk>/timeline/", timeline.Timeline.as_view()),
]
