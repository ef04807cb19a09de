"""Pages that know nothing of orders: the icons' sprite, and search."""

from django.urls import path

from postsale.web.icons import icons
from postsale.web.search import search

urlpatterns = [path("icons.<slug:version>.svg", icons, name="icons"), path("search/", search, name="search")]
