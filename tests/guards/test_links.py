"""Documents' links lead somewhere, and every picture is shown."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.guards.tree import ROOT, files, text

LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
ELSEWHERE = re.compile(r"[a-z]+:")
DOCUMENTS = [file for file in files() if file.suffix == ".md"]
PICTURES = {ROOT / file for file in files() if file.suffix == ".png"}


def targets(document: Path) -> list[Path]:
    """Return what a document's links name in the tree."""
    found = LINK.findall(text(document))
    folder = (ROOT / document).parent
    return [(folder / unquote(one)).resolve() for one in found if not ELSEWHERE.match(one)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_lead_somewhere(document: Path) -> None:
    assert [target for target in targets(document) if not target.exists()] == []


def test_every_picture_is_shown() -> None:
    shown = {target for document in DOCUMENTS for target in targets(document)}
    assert {picture for picture in PICTURES if picture.parent.name == "pictures"} <= shown
