"""A browser package is taken only when it is the very one that the lock pins."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from functions import vendor

REGISTRY = "https://registry.invalid"


def packed(text: str) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        entry = tarfile.TarInfo("package/dist/a.js")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text.encode()))
    return written.getvalue()


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> bytes:
    content = packed("a()")
    dist = {"tarball": f"{REGISTRY}/a.tgz", "integrity": vendor.integrity(content)}
    held = {
        f"{REGISTRY}/a/1.0.0": json.dumps({"dist": dist}).encode(),
        f"{REGISTRY}/a.tgz": content,
    }
    monkeypatch.setattr(vendor, "fetched", held.__getitem__)
    return content


def test_a_package_that_is_what_the_lock_says_is_taken(published: bytes, tmp_path: Path) -> None:
    pin = {"version": "1.0.0", "integrity": vendor.integrity(published)}
    folder = vendor.unpack(vendor.package(REGISTRY, "a", pin), tmp_path)
    assert (folder / "dist/a.js").read_text("utf-8") == "a()"


@pytest.mark.usefixtures("published")
def test_a_package_with_other_bytes_is_refused() -> None:
    pin = {"version": "1.0.0", "integrity": vendor.integrity(packed("b()"))}
    with pytest.raises(ValueError, match=r"a 1\.0\.0 is not what the lock says"):
        vendor.package(REGISTRY, "a", pin)


def test_a_new_version_is_pinned_to_the_hash_it_came_with(published: bytes) -> None:
    lock: dict[str, Any] = {"packages": {"a": {"version": "0.9", "integrity": "sha512-old"}}}
    lock["tools"] = {}
    vendor.take(lock, "a@1.0.0")
    vendor.package(REGISTRY, "a", lock["packages"]["a"])
    pin = {"version": "1.0.0", "integrity": vendor.integrity(published)}
    assert lock["packages"]["a"] == pin


def test_a_new_version_of_a_tool_leaves_the_packages_alone() -> None:
    lock = {"packages": {"a": {"version": "1.0.0"}}, "tools": {"sass": "1.0.0"}}
    vendor.take(lock, "sass@1.1.0")
    assert lock == {"packages": {"a": {"version": "1.0.0"}}, "tools": {"sass": "1.1.0"}}


def test_a_package_that_is_not_used_cannot_be_taken() -> None:
    with pytest.raises(ValueError, match="left-pad@1 is none of"):
        vendor.take({"packages": {}, "tools": {}}, "left-pad@1")


def test_nothing_is_fetched_in_the_clear() -> None:
    with pytest.raises(ValueError, match="over https only"):
        vendor.fetched("http://registry.invalid/a")
