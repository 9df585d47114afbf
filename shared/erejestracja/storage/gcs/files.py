"""Files in a bucket of Cloud Storage: read a line at a time, however large they are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from erejestracja.domain.delimited import LONGEST_LINE
from erejestracja.domain.file import File
from erejestracja.ports import FileGone
from erejestracja.storage.gcs.settings import ImportSettings

BLOCK = 1 << 20
TIMEOUT_S = 20.0
# What Cloud Storage joins in one call.
JOINED_AT_ONCE = 32
CSV = "text/csv; charset=utf-8"

__all__ = ["BucketFiles", "ImportSettings", "open_files"]


class BucketFiles:
    """Port Files over a bucket; `client` is the official one."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._bucket = client.bucket(bucket)

    def lines(self, file: File, offset: int = 0) -> Iterator[tuple[bytes, int]]:
        """Yield each line from an offset on, cut where it is far too long, and where it ends."""
        blob = self._bucket.blob(file.name, generation=file.generation)
        with _gone_if_missing(), blob.open("rb", chunk_size=BLOCK, timeout=TIMEOUT_S) as stream:
            stream.seek(offset)
            pending, end = b"", offset
            while block := stream.read(BLOCK):
                *whole, rest = block.split(b"\n")
                for piece in whole:
                    end += len(piece) + 1
                    yield (pending + piece)[: LONGEST_LINE + 1], end
                    pending = b""
                end += len(rest)
                pending = (pending + rest)[: LONGEST_LINE + 1]
            if pending:
                yield pending, end

    def write(self, name: str, text: str) -> None:
        """Store a text as UTF-8, over what is there."""
        blob = self._bucket.blob(name)
        blob.upload_from_string(text.encode(), CSV, timeout=TIMEOUT_S)

    def join(self, name: str, parts: Sequence[str]) -> None:
        """Make one object of many, over what is there; by rounds, as few are joined at once."""
        names, level = list(parts), 0
        while len(names) > JOINED_AT_ONCE:
            groups = [names[i : i + JOINED_AT_ONCE] for i in range(0, len(names), JOINED_AT_ONCE)]
            names = [f"{group[0]}.{level}" for group in groups]
            for whole, group in zip(names, groups, strict=True):
                self._compose(whole, group)
            level += 1
        self._compose(name, names)

    def _compose(self, name: str, parts: Sequence[str]) -> None:
        blob = self._bucket.blob(name)
        blob.content_type = CSV
        blob.compose([self._bucket.blob(part) for part in parts], timeout=TIMEOUT_S)


@contextmanager
def _gone_if_missing() -> Iterator[None]:
    from google.api_core.exceptions import NotFound

    try:
        yield
    except NotFound:
        raise FileGone from None


def open_files(settings: ImportSettings) -> BucketFiles:
    """Return the bucket of imports."""
    from google.cloud import storage

    return BucketFiles(storage.Client(), settings.bucket)
