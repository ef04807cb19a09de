"""The addresses of versions."""

from django.urls import path

from workflows.builder.versions import views

urlpatterns = [
    path("workflows/<uuid:pk>/versions/", views.page, name="workflow_versions"),
    path("workflows/<uuid:pk>/versions/<int:number>/restore/", views.restore, name="version_restore"),
    path("workflows/<uuid:pk>/versions/move/", views.move, name="versions_move"),
]
