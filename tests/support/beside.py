"""A function once more, beside the running suite: set otherwise than the one all tests share."""

from collections.abc import Iterator
from contextlib import contextmanager

from emulators.suite import description, hosting
from emulators.suite.places import FUNCTIONS
from emulators.suite.ports import HOST
from tests.support.emulators import free_port, server


@contextmanager
def beside(name: str, **changes: str) -> Iterator[str]:
    """Yield where the function answers until the end of the block."""
    function, port = description.read(FUNCTIONS).functions[name], free_port()
    program = hosting.program(function, FUNCTIONS, port, changes)
    # The suite's own variables are in the environment of the tests.
    with server(program.command, program.ready, program.environment):
        yield f"http://{HOST}:{port}"
