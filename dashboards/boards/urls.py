"""The addresses of boards."""

from django.urls import path, re_path

from dashboards.boards import views

urlpatterns = [
    path("", views.home, name="home"),
    path("boards/", views.board_list, name="boards"),
    path("boards/<slug:slug>/", views.board_page, name="board"),
    re_path(r"^boards/(?P<slug>[-\w]+)/(?P<what>resolve|assign|snooze|reopen)/$", views.act, name="board_act"),
]
