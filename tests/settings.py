"""The settings of the tests: Postsale's own, with its files in a temporary folder and cheap passwords."""

import hashlib
import os
import tempfile
from pathlib import Path

_checkout = hashlib.sha256(os.fsencode(Path(__file__).parent)).hexdigest()[:8]
#: One folder for all runs of this checkout: the test server's tables stay in it, and are made anew when they change.
HOUSE = Path(tempfile.gettempdir()) / f"postsale-tests-{os.getuid()}-{_checkout}"

# The environment of whoever runs the tests does not reach them, nor the processes that they start.
for _name in ("DATABASE_URL", "DATABASE_ADMIN_URL", "REDIS_URL", "EMAIL_URL", "HOST", "PORT", "ALLOWED_HOSTS", "DEBUG"):
    os.environ.pop(_name, None)
os.environ["POSTSALE_DATA"] = str(HOUSE)
os.environ["SECRET_KEY"] = "of the tests: not secret at all, but long enough"
os.environ["BASE_URL"] = "http://testserver"
os.environ.setdefault("LOG_LEVEL", "ERROR")

from postsale.settings import *  # noqa: E402, F403 -- the environment comes first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_USE_STATIC_ROOT = False
