"""terraform/ as text: its blocks and what they say, for guards that run without terraform."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "terraform"
# A top-level block as terraform fmt leaves it: it ends with a brace in the first column.
BLOCK = re.compile(r'^(\w+)((?: "[^"]+")*) \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"(^|\s)#[^\n]*")


@dataclass(frozen=True, slots=True)
class Block:
    """A block: what it is, its labels, what stands in it."""

    kind: str
    labels: tuple[str, ...]
    body: str

    def says(self, argument: str) -> str:
        """Return a plain argument as it is written; nothing where it is not there."""
        found = re.search(rf"^  {argument}\s*= (.+)$", self.body, re.MULTILINE)
        return found[1].strip() if found else ""


@cache
def source(folder: Path = FOLDER) -> str:
    """Return all .tf files of a folder as one text."""
    return "\n".join(file.read_text("utf-8") for file in sorted(folder.glob("*.tf")))


@cache
def code(folder: Path = FOLDER) -> str:
    """Return the same without comments."""
    return COMMENT.sub("", source(folder))


def blocks(kind: str, folder: Path = FOLDER) -> Iterator[Block]:
    """Yield the blocks of a kind."""
    for found in BLOCK.finditer(source(folder)):
        if found[1] == kind:
            yield Block(kind, tuple(re.findall(r'"([^"]+)"', found[2])), found[3])


@cache
def local(name: str) -> str:
    """Return what is written for a name in a locals block. Raises LookupError."""
    for block in blocks("locals"):
        found = re.search(
            rf"^  {name}\s*= (.*?)(?=^  \w+\s*=|^  #|\Z)", block.body, re.DOTALL | re.MULTILINE
        )
        if found:
            return found[1]
    raise LookupError(name)


def variables_of(environment: str) -> Mapping[str, str]:
    """Return an environment's variables as they are written in its tfvars."""
    text = (FOLDER / f"environments/{environment}.tfvars").read_text("utf-8")
    found = re.finditer(r"^(\w+)\s*= (.*?)(?=^\w+\s*=|\Z)", text, re.DOTALL | re.MULTILINE)
    return {one[1]: COMMENT.sub("", one[2]).strip() for one in found}
