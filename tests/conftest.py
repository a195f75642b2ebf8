"""Every test runs as the web role, in a transaction that is rolled back, unless it asks for real commits."""

import os
import shutil
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

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
skipped: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses Chromium is a browser test."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Where everything must run, remember what did not."""
    excused = "external_data" in report.keywords or hasattr(report, "wasxfail")
    if os.environ.get("CI") == "true" and report.skipped and not excused:
        skipped.append(f"{report.nodeid}: {report.longrepr[2] if report.longrepr else ''}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test that was skipped where everything must run is a failure."""
    if skipped and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which tests should have run."""
    for line in skipped:
        terminalreporter.write_line(f"NOT RUN, and CI lets nothing but external_data skip: {line}", red=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium, without a window (playwright's Browser)."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine: install it to run the browser tests")
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "true"  # playwright runs a loop in this thread, and only waits in it
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


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
