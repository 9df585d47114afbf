"""Fixtures every ring of tests may ask for. What they start is in tests/support."""

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings

from erejestracja.storage.spanner.database import Database
from tests.support.databases import Databases
from tests.support.emulators import Emulators, or_skip

# A shared machine is slow now and then, which is no fault; and what fails in CI must fail again.
settings.register_profile("suite", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("suite")


def pytest_configure() -> None:
    # A run that is told to end stops its servers as it does on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def emulators() -> Iterator[Emulators]:
    """Return the servers of this run; each starts when it is first asked for."""
    running = Emulators()
    yield running
    running.close()


@pytest.fixture(scope="session")
def databases(emulators: Emulators) -> Databases:
    """Return the maker of Spanner databases."""
    or_skip(lambda: emulators.spanner)
    return Databases()


@pytest.fixture
def fresh_database(databases: Databases) -> Iterator[Callable[[], Database]]:
    """Return a function that makes one more migrated database; all go when the test ends."""
    yield databases.fresh
    databases.drop()


@pytest.fixture
def database(fresh_database: Callable[[], Database]) -> Database:
    """Return a migrated Spanner database of this test's own."""
    return fresh_database()


@pytest.fixture(scope="session")
def redis_url(emulators: Emulators) -> str:
    """Return the address of a Valkey server; emptied by `redis`, shared by the run."""
    return str(or_skip(lambda: emulators.redis_url))


@pytest.fixture
def redis(redis_url: str) -> Iterator[Any]:
    """Return a client of an empty Valkey database."""
    from redis import Redis

    client = Redis.from_url(redis_url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(scope="session")
def pubsub(emulators: Emulators) -> str:
    """Return host and port of the Pub/Sub emulator."""
    return str(or_skip(lambda: emulators.pubsub))


@pytest.fixture(scope="session")
def firestore(emulators: Emulators) -> str:
    """Return host and port of the Firestore emulator."""
    return str(or_skip(lambda: emulators.firestore))
