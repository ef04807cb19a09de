"""The addresses of workflows: their API."""

from django.urls import include, path

urlpatterns = [path("api/v1/", include("workflows.api.urls"))]
