"""The files a browser keeps: each is named by its bytes, so that it can be kept for a year."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from posixpath import normpath

STATIC = Path(__file__).with_name("static")
BASE = "/assets/"
# What is not of these (a licence, a lock) is for readers of the repository, not for browsers.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
PACKED_ALREADY = {".woff2"}
REFERENCES = {
    ".css": re.compile(r"""(?P<before>url\(\s*["']?)(?P<to>[^"')#:]+)(?P<after>["']?\s*\))"""),
    ".js": re.compile(r"""(?P<before>\b(?:from|import)\s*["'])(?P<to>\.[^"']+)(?P<after>["'])"""),
}
KEPT = "public, max-age=31536000, immutable"
HASH_DIGITS = 10


@dataclass(frozen=True)
class Asset:
    """A file as it is served: its bytes, and what kind of file it is."""

    content: bytes
    suffix: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:HASH_DIGITS]

    @cached_property
    def packed(self) -> bytes:
        """The bytes in gzip, made when first asked for."""
        return gzip.compress(self.content, mtime=0)


class Assets:
    """All browser files of a folder, read once, with every reference under its one address."""

    def __init__(self, folder: Path = STATIC) -> None:
        self.folder = folder
        self.urls: dict[str, str] = {}
        self.served: dict[str, Asset] = {}
        found = sorted(file for file in folder.rglob("*") if file.suffix in TYPES)
        self.names = [file.relative_to(folder).as_posix() for file in found]
        for name in self.names:
            self._add(name, ())

    def url(self, name: str) -> str:
        """Return the address of a file, as `ui.css`. Raises KeyError for one that is not there."""
        return self.urls[name]

    def answer(self, path: str, accept_encoding: str) -> tuple[bytes, dict[str, str]] | None:
        """Return the body and headers for an address; nothing for one that names no file."""
        asset = self.served.get(path)
        if asset is None:
            return None
        headers = {"Content-Type": TYPES[asset.suffix], "Cache-Control": KEPT}
        if asset.suffix in PACKED_ALREADY:
            return asset.content, headers
        headers["Vary"] = "Accept-Encoding"
        if not takes_gzip(accept_encoding):
            return asset.content, headers
        return asset.packed, headers | {"Content-Encoding": "gzip"}

    def _add(self, name: str, asking: tuple[str, ...]) -> str:
        """Read a file after those it refers to; return its address."""
        if name in asking:
            raise ValueError(f"{name} refers to itself, by {' and '.join(asking)}")
        if name not in self.urls:
            path = PurePosixPath(name)
            asset = Asset(self._rewritten(name, (*asking, name)), path.suffix)
            url = f"{BASE}{path.with_suffix(f'.{asset.digest}{path.suffix}')}"
            self.urls[name], self.served[url] = url, asset
        return self.urls[name]

    def _rewritten(self, name: str, asking: tuple[str, ...]) -> bytes:
        """Return a file's bytes, with what it refers to under the names that are served."""
        content = (self.folder / name).read_bytes()
        path = PurePosixPath(name)
        if path.suffix not in REFERENCES:
            return content

        def served(found: re.Match[str]) -> str:
            to = normpath(str(path.parent / found["to"].strip()))
            if to not in self.names:
                raise ValueError(f"{name} refers to {found['to']}, which is not served")
            return found["before"] + self._add(to, asking) + found["after"]

        return REFERENCES[path.suffix].sub(served, content.decode()).encode()


def takes_gzip(accept_encoding: str) -> bool:
    """Say whether a browser takes gzip; `gzip;q=0` refuses it."""
    for offered in accept_encoding.lower().split(","):
        coding, _, weight = offered.partition(";")
        if coding.strip() == "gzip":
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False
