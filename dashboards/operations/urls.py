"""The addresses of the platform area."""

from django.urls import path

from dashboards.operations import views

urlpatterns = [
    path("", views.tenant_list, name="platform"),
    path("new/", views.tenant_new, name="platform_new"),
    path("operations/", views.operations, name="platform_operations"),
    path("operations/retry/", views.retry_dead, name="platform_retry"),
    path("log/", views.log, name="platform_log"),
    path("<int:pk>/", views.tenant_page, name="platform_tenant"),
    path("<int:pk>/suspend/", views.suspend, name="platform_suspend"),
    path("<int:pk>/resume/", views.resume, name="platform_resume"),
    path("<int:pk>/enter/", views.enter, name="platform_enter"),
    path("<int:pk>/limits/", views.limits, name="platform_limits"),
]
