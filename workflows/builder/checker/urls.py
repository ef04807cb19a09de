"""The addresses of the checker."""

from django.urls import path

from workflows.builder.checker import views

urlpatterns = [
    path("workflows/checker/", views.page, name="checker"),
    path("workflows/<uuid:pk>/hints/", views.hints, name="workflow_hints"),
]
