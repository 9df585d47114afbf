"""Versions that callers name."""

import pytest

from erejestracja.domain.errors import VersionMismatch
from erejestracja.web.conditional import etag_of, require_match


def test_a_tag_follows_from_the_bytes() -> None:
    assert etag_of(b"a") == etag_of(b"a") != etag_of(b"b")
    assert etag_of(b"a").startswith('"')


@pytest.mark.parametrize("sent", [None, '"2"', "*", '"1", "2"', ' "2" '])
def test_a_change_of_the_right_version_passes(sent: str | None) -> None:
    require_match(sent, '"2"')


@pytest.mark.parametrize("sent", ['"1"', "2", "", 'W/"2"', '"1","3"'])
def test_a_change_of_another_version_does_not(sent: str) -> None:
    with pytest.raises(VersionMismatch):
        require_match(sent, '"2"')
