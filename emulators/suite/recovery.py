"""Makes again what a server lost when it ended: most emulators keep everything in memory."""

import threading
import time
from typing import TYPE_CHECKING

from emulators.suite.provision import Provisioner, ProvisionFailed

if TYPE_CHECKING:
    from emulators.suite.suite import Suite

TRIES = 5
PAUSE_S = 0.5


class Recovery:
    """Knows what to make after which server's return."""

    def __init__(self, suite: "Suite", provisioner: Provisioner) -> None:
        self._suite = suite
        self._make = {
            "pubsub": provisioner.pubsub,
            "storage": provisioner.storage,
            "bigquery": provisioner.bigquery,
            "spanner": self._spanner,
        }
        self._provisioner = provisioner
        self._stopping = threading.Event()
        # One after the other: two servers that end together need each other's parts.
        self._one_at_a_time = threading.Lock()

    def stop(self) -> None:
        """Make nothing any more."""
        self._stopping.set()

    def came_back(self, name: str) -> None:
        """Make what this server's clients expect; Redis and Firestore are filled by them."""
        make = self._make.get(name)
        if make is None:
            return
        say = self._suite.narrator.say
        with self._one_at_a_time:
            for _ in range(TRIES):
                if self._stopping.is_set():
                    return
                try:
                    say(f"  made again for {name}: {make()}")
                except ProvisionFailed as failure:
                    say(f"  {name}: {failure}")
                    time.sleep(PAUSE_S)
                else:
                    return

    def _spanner(self) -> str:
        """Start from a fresh nation: with Spanner, all that was decided is lost."""
        done = self._provisioner.spanner()
        self._suite.fill_spanner()
        for function in self._suite.parts.functions:
            # Their sessions were the lost database's.
            if function.name in self._suite.processes:
                self._suite.processes[function.name].restart()
        return f"{done}; all bookings are lost, the nation was loaded anew"
