"""What the one who started the suite gets to read."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO


class Step:
    """A thing being done; `result` is told when it is."""

    def __init__(self) -> None:
        self.result = ""


class Narrator(Protocol):
    """Tells what happens."""

    def say(self, text: str) -> None:
        """Tell something."""
        ...

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Tell what is done and, when it is, its result and how long it took."""
        ...


class Silent:
    """For tests: remembers what it would have told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def say(self, text: str) -> None:
        """Remember."""
        self.told.append(text)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Remember the title."""
        self.told.append(title)
        yield Step()


class Lines:
    """One line for each thing that is done; bold and with marks on a terminal."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._terminal = out.isatty()

    def say(self, text: str) -> None:
        """Write a line."""
        with self._lock:
            self._out.write(f"{text}\n")
            self._out.flush()

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Write a line when the step is done, or that it failed."""
        step = Step()
        start = time.monotonic()
        try:
            yield step
        except BaseException:
            self.say(f"  {self._mark('x', 31)} {title}")
            raise
        seconds = time.monotonic() - start
        self.say(f"  {self._mark('✓', 32)} {title:<22} {seconds:5.1f} s  {step.result}".rstrip())

    def _mark(self, sign: str, colour: int) -> str:
        return f"\x1b[{colour}m{sign}\x1b[0m" if self._terminal else sign
