"""Before the doors open, each trouble is a sentence that says what to do."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from pytest_django import Settings

from postsale.service import opening
from postsale.service.opening import OpeningError


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_with_a_way_out(taken: int) -> None:
    with pytest.raises(OpeningError, match=f"port {taken} on 127.0.0.1 is taken .* PORT={taken + 1} make run"):
        opening.check_port("127.0.0.1", taken)


def test_a_free_port_is_fine() -> None:
    opening.check_port("[::1]" if socket.has_dualstack_ipv6() else "127.0.0.1", 0)


def test_an_address_that_is_not_ours_is_a_sentence() -> None:
    with pytest.raises(OpeningError, match=r"can't listen on 192\.0\.2\.1"):
        opening.check_port("192.0.2.1", 8000)  # RFC 5737: nobody's


def test_a_data_folder_has_one_supervisor(tmp_path: Path) -> None:
    with (
        opening.only_one(tmp_path),
        pytest.raises(OpeningError, match="runs already in the data folder"),
        opening.only_one(tmp_path),
    ):
        pass

    with opening.only_one(tmp_path):
        assert (tmp_path / "up.lock").exists()


@pytest.mark.django_db(transaction=True, databases=["default", "admin"])
def test_the_two_roles_of_ours_are_fine() -> None:
    opening.check_database()


@pytest.mark.django_db(transaction=True, databases=["default", "admin"])
@pytest.mark.parametrize("role", ["postgres", "postsale_owner"])
def test_a_role_that_could_get_around_the_walls_is_refused(role: str) -> None:
    with _default(USER=role), pytest.raises(OpeningError, match=f"the role {role} of DATABASE_URL could get around"):
        opening.check_database()


@pytest.mark.django_db(transaction=True, databases=["default", "admin"])
def test_a_database_that_is_not_there_is_named_by_its_variable() -> None:
    with _default(NAME="nowhere"), pytest.raises(OpeningError, match=r"(?s)of DATABASE_URL can't be reached.*nowhere"):
        opening.check_database()


@pytest.mark.django_db(transaction=True)
def test_nobody_has_an_account_in_an_empty_database() -> None:
    before = opening.is_empty()
    get_user_model().objects.create(email="somebody@shop.test")

    assert (before, opening.is_empty()) == (True, False)


def test_scripts_are_stored_once_and_again_when_they_change(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.js").write_text("export const a = 1;\n")
    (source / "b.js").write_text('import { a } from "./a.js";\nexport const b = a;\n')
    settings.STATIC_ROOT = str(tmp_path / "stored")
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "postsale.service.static.ModuleStorage"}}

    done = [opening.collect_static(), opening.collect_static()]
    (source / "a.js").write_text("export const a = 22;\n")
    done.append(opening.collect_static())

    assert done == [True, False, True]
    (b,) = (tmp_path / "stored").glob("b.*.js")
    assert 'from "./a.' in b.read_text()
    assert '"./a.js"' not in b.read_text()


@contextlib.contextmanager
def _default(**other: str) -> Iterator[None]:
    """The connection `default` with other settings, for a while."""
    default = connections["default"]
    default.close()
    before = {key: default.settings_dict[key] for key in other}
    default.settings_dict.update(other)
    try:
        yield
    finally:
        default.close()
        default.settings_dict.update(before)
