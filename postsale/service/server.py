"""The web process: uvicorn, once, on HOST and PORT. Run as `python -m postsale.service.server`."""

import os

import uvicorn
from django.conf import settings

from postsale.service import leash

#: Open requests and sockets get this long when we are asked to end (seconds).
GRACE = 6


def trusted() -> list[str]:
    """Whose X-Forwarded-For and X-Forwarded-Proto say who calls, and how: this machine's and our own proxies'."""
    return ["127.0.0.1", *settings.POSTSALE_TRUSTED_PROXY]


def main() -> None:
    """Serve until told to stop."""
    leash.hold()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postsale.settings")
    uvicorn.run(
        "postsale.asgi:application",
        host=settings.HOST.strip("[]"),
        port=settings.PORT,
        loop="uvloop",
        http="httptools",
        lifespan="auto",
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=trusted(),
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=30,
        ws_max_size=64 * 1024,
        backlog=2048,
    )


if __name__ == "__main__":
    main()
