"""At the end of the ring: whatever page there is was seen by a browser, and all of them hold.

conftest.py runs this last. A new page is missed here until a journey comes by it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from erejestracja.web.clinic.application import point_application
from erejestracja.web.hotline.application import hotline_application
from erejestracja.web.identity.application import identity_application
from erejestracja.web.patient.application import patient_application
from tests.support import pages
from tests.support.emulators import or_skip

APPLICATIONS = [
    *(patient_application(), point_application()),
    *(hotline_application(), identity_application()),
]
# What is had by GET and is no page, with what it is.
NO_PAGES = {
    "healthz": "for machines",
    "files.file": "styles, scripts, pictures",
    "visits.calendar_file": "a file for calendars",
    "away.keeper": "a script",
    "slots.move": "goes on to a rule's form",
    "sign_in.login": "goes on to the provider",
    "sign_out.in_a_frame": "nothing, within the provider's page",
}


def every_page() -> set[str]:
    """Return the routes that are had by GET, as `application name endpoint`."""
    return {
        f"{app.name} {rule.endpoint}"
        for app in APPLICATIONS
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES
    }


def routes_of(paths: set[str]) -> set[str]:
    """Return the routes that paths lead to, in the same words."""
    return {route for path in paths for app in APPLICATIONS for route in _route(app, path)}


def _route(app: Flask, path: str) -> Iterator[str]:
    try:
        endpoint, _ = app.url_map.bind("").match(path, "GET")
    except HTTPException:
        return
    yield f"{app.name} {endpoint}"


def test_what_is_taken_for_no_page_is_a_route_and_answers_with_none() -> None:
    known = {rule.endpoint for app in APPLICATIONS for rule in app.url_map.iter_rules()}
    assert set(NO_PAGES) <= known
    seen = {route.split()[1] for route in routes_of(pages.GOT)}
    assert not seen & set(NO_PAGES)


def test_every_page_there_is_was_seen_by_a_browser() -> None:
    assert sorted(every_page() - routes_of(pages.GOT)) == []


@pytest.mark.parametrize("width", [width for width, _ in pages.LOOKS])
def test_every_page_there_is_was_held_against_the_rules(width: int) -> None:
    assert sorted(every_page() - routes_of(pages.HELD[width])) == []


def test_the_html_of_every_page_that_was_seen_is_valid(tmp_path: Path) -> None:
    assert pages.SEEN
    assert or_skip(lambda: pages.faults_of_html(pages.SEEN.values(), tmp_path)) == []
