"""Calls the scheduled functions, as Cloud Scheduler does: over HTTP, and never twice at once."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping

from emulators.suite.description import Function
from emulators.suite.ports import HOST
from emulators.suite.probes import call

TIMEOUT_S = 60.0


class Scheduler:
    """One thread for each scheduled function. Says when one begins to fail, and when it is over."""

    def __init__(
        self,
        functions: Iterable[Function],
        ports: Mapping[str, int],
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._say = say
        self._failing: set[str] = set()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._run,
                args=(f"http://{HOST}:{ports[function.name]}/", function),
                name=f"schedule-{function.name}",
                daemon=True,
            )
            for function in functions
            if function.trigger == "schedule"
        ]

    def start(self) -> None:
        """Begin to call."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Call no more; a call under way ends with its function."""
        self._stopping.set()

    def _run(self, url: str, function: Function) -> None:
        due = time.monotonic()
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            self._call(url, function.name)
            # A call that took longer than the period is followed by a full pause, not by a rush.
            due = max(due + function.seconds, time.monotonic())

    def _call(self, url: str, name: str) -> None:
        try:
            call("POST", url, {}, timeout_s=TIMEOUT_S)
        except OSError as error:
            if name not in self._failing and not self._stopping.is_set():
                self._failing.add(name)
                self._say(f"  scheduled calls of {name} fail ({error}); see its log")
        else:
            if name in self._failing:
                self._failing.discard(name)
                self._say(f"  scheduled calls of {name} work again")
