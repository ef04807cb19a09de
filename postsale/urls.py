"""Every address: the shop's own, sign-in, and what the packages above bring along in their `urls`.

Those are found by where they live, beside this package, so that no arrow points up.
"""

from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.utils.module_loading import module_has_submodule

from postsale.service import health
from postsale.tenants import switching
from postsale.web import errors

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.broken

urlpatterns: list[URLPattern | URLResolver] = [
    *health.urls,
    path("", include("postsale.web.urls")),
    path("", include("postsale.backoffice.urls")),
    path("shops/", switching.shops, name="shops"),
    path("shops/leave/", switching.leave, name="visit_leave"),
    path("preferences/", switching.prefer, name="prefer"),
    path("accounts/", include("allauth.urls")),
]

for _package in apps.get_app_configs():
    _is_ours = Path(_package.path).parent == Path(settings.BASE_DIR) and _package.name != "postsale"
    if _is_ours and _package.module is not None and module_has_submodule(_package.module, "urls"):
        urlpatterns.append(path("", include(import_module(f"{_package.name}.urls"))))
