"""The addresses of back-tests."""

from django.urls import path

from workflows.builder.rehearsal import views

urlpatterns = [
    path("workflows/<uuid:pk>/backtest/", views.page, name="workflow_backtest"),
    path("workflows/<uuid:pk>/backtest/<uuid:test>/", views.progress, name="backtest_progress"),
    path("workflows/<uuid:pk>/backtest/<uuid:test>/cancel/", views.cancel, name="backtest_cancel"),
    path("workflows/<uuid:pk>/backtest/<uuid:test>/<slug:key>/", views.stage, name="backtest_stage"),
]
