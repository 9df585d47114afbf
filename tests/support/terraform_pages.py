"""Write the tables of terraform/README.md: what the tree takes and gives.

python -m tests.support.terraform_pages
"""

import re
from collections.abc import Iterator

from tests.support.terraform_text import FOLDER, Block, blocks

README = FOLDER / "README.md"
OPENS, CLOSES = "<!-- inputs and outputs -->\n", "<!-- end -->"
DEFAULT = re.compile(r"^  default\s*= (.*?)(?=^  \w+\s*=|^  \w+ \{|\Z)", re.MULTILINE | re.DOTALL)


def page() -> str:
    """Return README.md as it should be. Raises ValueError where it marks no place for tables."""
    before, opens, rest = README.read_text("utf-8").partition(OPENS)
    _, closes, after = rest.partition(CLOSES)
    if not (opens and closes):
        raise ValueError(f"terraform/README.md has no {OPENS.strip()} … {CLOSES}")
    return before + OPENS + "\n".join(tables()) + "\n" + closes + after


def tables() -> Iterator[str]:
    """Yield the lines of both tables."""
    yield from ("## Inputs", "", "| variable | where none is given | is |", "|---|---|---|")
    yield from (
        f"| `{block.labels[0]}` | {default(block)} | {said(block)} |"
        for block in blocks("variable")
    )
    yield from ("", "## Outputs", "", "| output | is |", "|---|---|")
    yield from (f"| `{block.labels[0]}` | {said(block)} |" for block in blocks("output"))


def default(block: Block) -> str:
    """Return a variable's default as one line."""
    found = DEFAULT.search(block.body)
    return f"`{' '.join(found[1].split())}`" if found else "required"


def said(block: Block) -> str:
    """Return a block's description."""
    return block.says("description").strip('"')


if __name__ == "__main__":
    README.write_text(page(), "utf-8")
