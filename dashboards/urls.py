"""The addresses of what people watch."""

from django.urls import include, path

urlpatterns = [
    path("", include("dashboards.analytics.urls")),
    path("", include("dashboards.boards.urls")),
    path("", include("dashboards.orders.urls")),
    path("welcome/", include("dashboards.welcome.urls")),
    path("stories/", include("dashboards.demo.urls")),
    path("platform/", include("dashboards.operations.urls")),
    path("api/v1/", include("dashboards.api.urls")),
]
