"""The settings, as a process reads them from its environment."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHOW = "import json, postsale.settings as s; print(json.dumps({k: getattr(s, k) for k in %r}, default=str))"
PUBLIC = {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "shop.example", "BASE_URL": "https://shop.example"}
SECRETS = {"SECRET_KEY": "".join(chr(code) for code in range(40, 100)), "EMAIL_URL": "smtps://u:p@mail.example"}


def _settings(data: Path, *names: str, **environment: str) -> dict[str, Any]:
    done = _run(data, SHOW % (names,), **environment)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def _run(data: Path, code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    plain = {"PATH": os.environ["PATH"], "POSTSALE_DATA": str(data)}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=plain | environment, capture_output=True, text=True, check=False
    )


def test_without_a_database_url_two_roles_share_the_embedded_one(tmp_path: Path) -> None:
    found = _settings(tmp_path, "DATABASES", "EMBEDDED")

    assert found["EMBEDDED"] is True
    assert [(found["DATABASES"][of]["USER"], found["DATABASES"][of]["NAME"]) for of in ("default", "admin")] == [
        ("postsale_app", "postsale"), ("postsale_owner", "postsale"),
    ]  # fmt: skip


def test_a_database_url_needs_the_owner_s_too(tmp_path: Path) -> None:
    done = _run(tmp_path, SHOW % (("DATABASES",),), DATABASE_URL="postgresql://a:geheim@h/d")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "DATABASE_URL is set, so DATABASE_ADMIN_URL (the role that owns the tables) must be, too."
    )
    assert "geheim" not in done.stderr


@pytest.mark.parametrize("missing", PUBLIC)
def test_a_public_address_with_a_default_is_refused(tmp_path: Path, missing: str) -> None:
    given = {name: value for name, value in PUBLIC.items() if name != missing}

    done = _run(tmp_path, "import postsale.settings", HOST="0.0.0.0", **given)  # noqa: S104

    assert done.returncode == 1
    assert f"so {missing} must be set" in done.stderr


def test_https_turns_the_safe_settings_on(tmp_path: Path) -> None:
    found = _settings(
        tmp_path, "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME", "CSRF_TRUSTED_ORIGINS", "ALLOWED_HOSTS", **PUBLIC,
    )  # fmt: skip

    assert found == {
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_NAME": "__Host-postsale_session",
        "CSRF_COOKIE_NAME": "__Host-postsale_csrf",
        "CSRF_TRUSTED_ORIGINS": ["https://shop.example"],
        "ALLOWED_HOSTS": ["shop.example", "127.0.0.1", "localhost", "[::1]"],
    }


def test_redis_becomes_broker_and_channel_layer(tmp_path: Path) -> None:
    plain = _settings(tmp_path, "Q_CLUSTER", "CHANNEL_LAYERS")
    grown = _settings(tmp_path, "Q_CLUSTER", "CHANNEL_LAYERS", REDIS_URL="redis://localhost:6379/0")

    assert ("orm" in plain["Q_CLUSTER"], plain["CHANNEL_LAYERS"]["default"]["BACKEND"]) == (
        True, "channels.layers.InMemoryChannelLayer",
    )  # fmt: skip
    assert (grown["Q_CLUSTER"]["redis"], "orm" in grown["Q_CLUSTER"]) == ("redis://localhost:6379/0", False)
    assert grown["CHANNEL_LAYERS"]["default"]["BACKEND"] == "channels_redis.pubsub.RedisPubSubChannelLayer"


def test_a_wake_up_is_never_given_again_while_it_still_runs(tmp_path: Path) -> None:
    queue = _settings(tmp_path, "Q_CLUSTER")["Q_CLUSTER"]

    assert queue["retry"] > queue["timeout"]
    assert (queue["save_limit"], queue["max_attempts"], queue["queue_limit"]) == (-1, 1, 2 * queue["workers"])


def test_the_deployment_check_of_django_finds_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "POSTSALE_DATA": str(tmp_path), **PUBLIC, **SECRETS},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_wrong_with_the_environment_is_one_line_without_a_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "POSTSALE_DATA": str(tmp_path), "PORT": "http"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (
        1, "", "Postsale can't start: PORT is 'http', expected a whole number of at least 1.\n",
    )  # fmt: skip
