"""The programmes' documents as published, version by version: the truth behind the live copy."""

from typing import Any

import orjson

from erejestracja.domain.ids import ProgrammeId
from erejestracja.storage.spanner.database import Batch, Database, Keys
from erejestracja.storage.spanner.rows import json_text


class ProgrammeDocuments:
    """Rows of table Programmes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self) -> dict[ProgrammeId, tuple[int, dict[str, Any]]]:
        """Return each programme's newest version and document."""
        columns = ("Programme", "Version", "Document")
        rows = self._database.read("Programmes", columns, Keys(everything=True))
        newest: dict[ProgrammeId, tuple[int, dict[str, Any]]] = {}
        for programme, version, document in sorted(rows, key=lambda row: (row[0], row[1])):
            plain = orjson.loads(document) if isinstance(document, str) else dict(document)
            newest[ProgrammeId(programme)] = (version, plain)
        return newest

    def publish(self, programme: ProgrammeId, version: int, document: dict[str, Any]) -> None:
        """Store a new version. Raises Clash when another took that number."""
        from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

        def fill(batch: Batch) -> None:
            batch.insert(
                "Programmes",
                Programme=programme,
                Version=version,
                Document=json_text(document),
                PublishedAt=COMMIT_TIMESTAMP,
            )

        self._database.commit(fill)
