"""The environment is read as contract/commands.md says, and errors name the variable."""

import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from postsale.service import environment

TIMEOUTS = {"statement_timeout": "5s"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [(None, True), ("1", True), ("Yes", True), ("on", True), ("0", False), ("", False), ("off", False)],
)
def test_a_flag_is_a_yes_or_a_no(monkeypatch: pytest.MonkeyPatch, text: str | None, expected: bool) -> None:
    if text is not None:
        monkeypatch.setenv("FLAG", text)

    assert environment.flag("FLAG", default=True) is expected


def test_a_flag_that_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAG", "perhaps")

    with pytest.raises(ImproperlyConfigured, match=r"^FLAG is 'perhaps', expected 1 or 0\.$"):
        environment.flag("FLAG")


def test_a_number_has_a_default_and_a_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNT", "4")

    assert (environment.number("COUNT", default=2), environment.number("OTHER", default=2)) == (4, 2)


@pytest.mark.parametrize("text", ["0", "-1", "2.5", "many"])
def test_a_number_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("COUNT", text)

    with pytest.raises(ImproperlyConfigured, match=r"COUNT is .* expected a whole number of at least 1"):
        environment.number("COUNT", default=2, least=1)


def test_a_list_is_separated_by_commas_or_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIST", "10.0.0.0/8, shop.internal  localhost")

    assert environment.names("LIST") == ["10.0.0.0/8", "shop.internal", "localhost"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://app:p%40ss@db.internal:6543/shop?sslmode=require",
            {"NAME": "shop", "USER": "app", "PASSWORD": "p@ss", "HOST": "db.internal", "PORT": "6543"},
        ),
        (
            "postgres:///shop?host=/run/pg&user=app",
            {"NAME": "shop", "USER": "app", "PASSWORD": "", "HOST": "/run/pg", "PORT": ""},
        ),
    ],
)
def test_a_database_url_is_taken_apart(url: str, expected: dict[str, str]) -> None:
    found = environment.database("DATABASE_URL", url, timeouts=TIMEOUTS)

    assert {key: found[key] for key in expected} == expected
    assert found["CONN_MAX_AGE"] is None


def test_a_database_url_carries_options_and_the_timeouts_are_added() -> None:
    found = environment.database("DATABASE_URL", "postgresql://a@h/d?sslmode=require", timeouts=TIMEOUTS)

    assert (found["OPTIONS"]["sslmode"], found["OPTIONS"]["options"]) == ("require", "-c statement_timeout=5s")


def test_a_pooled_database_gets_no_start_up_options_and_no_server_side_cursors() -> None:
    found = environment.database("DATABASE_URL", "postgresql://a@h/d?pgbouncer=1", timeouts=TIMEOUTS)

    assert ("options" in found["OPTIONS"], found["DISABLE_SERVER_SIDE_CURSORS"]) == (False, True)


@pytest.mark.parametrize(
    "url", ["mysql://a@h/d", "postgresql://a@h/", "postgresql:///d", "shop", "postgresql://a@h:x/d"]
)
def test_a_database_url_of_another_form_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL (is not of the form|has a port)"):
        environment.database("DATABASE_URL", url, timeouts=TIMEOUTS)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.test", {"host": "mail.test", "port": 25, "use_ssl": False, "use_tls": False}),
        ("smtp://u:p%3A@mail.test:2525?starttls=1", {"port": 2525, "username": "u", "password": "p:", "use_tls": True}),
        ("smtps://mail.test", {"port": 465, "use_ssl": True, "use_tls": False}),
    ],
)
def test_mail_goes_to_the_server_of_email_url(url: str, expected: dict[str, Any]) -> None:
    found = environment.mailer(url, Path("mail"))

    assert found["BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert {key: found["OPTIONS"][key] for key in expected} == expected


def test_mail_goes_to_files_without_email_url() -> None:
    found = environment.mailer("", Path("mail"))

    assert found == {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": "mail"}}


def test_an_email_url_of_another_form_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL is not of the form"):
        environment.mailer("sendgrid://key", Path("mail"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"])
def test_defaults_are_fine_where_only_this_machine_can_reach_us(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "BASE_URL"):
        monkeypatch.delenv(name, raising=False)

    environment.refuse_public_defaults(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "shop.example"])  # noqa: S104 -- that is the point
def test_a_public_address_refuses_defaults_and_names_them(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("SECRET_KEY", "x" * 50)
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    monkeypatch.delenv("BASE_URL", raising=False)

    with pytest.raises(ImproperlyConfigured, match="so ALLOWED_HOSTS, BASE_URL must be set"):
        environment.refuse_public_defaults(host)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", "http://127.0.0.1:8000"), ("https://shop.example/", "https://shop.example"), ("http://a:1", "http://a:1")],
)
def test_the_base_url_is_where_we_listen_unless_given(
    monkeypatch: pytest.MonkeyPatch, given: str, expected: str
) -> None:
    monkeypatch.setenv("BASE_URL", given)

    assert environment.base_url("127.0.0.1", 8000) == expected


def test_the_base_url_of_an_ipv6_address_has_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BASE_URL", raising=False)

    assert environment.base_url("::1", 8000) == "http://[::1]:8000"


@pytest.mark.parametrize("given", ["shop.example", "ftp://shop.example", "https://shop.example/app", "https://a?b=1"])
def test_a_base_url_of_another_form_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("BASE_URL", given)

    with pytest.raises(ImproperlyConfigured, match="BASE_URL is"):
        environment.base_url("127.0.0.1", 8000)


def test_the_secret_key_is_made_once_and_only_its_owner_may_read_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)

    first, second = environment.secret_key(tmp_path / "data"), environment.secret_key(tmp_path / "data")

    assert first == second
    assert len(first) >= 64
    assert [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in (tmp_path / "data").iterdir()] == [
        ("secret_key", 0o600)
    ]


def test_a_given_secret_key_is_taken_and_not_stored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "given")

    assert (environment.secret_key(tmp_path), list(tmp_path.iterdir())) == ("given", [])


def test_of_two_processes_that_start_at_once_both_take_the_first_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    made = environment.secret_key(tmp_path)
    exists = Path.exists
    blind = iter([False])  # the second one looked before the first one had written
    monkeypatch.setattr(
        Path, "exists", lambda path, **_: next(blind, None) if path.name == "secret_key" else exists(path)
    )

    late = environment.secret_key(tmp_path)

    assert (late, sorted(path.name for path in tmp_path.iterdir())) == (made, ["secret_key"])
