"""A page as somebody has it who has a keyboard and no mouse: Tab, and what is seen of the focus."""

from playwright.sync_api import Page

MOST_STOPS = 80
# What tells where the focus is: an outline or a shadow, of the element itself or, where it is a
# box or a dot drawn by its label, of that. And nothing of ours lies over it.
STOP = """() => {
  const one = document.activeElement
  const label = one.labels && one.matches('[type=radio], [type=checkbox]') && one.labels[0]
  const drawn = [getComputedStyle(one), ...(label ? [getComputedStyle(label, '::before')] : [])]
  const shown = drawn.some((style) => style.boxShadow !== 'none'
    || (style.outlineStyle !== 'none' && style.outlineColor !== 'rgba(0, 0, 0, 0)'))
  const box = (label || one).getClientRects()[0] || one.getBoundingClientRect()
  const over = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
  const bare = over && (one.contains(over) || over.contains(one) || (label && label.contains(over)))
  return {
    what: one.outerHTML.slice(0, 200),
    shown: shown && Boolean(bare),
    top: box.top + scrollY,
    bottom: box.bottom + scrollY,
    isBody: one === document.body,
  }
}"""
IS_AT = "(selector) => document.activeElement.matches(selector)"


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; wherever it stops it is seen, and it goes downwards.

    A page of one column is expected: of two, the second begins above the first one's end.
    """
    page.wait_for_load_state("load")
    bottom = 0.0
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        assert not stop["isBody"], f"{page.url} has no {selector}"
        assert stop["shown"], f"{page.url}: the focus is not seen on {stop['what']}"
        assert stop["bottom"] >= bottom, f"{page.url}: the focus goes back up to {stop['what']}"
        if page.evaluate(IS_AT, selector):
            return
        bottom = stop["top"]
    raise AssertionError(f"{page.url}: {selector} is not reached")


def press_at(page: Page, selector: str, key: str) -> None:
    """Go there by Tab alone, and press a key."""
    tab_to(page, selector)
    page.keyboard.press(key)


def follow(page: Page, selector: str, key: str = "Enter") -> None:
    """Go there by Tab alone, and press a key, which leads to another page."""
    tab_to(page, selector)
    lead_on(page, key)


def lead_on(page: Page, key: str = "Enter") -> None:
    """Press a key where the focus is, which leads to another page."""
    with page.expect_event("load"):
        page.keyboard.press(key)
