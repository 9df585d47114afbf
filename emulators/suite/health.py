"""Asks every function how it is."""

from collections.abc import Iterable, Mapping

from emulators.suite.description import Function
from emulators.suite.hosting import health
from emulators.suite.keeper import NotReady
from emulators.suite.probes import answers, wait_for

WITHIN_S = 60.0


def await_health(functions: Iterable[Function], ports: Mapping[str, int]) -> int:
    """Wait until GET /healthz of each answers 200; return how many. Raises NotReady."""
    asked = 0
    for function in functions:
        url = health(ports[function.name])
        if not wait_for(answers(url), timeout_s=WITHIN_S):
            raise NotReady(f"{function.name} is up but not well: see {url}")
        asked += 1
    return asked
