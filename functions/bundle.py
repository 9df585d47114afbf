"""Cut the suite into one zip per function, byte-identical for the same content.

    python functions/bundle.py [--out dist] [--only booking search]

A zip holds the function's folder and the package beside it, and is named by its own hash, so that
what did not change is not deployed again. Prints {function: path} as JSON, and writes the map that
terraform deploys by beside the zips (bundles.tfvars.json).
"""

import argparse
import hashlib
import io
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

ROOT = Path(__file__).resolve().parents[1]
# The earliest a zip can say; the time of a build is no part of what is built.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
READABLE = 0o100644 << 16
LEFT_OUT = {"__pycache__", "tests", "README.md"}
MAP = "bundles.tfvars.json"


def functions(root: Path) -> list[str]:
    """Return the names of all functions, sorted."""
    return sorted(main.parent.name for main in (root / "functions").glob("*/main.py"))


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield what of a folder goes into a bundle, with its name there."""
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and not hidden and LEFT_OUT.isdisjoint(parts):
            yield "/".join(parts), path


def bundle(root: Path, name: str) -> bytes:
    """Return the zip of one function. Raises ValueError where folder and package share a name."""
    inside = dict(files(root / "functions" / name))
    for entry, path in files(root / "shared"):
        if entry in inside:
            raise ValueError(f"{entry} is both in functions/{name} and in shared")
        inside[entry] = path
    written = io.BytesIO()
    with ZipFile(written, "w") as archive:
        for entry in sorted(inside):
            info = ZipInfo(entry, FIXED_TIME)
            # Packed, the bytes would depend on the version of the packer that a machine has.
            info.compress_type = ZIP_STORED
            info.create_system = 3  # Unix, wherever it is built: the bits below are Unix's
            info.external_attr = READABLE
            archive.writestr(info, inside[entry].read_bytes())
    return written.getvalue()


def write(root: Path, out: Path, names: list[str]) -> dict[str, str]:
    """Write bundles and their map; return each function's path."""
    out.mkdir(parents=True, exist_ok=True)
    paths: dict[str, str] = {}
    entries: dict[str, dict[str, str]] = {}
    for name in names:
        content = bundle(root, name)
        digest = hashlib.sha256(content).hexdigest()
        path = out / f"{name}-{digest[:16]}.zip"
        path.write_bytes(content)
        paths[name] = str(path)
        entries[name] = {"object": path.name, "sha256": digest}
    (out / MAP).write_text(map_text(entries), "utf-8")
    return paths


def map_text(entries: Mapping[str, Mapping[str, str]]) -> str:
    """Return the map of bundles as terraform reads it: for each function an object and its hash."""
    return json.dumps({"bundles": entries}, indent=2, sort_keys=True) + "\n"


def main() -> None:
    """Write what the command line asks for."""
    known = functions(ROOT)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("dist"), help="folder to write to")
    parser.add_argument("--only", nargs="+", choices=known, default=known, metavar="NAME")
    asked = parser.parse_args()
    sys.stdout.write(json.dumps(write(ROOT, asked.out, asked.only), indent=2) + "\n")


if __name__ == "__main__":
    main()
