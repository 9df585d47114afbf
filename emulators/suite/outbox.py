"""How many events are committed and not yet in the archive."""

import os
from collections.abc import Mapping

from emulators.suite.ports import HOST
from emulators.suite.probes import listens

MOST = 1000


def depth(variables: Mapping[str, str]) -> int | None:
    """Return how many wait, at most a thousand; None where Spanner cannot tell."""
    port = variables["SPANNER_EMULATOR_HOST"].removeprefix(f"{HOST}:")
    # The client would wait for a server that is away much longer than anyone who asks.
    if not listens(int(port))():
        return None
    os.environ.update(variables)
    from google.api_core.exceptions import GoogleAPICallError

    from erejestracja.domain.errors import Overloaded
    from erejestracja.ports import Gone
    from erejestracja.storage.spanner.database import Keys, open_database

    try:
        waiting = open_database().read("Outbox", ("EventId",), Keys(everything=True), limit=MOST)
    except (GoogleAPICallError, Overloaded, Gone):
        return None
    return len(waiting)
