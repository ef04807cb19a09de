"""Pages that know nothing of orders: the icons' sprite."""

from django.urls import path

from postsale.web.icons import icons

urlpatterns = [path("icons.<slug:version>.svg", icons, name="icons")]
