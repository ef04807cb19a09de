"""Where sockets go: `/live/` and nowhere else. The consumer checks Origin, session and topics itself."""

from django.urls import path

from postsale.live.consumer import LiveConsumer

websocket_urlpatterns = [path("live/", LiveConsumer.as_asgi())]
