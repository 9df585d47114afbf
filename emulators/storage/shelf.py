"""Buckets and objects on disk; a crash leaves whole objects only, the old or the new.

An object's bytes carry their generation in the file name and are there before the metadata that
names them; renaming the metadata into place is the moment it changes.
"""

import hashlib
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emulators.storage.conditions import Conditions, hold
from emulators.storage.exchange import Refused

Meta = dict[str, Any]
Change = Callable[[Meta], Meta]
# What only Cloud Storage itself says of an object or a bucket.
OWN = frozenset(
    (
        *("kind", "id", "name", "bucket", "selfLink", "mediaLink", "projectNumber", "etag"),
        *("generation", "metageneration", "timeCreated", "updated"),
        *("size", "crc32c", "md5Hash", "componentCount"),
    )
)


class Shelf:
    """What is stored: one folder per bucket, metadata also in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._generation = 0
        self._buckets: dict[str, Meta] = {}
        self._objects: dict[str, dict[str, Meta]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for file in folder.glob("*/bucket.json"):
            self._load(file)

    def make_bucket(self, name: str, facts: Meta) -> Meta:
        """Make a bucket. Raises Refused (409) when it is there."""
        with self._lock:
            if name in self._buckets:
                raise Refused(409, "conflict", f"bucket {name} is there")
            known = {"location": "US", "locationType": "region", "storageClass": "STANDARD"}
            own = {"kind": "storage#bucket", "id": name, "name": name, "timeCreated": now()}
            (self._folder / name).mkdir(exist_ok=True)
            self._objects[name] = {}
            return self._keep_bucket(known | facts | own, 1)

    def change_bucket(self, name: str, change: Change, conditions: Conditions) -> Meta:
        """Change what a caller may say of a bucket. Raises Refused (404, 412)."""
        with self._lock:
            old = self.bucket(name, conditions)
            return self._keep_bucket(_changed(old, change), int(old["metageneration"]) + 1)

    def bucket(self, name: str, conditions: Conditions = ()) -> Meta:
        """Return what a bucket is. Raises Refused (404, 412)."""
        if (found := self._buckets.get(name)) is None:
            raise Refused(404, "notFound", f"no bucket {name}")
        hold(conditions, 0, int(found["metageneration"]))
        return dict(found)

    def buckets(self) -> list[Meta]:
        """Return all buckets by name."""
        return [dict(found) for _, found in sorted(self._buckets.items())]

    def drop_bucket(self, name: str, conditions: Conditions) -> None:
        """Delete an empty bucket. Raises Refused (409) when it is not."""
        with self._lock:
            self.bucket(name, conditions)
            if self._objects[name]:
                raise Refused(409, "conflict", "the bucket is not empty")
            del self._buckets[name], self._objects[name]
            shutil.rmtree(self._folder / name)

    def put(
        self, bucket: str, name: str, data: bytes, facts: Meta, conditions: Conditions
    ) -> tuple[Meta, Meta | None]:
        """Store an object as a new generation; return it and what it replaced."""
        if not name or len(name.encode()) > 1024:  # noqa: PLR2004 - Cloud Storage's own limit
            raise Refused(400, "invalid", "an object's name has 1 to 1024 bytes")
        with self._lock:
            self.bucket(bucket)
            old = self._objects[bucket].get(name)
            hold(conditions, *numbers(old))
            self._generation = max(self._generation + 1, time.time_ns() // 1000)
            meta = facts | {
                "kind": "storage#object",
                "bucket": bucket,
                "name": name,
                "id": f"{bucket}/{name}/{self._generation}",
                "size": str(len(data)),
                "generation": str(self._generation),
                "timeCreated": now(),
            }
            _write(self._data_file(meta), data)
            kept = self._keep(meta, 1)
            if old:
                self._data_file(old).unlink(missing_ok=True)
            return kept, old

    def change(self, bucket: str, name: str, change: Change, conditions: Conditions) -> Meta:
        """Change what a caller may say of an object. Raises Refused (404, 412)."""
        with self._lock:
            old = self.meta(bucket, name, conditions)
            return self._keep(_changed(old, change), int(old["metageneration"]) + 1)

    def meta(self, bucket: str, name: str, conditions: Conditions = ()) -> Meta:
        """Return an object's metadata. Raises Refused (404, 412)."""
        self.bucket(bucket)
        if (found := self._objects[bucket].get(name)) is None:
            raise Refused(404, "notFound", f"no such object in {bucket}")
        hold(conditions, *numbers(found))
        return dict(found)

    def read(self, bucket: str, name: str, conditions: Conditions = ()) -> tuple[Meta, bytes]:
        """Return an object's metadata and its bytes, of one generation."""
        with self._lock:
            meta = self.meta(bucket, name, conditions)
            file = self._data_file(meta).open("rb")
        with file:
            return meta, file.read()

    def drop(self, bucket: str, name: str, conditions: Conditions) -> Meta:
        """Delete an object; return what it was. Raises Refused (404, 412)."""
        with self._lock:
            meta = self.meta(bucket, name, conditions)
            del self._objects[bucket][name]
            self._meta_file(meta).unlink(missing_ok=True)
            self._data_file(meta).unlink(missing_ok=True)
            return meta

    def objects(self, bucket: str) -> Iterator[Meta]:
        """Yield objects by name, as Cloud Storage orders them: by their UTF-8 bytes."""
        self.bucket(bucket)
        with self._lock:
            found = list(self._objects[bucket].items())
        for _, meta in sorted(found, key=lambda one: one[0].encode()):
            yield dict(meta)

    def _load(self, file: Path) -> None:
        name = file.parent.name
        self._buckets[name] = json.loads(file.read_bytes())
        metas = [json.loads(one.read_bytes()) for one in file.parent.glob("o-*.json")]
        self._objects[name] = {one["name"]: one for one in metas if self._data_file(one).exists()}
        wanted = {self._data_file(one) for one in self._objects[name].values()}
        for left in {*file.parent.glob("*.data"), *file.parent.glob("*.new")} - wanted:
            left.unlink()
        self._generation = max([self._generation, *(int(one["generation"]) for one in metas)])

    def _keep_bucket(self, meta: Meta, number: int) -> Meta:
        stored = meta | {"metageneration": str(number), "updated": now(), "etag": f"B{number}"}
        _write(self._folder / stored["name"] / "bucket.json", json.dumps(stored).encode())
        self._buckets[stored["name"]] = stored
        return dict(stored)

    def _keep(self, meta: Meta, number: int) -> Meta:
        known = {"contentType": "application/octet-stream", "storageClass": "STANDARD"}
        etag = f"{meta['generation']}.{number}"
        stored = known | meta | {"metageneration": str(number), "updated": now(), "etag": etag}
        _write(self._meta_file(stored), json.dumps(stored).encode())
        self._objects[stored["bucket"]][stored["name"]] = stored
        return dict(stored)

    def _meta_file(self, meta: Mapping[str, str]) -> Path:
        # Names are longer than a file's may be, and hold what a file's must not.
        digest = hashlib.sha256(meta["name"].encode()).hexdigest()[:40]
        return self._folder / meta["bucket"] / f"o-{digest}.json"

    def _data_file(self, meta: Mapping[str, str]) -> Path:
        file = self._meta_file(meta)
        return file.with_name(f"{file.stem}.{meta['generation']}.data")


def writable(facts: Meta) -> Meta:
    """Return what a caller may say; the rest is only repeated from an earlier answer."""
    return {name: value for name, value in facts.items() if name not in OWN and value is not None}


def _changed(old: Meta, change: Change) -> Meta:
    own = {name: value for name, value in old.items() if name in OWN}
    return writable(change(old)) | own


def numbers(meta: Mapping[str, str] | None) -> tuple[int, int]:
    """Return generation and metageneration; zeros where there is no object."""
    return (int(meta["generation"]), int(meta["metageneration"])) if meta else (0, 0)


def now() -> str:
    """Return the time as Cloud Storage writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write(file: Path, data: bytes) -> None:
    new = file.with_name(f"{file.name}.{threading.get_ident()}.new")
    new.write_bytes(data)
    new.replace(file)
