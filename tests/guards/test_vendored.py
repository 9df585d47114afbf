"""What browsers are sent is pinned, ours to send, small, and asks nobody else for anything."""

import hashlib
import json
import re
from functools import cache
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from erejestracja.web.ui.assets import STATIC, TYPES, Assets
from functions.bundle import bundle
from functions.vendor import check
from tests.guards.tree import ROOT
from tests.support.functions import SUITE

VENDOR = STATIC / "vendor"
UI = STATIC.parent
LOCK = json.loads((VENDOR / "LOCK.json").read_text("utf-8"))
COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)
# The name of a language, which no browser fetches.
NAMESPACE = "http://www.w3.org/2000/svg"
ELSEWHERE = re.compile(r"""https?://[\w.]+|url\(\s*["']?//|@import|GDS Transport|crest""")
BUDGETS = {".js": 27_000, ".css": 14_000}


@cache
def written() -> dict[str, str]:
    """Return the text of each style sheet, script and drawing, without comments."""
    files = [f for f in sorted(STATIC.rglob("*")) if f.suffix in {".css", ".js", ".svg"}]
    return {f.relative_to(STATIC).as_posix(): COMMENTS.sub("", f.read_text("utf-8")) for f in files}


def packed(suffix: str) -> int:
    """Return what a patient's first visit transfers of one kind of file, in bytes of gzip."""
    assets = Assets()
    base = (UI / "templates/ui/base.html").read_text("utf-8")
    linked = re.findall(r"asset\('([^']+)'\)", base)
    loaded = {*linked, *(["vendor/govuk.js"] if "ui.js" in linked else [])}
    answers = [assets.answer(assets.url(name), "gzip") for name in loaded if name.endswith(suffix)]
    return sum(len(answered[0]) for answered in answers if answered)


def test_what_is_vendored_is_what_the_lock_says() -> None:
    kept = [f for f in VENDOR.iterdir() if f.suffix in TYPES]
    hashes = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in kept}
    assert hashes == LOCK["files"]


def test_every_package_is_pinned_by_a_hash_and_no_place_is_written_down() -> None:
    assert all(pin["integrity"].startswith("sha512-") for pin in LOCK["packages"].values())
    assert "://" not in (VENDOR / "LOCK.json").read_text("utf-8")


def test_every_package_and_every_font_comes_with_its_licence() -> None:
    licences = (VENDOR / "LICENSES.md").read_text("utf-8")
    fonts = [f"../fonts/{font.name}" for font in (STATIC / "fonts").iterdir()]
    assert [
        name for name in [*LOCK["packages"], *LOCK["files"], *fonts] if name not in licences
    ] == []


def test_no_file_asks_another_host_or_carries_what_is_not_ours() -> None:
    found = {
        name: ELSEWHERE.findall(text.replace(NAMESPACE, "")) for name, text in written().items()
    }
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "text",
    [
        "@font-face{src:url(x.woff2)}",
        'a{font-family:"GDS Transport"}',
        '@import "x.css";',
        "i{background:url(/assets/images/govuk-crest.svg)}",
        "/*# sourceMappingURL=x.css.map */",
        'fetch("https://example.org/")',
    ],
)
def test_an_upgrade_that_brings_such_a_thing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not to be taken: x\.css"):
        check({"x.css": text})


def test_a_link_that_is_printed_with_its_address_is_no_call_to_a_host() -> None:
    check({"x.css": '[href^="https://"]::after{content:attr(href)}'})


@pytest.mark.parametrize("suffix", sorted(BUDGETS))
def test_a_first_visit_on_a_cheap_phone_stays_small(suffix: str) -> None:
    assert 0 < packed(suffix) <= BUDGETS[suffix]


def test_a_bundle_carries_every_browser_file() -> None:
    with ZipFile(BytesIO(bundle(ROOT, min(SUITE["functions"])))) as archive:
        inside = set(archive.namelist())
    place = Path("erejestracja/web/ui/static")
    assert {(place / name).as_posix() for name in Assets().urls} <= inside
    assert (place / "vendor/LICENSES.md").as_posix() in inside
