"""The addresses of what people watch."""

from django.urls import include, path

urlpatterns = [path("", include("dashboards.boards.urls")), path("api/v1/", include("dashboards.api.urls"))]
