"""The whole suite, for a black box to be: one that runs already, or one started for these tests."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from emulators.suite import environment
from emulators.suite.nation import Nation
from emulators.suite.places import State
from emulators.suite.suite import AlreadyRunning, Choices, Suite
from tests.support import pages
from tests.support.emulators import or_skip

# Small, since what is tested is that all parts work together, not that there are many rows.
NATION = Nation(points=60, days=7)
# Asks what all others have seen.
LAST = "test_the_whole_ring.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name == LAST)


@pytest.fixture(scope="session", autouse=True)
def front_door_url() -> Iterator[str]:
    """Return where the suite answers; its variables are in the environment.

    With PUBLIC_URL set the tests knock there. Else they use what `emulators/up` runs, or run the
    same in the same folder, where emulators/token and the other commands find it.
    """
    # These tests are three people at one address, who do in a minute what thousands do.
    os.environ.setdefault("RATE_LIMITS", "off")
    # And who waits is asked at whatever hour the tests run.
    os.environ.setdefault("WAITING_FROM_HOUR", "0")
    os.environ.setdefault("WAITING_UNTIL_HOUR", "24")
    suite = Suite(Choices(free_ports=True, nation=NATION))
    try:
        if "PUBLIC_URL" not in os.environ:
            os.environ.update(started(suite))
        yield os.environ["PUBLIC_URL"]
    finally:
        suite.stop()


def started(suite: Suite) -> environment.Variables:
    """Start the suite unless one runs; return the variables of the one that runs then."""
    try:
        or_skip(suite.start)
    except AlreadyRunning:
        return environment.load(State())
    return suite.variables


@pytest.fixture(scope="session")
def machine() -> Iterator[Browser]:
    """Run the browser that all tests open pages in."""
    executable = or_skip(pages.binary)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(autouse=True)
def nothing_is_said_in_consoles() -> Iterator[None]:
    """Fail a test whose pages broke their policy, or whose scripts failed."""
    pages.HEARD.clear()
    yield
    assert pages.said_in_consoles() == []
