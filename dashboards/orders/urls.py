"""The addresses of orders."""

from django.urls import path

from dashboards.orders import views, views_acts

urlpatterns = [
    path("orders/", views.order_list, name="orders"),
    path("orders/<uuid:pk>/", views.order_page, name="order"),
    path("orders/<uuid:pk>/next/", views.next_part, name="order_next"),
    path("orders/<uuid:pk>/why/", views.why_part, name="order_why"),
    path("orders/<uuid:pk>/runs/<uuid:run>/", views.run_part, name="order_run"),
    path("orders/<uuid:pk>/events/<uuid:event>/", views.event_part, name="order_event"),
    path("orders/<uuid:pk>/start/", views.start_part, name="order_start"),
    path("orders/<uuid:pk>/started/", views_acts.start, name="order_started"),
    path("orders/<uuid:pk>/edit/", views_acts.edit, name="order_edit"),
    path("orders/<uuid:pk>/cards/<uuid:card>/<slug:what>/", views_acts.act_on_card, name="order_card"),
]
