"""The addresses of the builder."""

from django.urls import include, path

from workflows.builder import views_canvas, views_publish, views_review

urlpatterns = [
    path("", include("workflows.builder.inspector.urls")),
    path("workflows/<uuid:pk>/", views_canvas.page, name="workflow"),
    path("workflows/<uuid:pk>/flow/", views_canvas.fresh, name="workflow_flow"),
    path("workflows/<uuid:pk>/do/", views_canvas.do, name="workflow_do"),
    path("workflows/<uuid:pk>/publish/", views_publish.publishing, name="workflow_publish"),
    path("workflows/<uuid:pk>/review/", views_review.decide, name="workflow_review"),
    path("workflows/<uuid:pk>/standing/", views_publish.stand, name="workflow_standing"),
    path("workflows/<uuid:pk>/discard/", views_publish.discard, name="workflow_discard"),
]
