"""The addresses of workflows: their pages and their API."""

from django.urls import include, path

urlpatterns = [
    path("", include("workflows.history.urls")),
    path("", include("workflows.builder.checker.urls")),
    path("", include("workflows.builder.gallery.urls")),
    path("", include("workflows.builder.rehearsal.urls")),
    path("", include("workflows.builder.versions.urls")),
    path("", include("workflows.builder.urls")),
    path("api/v1/", include("workflows.api.urls")),
]
