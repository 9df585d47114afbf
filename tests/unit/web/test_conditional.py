"""Versions that callers have already."""

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from erejestracja.web.conditional import etag_of, is_not_modified


def request(sent: str | None) -> Request:
    headers = [] if sent is None else [("If-None-Match", sent)]
    return Request(EnvironBuilder(headers=headers).get_environ())


def test_a_tag_follows_from_the_bytes() -> None:
    assert etag_of(b"a") == etag_of(b"a") != etag_of(b"b")
    assert etag_of(b"a").startswith('"')


@pytest.mark.parametrize("sent", ['"2"', "*", '"1", "2"', ' "2" ', 'W/"2"'])
def test_a_version_that_is_named_is_known(sent: str) -> None:
    assert is_not_modified(request(sent), '"2"')


@pytest.mark.parametrize("sent", [None, '"1"', "2", "", 'W/"1","3"'])
def test_a_version_that_is_not_named_is_new(sent: str | None) -> None:
    assert not is_not_modified(request(sent), '"2"')


def test_what_has_no_tag_is_always_new() -> None:
    assert not is_not_modified(request("*"), None)
