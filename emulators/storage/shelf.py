"""Buckets and objects on disk; a crash leaves whole objects only."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import google_crc32c


class Missing(Exception):  # noqa: N818
    """There is no such bucket or object."""


class Refused(Exception):  # noqa: N818
    """A precondition does not hold (412), or the request is wrong; `status` says which."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Shelf:
    """What is stored: one folder per bucket, one data and one metadata file per object."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._last = 0
        folder.mkdir(parents=True, exist_ok=True)

    def make_bucket(self, name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Make a bucket. Raises Refused when it is there."""
        with self._lock:
            if (self._folder / name / "bucket.json").exists():
                raise Refused(409, "conflict")
            return self.put_bucket(name, {"location": "EUROPE-CENTRAL2", **facts, "name": name})

    def put_bucket(self, name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Store what a bucket is."""
        stored = {"kind": "storage#bucket", "id": name, "storageClass": "STANDARD", **facts}
        (self._folder / name).mkdir(exist_ok=True)
        _write(self._folder / name / "bucket.json", json.dumps(stored).encode())
        return stored

    def bucket(self, name: str) -> dict[str, Any]:
        """Return what a bucket is. Raises Missing."""
        try:
            found: dict[str, Any] = json.loads((self._folder / name / "bucket.json").read_bytes())
        except (OSError, ValueError):
            raise Missing(name) from None
        return found

    def buckets(self) -> list[dict[str, Any]]:
        """Return all buckets."""
        return [
            json.loads(file.read_bytes()) for file in sorted(self._folder.glob("*/bucket.json"))
        ]

    def drop_bucket(self, name: str) -> None:
        """Delete an empty bucket."""
        with self._lock:
            self.bucket(name)
            if next(self.objects(name), None):
                raise Refused(409, "notEmpty")
            (self._folder / name / "bucket.json").unlink()

    def put(
        self, bucket: str, name: str, data: bytes, facts: Mapping[str, Any], when: Mapping[str, int]
    ) -> dict[str, Any]:
        """Store an object as a new generation, if the preconditions hold and its sums agree."""
        sums = checksums(data)
        for kind, value in sums.items():
            if facts.get(kind, value) != value:
                raise Refused(400, f"{kind} does not match")
        with self._lock:
            self.bucket(bucket)
            check(self._current(bucket, name), when)
            self._last = max(self._last + 1, time.time_ns() // 1000)
            meta = {
                "kind": "storage#object",
                "contentType": "application/octet-stream",
                **facts,
                **sums,
                "bucket": bucket,
                "name": name,
                "size": str(len(data)),
                "generation": str(self._last),
                "metageneration": "1",
                "etag": f"{self._last}",
                "id": f"{bucket}/{name}/{self._last}",
                "timeCreated": _now(),
                "updated": _now(),
            }
            file = self._file(bucket, name)
            _write(file.with_suffix(".data"), data)
            _write(file.with_suffix(".json"), json.dumps(meta).encode())
            return meta

    def patch(
        self, bucket: str, name: str, facts: Mapping[str, Any], when: Mapping[str, int]
    ) -> dict[str, Any]:
        """Change an object's metadata."""
        with self._lock:
            meta = self.meta(bucket, name, when)
            number = str(int(meta["metageneration"]) + 1)
            meta |= {**facts, "metageneration": number, "updated": _now()}
            _write(self._file(bucket, name).with_suffix(".json"), json.dumps(meta).encode())
            return meta

    def meta(self, bucket: str, name: str, when: Mapping[str, int]) -> dict[str, Any]:
        """Return an object's metadata. Raises Missing or Refused."""
        self.bucket(bucket)
        found = self._current(bucket, name)
        if found is None:
            raise Missing(name)
        check(found, when)
        return found

    def data(self, bucket: str, name: str) -> bytes:
        """Return an object's bytes."""
        return self._file(bucket, name).with_suffix(".data").read_bytes()

    def drop(self, bucket: str, name: str, when: Mapping[str, int]) -> dict[str, Any]:
        """Delete an object; return what it was."""
        with self._lock:
            meta = self.meta(bucket, name, when)
            self._file(bucket, name).with_suffix(".json").unlink()
            self._file(bucket, name).with_suffix(".data").unlink()
            return meta

    def objects(self, bucket: str) -> Iterator[dict[str, Any]]:
        """Yield objects by name."""
        files = (self._folder / bucket).glob("o-*.json")
        for _, file in sorted((unquote(file.stem[2:]), file) for file in files):
            yield json.loads(file.read_bytes())

    def _current(self, bucket: str, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads(
                self._file(bucket, name).with_suffix(".json").read_bytes()
            )
        except OSError:
            return None
        return found

    def _file(self, bucket: str, name: str) -> Path:
        return self._folder / bucket / f"o-{quote(name, safe='').replace('.', '%2E')}"


def checksums(data: bytes) -> dict[str, str]:
    """Return the two sums that Cloud Storage keeps, in its own spelling."""
    crc = google_crc32c.value(data).to_bytes(4, "big")
    md5 = hashlib.md5(data, usedforsecurity=False).digest()
    return {
        "crc32c": base64.b64encode(crc).decode(),
        "md5Hash": base64.b64encode(md5).decode(),
    }


def check(meta: Mapping[str, Any] | None, when: Mapping[str, int]) -> None:
    """Hold an object (0: none) against preconditions. Raises Refused with 412."""
    generation = int(meta["generation"]) if meta else 0
    change = int(meta["metageneration"]) if meta else 0
    holds = {
        "ifGenerationMatch": lambda wanted: generation == wanted,
        "ifGenerationNotMatch": lambda wanted: generation != wanted,
        "ifMetagenerationMatch": lambda wanted: change == wanted,
        "ifMetagenerationNotMatch": lambda wanted: change != wanted,
    }
    if any(not holds[name](wanted) for name, wanted in when.items()):
        raise Refused(412, "conditionNotMet")


def _write(file: Path, data: bytes) -> None:
    new = file.with_name(f"{file.name}.{threading.get_ident()}.new")
    new.write_bytes(data)
    new.replace(file)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
