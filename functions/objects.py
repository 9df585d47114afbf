"""Objects of a bucket that are written once: bundles, plans and the records of releases."""

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class OtherContent(Exception):  # noqa: N818 - it reads as what happened
    """An object of that name is there already and is not the same."""


class Objects:
    """A bucket in which nothing is ever overwritten."""

    def __init__(self, bucket: Any) -> None:
        self._bucket = bucket

    def put(self, name: str, content: bytes) -> bool:
        """Write an object; return False where the very same is there already.

        Safe to run again and beside another build. Raises OtherContent.
        """
        from google.api_core.exceptions import PreconditionFailed

        try:
            self._bucket.blob(name).upload_from_string(
                content, content_type="application/octet-stream", if_generation_match=0
            )
        except PreconditionFailed:
            there = self._bucket.get_blob(name)
            if there is None or there.md5_hash != md5(content):
                raise OtherContent(f"{name} is there already, with other content") from None
            return False
        return True

    def get(self, name: str) -> bytes:
        """Return an object's content. Raises LookupError."""
        from google.api_core.exceptions import NotFound

        try:
            content: bytes = self._bucket.blob(name).download_as_bytes()
        except NotFound:
            raise LookupError(f"{self._bucket.name} has no {name}") from None
        return content

    def names(self, prefix: str) -> list[str]:
        """Return the names that start with a prefix, sorted."""
        return sorted(blob.name for blob in self._bucket.list_blobs(prefix=prefix))

    def put_files(self, prefix: str, files: Iterable[Path]) -> list[str]:
        """Write files below a prefix; return the names that were not there yet."""
        found = [(f"{prefix}{file.name}", file.read_bytes()) for file in files]
        return [name for name, content in found if self.put(name, content)]


def md5(content: bytes) -> str:
    """Return what Cloud Storage says of an object to compare it by; nobody is to be fooled here."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def open_bucket(name: str) -> Objects:
    """Return a bucket, by the credentials of the build."""
    from google.cloud import storage

    return Objects(storage.Client().bucket(name))
