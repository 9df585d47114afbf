"""A browser file is served under one name, which changes when its bytes do."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest

from erejestracja.web.ui.assets import Assets, takes_gzip

FONT_FACE = '@font-face{src:url("fonts/a.woff2") format("woff2")}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts/a.woff2").write_bytes(b"font")
    (tmp_path / "ui.css").write_text(FONT_FACE, "utf-8")
    (tmp_path / "ui.js").write_text('import { a } from "./lib/b.js"\n', "utf-8")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/b.js").write_text("export const a=1", "utf-8")
    (tmp_path / "LICENSES.md").write_text("MIT", "utf-8")
    return tmp_path


def body(assets: Assets, name: str) -> str:
    answered = assets.answer(assets.url(name), "")
    assert answered is not None
    return answered[0].decode()


def test_a_name_carries_the_hash_of_what_is_served(folder: Path) -> None:
    assets = Assets(folder)
    digest = hashlib.sha256(body(assets, "ui.css").encode()).hexdigest()[:10]
    assert assets.url("ui.css") == f"/assets/ui.{digest}.css"


def test_a_changed_byte_changes_the_name_and_that_of_whoever_refers_to_it(folder: Path) -> None:
    before = Assets(folder)
    (folder / "fonts/a.woff2").write_bytes(b"fond")
    after = Assets(folder)
    changed = {name for name in before.urls if before.url(name) != after.url(name)}
    assert changed == {"fonts/a.woff2", "ui.css"}


def test_a_font_is_asked_for_under_the_name_that_a_preload_has(folder: Path) -> None:
    assets = Assets(folder)
    expected = FONT_FACE.replace("fonts/a.woff2", assets.url("fonts/a.woff2"))
    assert body(assets, "ui.css") == expected


def test_a_script_imports_another_by_the_name_it_is_served_under(folder: Path) -> None:
    assets = Assets(folder)
    assert f'from "{assets.url("lib/b.js")}"' in body(assets, "ui.js")


def test_a_reference_from_a_folder_is_read_as_a_browser_reads_it(folder: Path) -> None:
    (folder / "lib/c.css").write_text("i{background:url( ../fonts/a.woff2 )}", "utf-8")
    assets = Assets(folder)
    assert assets.url("fonts/a.woff2") in body(assets, "lib/c.css")


def test_what_is_drawn_inside_the_style_sheet_stays(folder: Path) -> None:
    (folder / "ui.css").write_text("i{fill:url(#a);background:url(data:image/gif,x)}", "utf-8")
    assert body(Assets(folder), "ui.css") == "i{fill:url(#a);background:url(data:image/gif,x)}"


@pytest.mark.parametrize("to", ["gone.woff2", "LICENSES.md", "../outside.css"])
def test_a_reference_to_what_is_not_served_is_refused(folder: Path, to: str) -> None:
    (folder / "ui.css").write_text(f"i{{background:url({to})}}", "utf-8")
    with pytest.raises(ValueError, match=re.escape(to)):
        Assets(folder)


def test_files_that_refer_to_each_other_are_refused(folder: Path) -> None:
    (folder / "lib/b.js").write_text('import "../ui.js"', "utf-8")
    with pytest.raises(ValueError, match="refers to itself"):
        Assets(folder)


def test_a_file_may_be_kept_for_a_year_by_everyone(folder: Path) -> None:
    assets = Assets(folder)
    answered = assets.answer(assets.url("ui.css"), "br, gzip")
    assert answered is not None
    content, headers = answered
    assert gzip.decompress(content).decode() == body(assets, "ui.css")
    assert headers == {
        "Content-Type": "text/css; charset=utf-8",
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
        "Content-Encoding": "gzip",
    }


def test_gzip_is_made_once(folder: Path) -> None:
    assets = Assets(folder)
    first, second = (assets.answer(assets.url("ui.css"), "gzip") for _ in range(2))
    assert first is not None
    assert second is not None
    assert first[0] is second[0]


def test_a_font_is_packed_already(folder: Path) -> None:
    assets = Assets(folder)
    answered = assets.answer(assets.url("fonts/a.woff2"), "gzip")
    assert answered is not None
    assert answered[0] == b"font"
    assert "Content-Encoding" not in answered[1]


@pytest.mark.parametrize(
    "path", ["/assets/ui.css", "/assets/../assets.py", "/assets/LICENSES.md", "/assets/", ""]
)
def test_any_other_request_finds_nothing(folder: Path, path: str) -> None:
    assert Assets(folder).answer(path, "gzip") is None


def test_a_way_round_to_a_file_finds_nothing(folder: Path) -> None:
    assets = Assets(folder)
    way_round = assets.url("ui.css").replace("/assets/", "/assets/fonts/../")
    assert assets.answer(way_round, "") is None


@pytest.mark.parametrize("name", ["gone.css", "LICENSES.md"])
def test_a_page_cannot_name_a_file_that_is_not_served(folder: Path, name: str) -> None:
    with pytest.raises(KeyError):
        Assets(folder).url(name)


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("br;q=1, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, br", False),
        ("br", False),
        ("", False),
    ],
)
def test_only_who_takes_gzip_is_given_it(header: str, takes: bool) -> None:
    assert takes_gzip(header) is takes


def test_the_suites_own_files_all_have_an_address() -> None:
    assets = Assets()
    names = {"icon.svg", "vendor/govuk.css", "vendor/govuk.js", "vendor/htmx.js"}
    assert names <= set(assets.urls)
    assert len([name for name in assets.urls if name.startswith("fonts/")]) == 2
