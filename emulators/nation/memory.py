"""How much memory the Spanner emulator takes, where this machine can tell."""

import os
from contextlib import suppress


def emulator_megabytes() -> int | None:
    """Return the resident memory of the process behind SPANNER_EMULATOR_HOST, None if not seen."""
    import psutil

    port = os.environ.get("SPANNER_EMULATOR_HOST", "").rpartition(":")[2]
    with suppress(psutil.Error):
        for one in psutil.net_connections("tcp"):
            here = str(getattr(one.laddr, "port", "")) == port
            if here and one.pid and one.status == psutil.CONN_LISTEN:
                return int(psutil.Process(one.pid).memory_info().rss // 2**20)
    return None
