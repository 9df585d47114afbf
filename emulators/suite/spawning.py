"""Makes children end with the supervisor, however that ends."""

import shutil
from collections.abc import Sequence
from functools import cache


@cache
def _setpriv() -> str | None:
    return shutil.which("setpriv")


def dies_with_us(command: Sequence[str]) -> list[str]:
    """Return the command such that the system ends it when the thread that starts it ends.

    Where util-linux's setpriv is missing the command stays as it is: the next start then clears
    away what a killed supervisor left, see leftovers.py.
    """
    setpriv = _setpriv()
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else list(command)
