"""Counts the calls a piece of code makes to Spanner, as they go over the wire."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

WATCHED = (
    "begin_transaction",
    "commit",
    "execute_batch_dml",
    "execute_sql",
    "execute_streaming_sql",
    "read",
    "rollback",
    "streaming_read",
)


@contextmanager
def calls_to_spanner() -> Iterator[list[str]]:
    """Yield a list that fills with the name of each call, retries of aborted commits included."""
    from google.cloud.spanner_v1.services.spanner.client import SpannerClient

    made: list[str] = []

    def watched(name: str) -> Any:
        real = getattr(SpannerClient, name)

        def call(client: Any, *args: Any, **kwargs: Any) -> Any:
            made.append(name)
            return real(client, *args, **kwargs)

        return call

    patches = [patch.object(SpannerClient, name, watched(name)) for name in WATCHED]
    for one in patches:
        one.start()
    try:
        yield made
    finally:
        for one in patches:
            one.stop()
