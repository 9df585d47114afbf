"""The Spanner emulator's process, where this machine can tell: how much memory it takes."""

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psutil import Process


def emulator_megabytes() -> int | None:
    """Return the resident memory of the emulator, None if it is not seen."""
    process = emulator_process()
    return int(process.memory_info().rss // 2**20) if process else None


def emulator_process() -> "Process | None":
    """Return the process that listens on SPANNER_EMULATOR_HOST, None if it is not seen."""
    import psutil

    port = os.environ.get("SPANNER_EMULATOR_HOST", "").rpartition(":")[2]
    with suppress(psutil.Error):
        for one in psutil.net_connections("tcp"):
            here = str(getattr(one.laddr, "port", "")) == port
            if here and one.pid and one.status == psutil.CONN_LISTEN:
                return psutil.Process(one.pid)
    return None
