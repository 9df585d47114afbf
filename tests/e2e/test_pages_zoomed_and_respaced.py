"""People change how pages look: zoom, spacing, colours of their own."""

import pytest
from playwright.sync_api import Browser, Page

from tests.support import pages
from tests.support.pages import a_page, be, check

# A window of 1280 pixels, zoomed to 200 and to 400 per cent (WCAG 1.4.4 and 1.4.10).
ZOOMED = (640, 320)
# WCAG 1.4.12, word for word.
SPACING = """* {
  line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important;
}
p { margin-bottom: 2em !important; }"""
# A page's policy keeps styles out that are written into it; a reader's own are none of its.
STYLED = """(text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets.push(sheet);
}"""
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


@pytest.mark.parametrize(("persona", "paths"), SCREENS)
def test_nothing_is_lost_when_a_page_is_zoomed_spaced_out_or_in_colours_of_its_reader(
    machine: Browser, front_door_url: str, persona: str, paths: list[str]
) -> None:
    page = a_page(machine, front_door_url)
    be(page, persona, paths[0])
    linked = page.locator(".app-nav a").evaluate_all("(all) => all.map((one) => one.href)")
    for path in [*paths, *linked]:
        for width in ZOOMED:
            _zoomed(page, path, width)
        _in_forced_colours(page)
        _spaced_out(page)
    page.context.close()


def _zoomed(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": pages.TALL})
    page.goto(path)
    check(page, [(width, "light")])
    assert page.evaluate(CUT_OFF) == [], path


def _in_forced_colours(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    check(page, [(1280, "light")])
    page.set_viewport_size({"width": 1280, "height": pages.TALL})
    assert page.evaluate(TOLD_BY_COLOUR_ALONE) == [], page.url
    page.emulate_media(forced_colors="none")


def _spaced_out(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": pages.TALL})
    page.evaluate(STYLED, SPACING)
    assert page.evaluate(pages.OVERFLOW) <= 0, f"{page.url} is wider than the screen"
    assert page.evaluate(CUT_OFF) == [], page.url
