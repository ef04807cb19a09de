"""The addresses of stories."""

from django.urls import path

from dashboards.demo import views

urlpatterns = [
    path("", views.stories, name="stories"),
    path("progress/", views.progress, name="story_progress"),
    path("remove/", views.remove, name="demo_remove"),
    path("<slug:key>/", views.play, name="story_play"),
]
