"""Who may set up a new installation: whoever can read its console, once, until there is somebody who runs it."""

import hashlib
import hmac

from django.conf import settings
from django.db import connection

from postsale.tenants.models import User

#: Any number, the same for everybody who wants to be first.
LOCK = 7465_002


def token() -> str:
    """The token of `/setup/`, made from SECRET_KEY: printed at the start for as long as it leads anywhere."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"postsale setup", hashlib.sha256).hex()[:40]


def is_open() -> bool:
    """Whether nobody runs this installation yet (is of its staff)."""
    return not User.objects.filter(is_staff=True).exists()


def fits(said: str) -> bool:
    """Whether `said` is the token, and it still leads somewhere."""
    return hmac.compare_digest(said.encode(), token().encode()) and is_open()


def only_one() -> None:
    """Wait until whoever else is setting up is done; inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
