"""The addresses of templates."""

from django.urls import path

from workflows.builder.gallery import views

urlpatterns = [
    path("workflows/templates/", views.gallery, name="templates"),
    path("workflows/templates/<slug:key>/", views.use, name="template"),
    path("workflows/templates/<slug:key>/count/", views.count, name="template_count"),
    path("workflows/templates/<slug:key>/sentence/", views.sentence, name="template_sentence"),
]
