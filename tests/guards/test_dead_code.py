"""Code that only tests use is dead, too: what runs must use it, or its reason stands here."""

import re

import pytest
from vulture import Vulture

from tests.guards.tree import ROOT
from tests.support.functions import SUITE

PATHS = ("shared", "functions", "emulators", "tests/load")
# Fields and enum members are data: what reads them is often not written in Python.
JUDGED = {"function", "method", "class", "property", "import", "unreachable_code"}
CALLED_BY_FRAMEWORKS = ["@*validator", "@*serializer", "@*.route", "@*.get", "@*.post", "@*.patch"]
# name: who calls it, where no code of ours does
CALLED_BY_OTHERS = {
    "do_*": "http.server",
    "log_message": "http.server",
    "log_request": "http.server",
    "ignore_aliases": "yaml",
    "get_translations": "wtforms",
    "gettext": "wtforms",
    "ngettext": "wtforms",
    **dict.fromkeys(SUITE["functions"], "the functions framework"),
}
# Imported for annotations that are texts, which the tool does not read.
# name: why the noun has it before anything that runs needs it
WHOLE_NOUNS = {
    "to_document": "the other half of from_document, for whoever publishes a changed programme",
    "is_active": "the word for what the unique index of standing visits says",
}
FOR_TYPES = ["GuestProtocol", "Script"]


def asked_by_pages() -> set[str]:
    """Return the names that templates ask things for."""
    pages = (ROOT / "shared").rglob("templates/**/*.html")
    return {name for page in pages for name in re.findall(r"\.(\w+)", page.read_text("utf-8"))}


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_nothing_is_there_that_nothing_uses(capsys: pytest.CaptureFixture[str]) -> None:
    names = [*CALLED_BY_OTHERS, *FOR_TYPES, *WHOLE_NOUNS, *asked_by_pages()]
    found = Vulture(ignore_names=names, ignore_decorators=CALLED_BY_FRAMEWORKS)
    found.scavenge([str(ROOT / path) for path in PATHS], exclude=["*/node_modules/*"])
    assert capsys.readouterr().err == ""
    unused = [
        f"{item.filename.relative_to(ROOT)}:{item.first_lineno} {item.typ} {item.name}"
        for item in found.get_unused_code(min_confidence=60)
        if item.typ in JUDGED
    ]
    if unused:
        pytest.fail("nothing but tests uses\n" + "\n".join(unused))
