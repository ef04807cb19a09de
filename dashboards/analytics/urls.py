"""The addresses of figures."""

from django.urls import path

from dashboards.analytics import views

urlpatterns = [
    path("", views.home, name="today"),
    path("dashboards/<slug:slug>/", views.dashboard, name="dashboard"),
]
