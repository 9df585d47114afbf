"""What several functions' tests need of their surroundings."""

from collections.abc import Iterator

import pytest

from erejestracja.auth import patients


@pytest.fixture
def patient_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give people ids by a key of these tests alone."""
    monkeypatch.setenv("PATIENT_KEY", "of-these-tests-only")
    patients._key.cache_clear()
    yield
    patients._key.cache_clear()
