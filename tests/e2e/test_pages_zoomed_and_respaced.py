"""People change how pages look: zoom, spacing, colours of their own. And the HTML behind it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support import pages
from tests.support.emulators import or_skip
from tests.support.pages import a_page, be, check

# A window of 1280 pixels, zoomed to 200 and to 400 per cent (WCAG 1.4.4 and 1.4.10).
ZOOMED = {"200": 640, "400": 320}
# WCAG 1.4.12, word for word.
SPACING = """* {
  line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important;
}
p { margin-bottom: 2em !important; }"""
# Elements that hide what does not fit, and text that does not.
CUT_OFF = """() => [...document.querySelectorAll('main *')].filter((one) => {
  const style = getComputedStyle(one);
  return style.overflowX === 'hidden' && one.scrollWidth > one.clientWidth + 1
    && one.clientWidth > 1 && one.innerText.trim() !== '';
}).map((one) => one.outerHTML.slice(0, 200))"""
# What is chosen, if only a background tells: forced colours take that away.
TOLD_BY_COLOUR_ALONE = """() => [...document.querySelectorAll('[aria-current]')].filter((one) => {
  const style = getComputedStyle(one);
  const edges = ['Top', 'Right', 'Bottom', 'Left'].map((edge) => style[`border${edge}Width`]);
  return edges.every((width) => parseFloat(width) === 0) && Number(style.fontWeight) < 600
    && style.textDecorationLine === 'none' && parseFloat(style.outlineWidth) === 0;
}).map((one) => one.outerHTML.slice(0, 200))"""
SCREENS = [
    ("patient", ["/moje", "/moje/dane", "/terminy", "/"]),
    ("agent", ["/infolinia"]),
    ("point-admin", ["/punkt"]),
]


def all_of(page: Page, paths: list[str]) -> list[str]:
    """Return the addresses of a persona's pages: those named, and those its menu leads to."""
    linked = page.locator(".app-nav a").evaluate_all("(all) => all.map((one) => one.href)")
    return [*paths, *linked]


@pytest.mark.parametrize(("persona", "paths"), SCREENS)
@pytest.mark.parametrize("zoom", list(ZOOMED))
def test_nothing_is_lost_when_a_page_is_zoomed(
    machine: Browser, front_door_url: str, persona: str, paths: list[str], zoom: str
) -> None:
    page = a_page(machine, front_door_url, ZOOMED[zoom], bypass_csp=True)
    be(page, persona, paths[0])
    for path in all_of(page, paths):
        page.goto(path)
        check(page)
        assert page.evaluate(CUT_OFF) == [], path
    page.context.close()


@pytest.mark.parametrize(("persona", "paths"), SCREENS)
def test_nothing_is_lost_when_text_is_spaced_out(
    machine: Browser, front_door_url: str, persona: str, paths: list[str]
) -> None:
    page = a_page(machine, front_door_url, 360, bypass_csp=True)
    be(page, persona, paths[0])
    for path in all_of(page, paths):
        page.goto(path)
        page.add_style_tag(content=SPACING)
        assert page.evaluate(pages.OVERFLOW) <= 0, f"{path} is wider than the screen"
        assert page.evaluate(CUT_OFF) == [], path
    page.context.close()


@pytest.mark.parametrize(("persona", "paths"), SCREENS)
def test_pages_keep_to_the_colours_that_a_person_forces(
    machine: Browser, front_door_url: str, persona: str, paths: list[str]
) -> None:
    page = a_page(machine, front_door_url, 1280, bypass_csp=True, forced_colors="active")
    be(page, persona, paths[0])
    for path in all_of(page, paths):
        page.goto(path)
        check(page)
        assert page.evaluate(TOLD_BY_COLOUR_ALONE) == [], path
    page.context.close()


def test_the_html_of_every_page_that_was_seen_is_valid(
    machine: Browser, front_door_url: str, tmp_path: Path
) -> None:
    page = a_page(machine, front_door_url)
    for path in ("/", "/terminy", "/prywatnosc", "/deklaracja-dostepnosci", "/nie-ma"):
        page.goto(path)
    assert pages.SEEN
    assert or_skip(lambda: pages.faults_of_html(pages.SEEN, tmp_path)) == []
    page.context.close()
