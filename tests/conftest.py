"""What every test stands on: a real PostgreSQL, with a database of its own for each worker, emptied after each test."""

from collections.abc import Iterator

import pytest
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from postsale.service.database import Server
from tests import databases
from tests.databases import Cleaner, Database


@pytest.fixture(scope="session")
def _template(django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Server, str]]:
    with databases.server() as running:
        with django_db_blocker.unblock():
            name = databases.template(running)
        yield running, name


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, _template: tuple[Server, str], django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Lead Django to this worker's own copy of the migrated template, and clean up as the superuser.

    Django would flush as the role of the application, which may not truncate, and not see the rows either.
    """
    running, source = _template
    with databases.copy(running, source) as mine, pytest.MonkeyPatch.context() as patch:
        cleaner = Cleaner(mine)
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: cleaner.clean())
        with django_db_blocker.unblock(), databases.lead_to(mine.name):
            yield
        cleaner.close()


@pytest.fixture
def fresh_database(_template: tuple[Server, str]) -> Iterator[Database]:
    """A migrated, empty database for a test that starts real processes."""
    running, source = _template
    with databases.copy(running, source) as mine:
        yield mine
