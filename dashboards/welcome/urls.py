"""The addresses of first steps."""

from django.urls import path

from dashboards.welcome import views

urlpatterns = [
    path("", views.page, name="welcome"),
    path("start/", views.start, name="start"),
    path("drafts/", views.drafts, name="welcome_drafts"),
    path("problems/", views.choose, name="welcome_problems"),
    path("sample/", views.sample, name="welcome_sample"),
]
