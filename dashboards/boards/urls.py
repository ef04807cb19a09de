"""The addresses of boards."""

from django.urls import path, re_path

from dashboards.boards import views, views_acts, views_manage

urlpatterns = [
    path("boards/", views.board_list, name="boards"),
    path("boards/new/", views_manage.new_board, name="board_new"),
    path("boards/<slug:slug>/", views.board_page, name="board"),
    path("boards/<slug:slug>/now/", views.now_part, name="board_now"),
    path("boards/<slug:slug>/export/", views.export, name="board_export"),
    path("boards/<slug:slug>/settings/", views_manage.board_settings, name="board_settings"),
    path("boards/<slug:slug>/archive/", views_manage.archive, name="board_archive"),
    path("boards/<slug:slug>/views/", views_manage.save, name="board_views"),
    path("boards/<slug:slug>/views/<uuid:pk>/remove/", views_manage.remove, name="board_view_remove"),
    path("boards/<slug:slug>/cards/<uuid:pk>/", views.card, name="card"),
    path("boards/<slug:slug>/cards/<uuid:pk>/note/", views_acts.note, name="card_note"),
    re_path(
        r"^boards/(?P<slug>[-\w]+)/(?P<what>resolve|assign|snooze|reopen|give_back)/$", views_acts.act, name="board_act"
    ),
]
