"""What the web server runs: the intake first, then Django's pages and API, and the live sockets."""

import os

import django
from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postsale.settings")
django.setup()

# ruff: noqa: E402 -- models and routes can be imported only once Django is set up
from channels.routing import ProtocolTypeRouter, URLRouter
from django.db import connection

from postsale.intake.application import Intake
from postsale.live.hub import hub
from postsale.live.routing import websocket_urlpatterns
from postsale.service.wakeups import wake
from postsale.tenants.guard import refuse_unsafe_role


def _check() -> None:
    try:
        refuse_unsafe_role(connection)
    finally:
        connection.close()


async def _silence() -> None:
    await hub().stop()


application = Intake(
    ProtocolTypeRouter({"http": get_asgi_application(), "websocket": URLRouter(websocket_urlpatterns)}),
    wake=wake,
    check=_check,
    stop=[_silence],
    proxies=settings.POSTSALE_TRUSTED_PROXY,
)
