"""Every test runs as the web role, in a transaction that is rolled back, unless it asks for real commits."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import databases

databases.use_test_home()

import django  # noqa: E402

django.setup()

from django.conf import settings as django_settings  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402

from tests.simulated import transactions_that_end  # noqa: E402


@pytest.fixture(scope="session")
def database_server() -> Iterator[None]:
    """The server of this run, alive from the first test that needs one."""
    with databases.server():
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: Any,
    database_server: None,
) -> Iterator[None]:
    """This process's own clone of an installed database; tests with real commits get a fresh one each."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    own = databases.Databases(worker)
    with django_db_blocker.unblock():
        own.make_template()
        own.make_clone()
    TransactionTestCase._fixture_teardown = lambda case: own.make_clone()
    yield
    with django_db_blocker.unblock():
        own.drop_clone()


@pytest.fixture(autouse=True)
def _own_media(tmp_path_factory: pytest.TempPathFactory, settings: Any) -> None:
    media = tmp_path_factory.getbasetemp() / "media"
    settings.MEDIA_ROOT = media
    storages = {**django_settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": media}}
    settings.STORAGES = storages


@pytest.fixture
def _django_db_helper(_django_db_helper: None) -> Iterator[None]:
    with transactions_that_end():
        yield


@pytest.fixture
def real_commits(transactional_db: None) -> None:
    """For what only a real commit shows. The database is cloned anew afterwards."""
