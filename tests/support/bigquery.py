"""A BigQuery emulator with its own folder, and the client that functions use."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from emulators.suite import credentials
from emulators.suite.environment import PROJECT
from emulators.suite.google_tools import ToolMissing
from emulators.suite.installs import bigquery as installed
from emulators.suite.places import State
from emulators.suite.servers import Servers
from tests.support.emulators import free_port, server


@contextmanager
def running(folder: Path) -> Iterator[Any]:
    """Yield a client of a fresh BigQuery, made as functions make it. Raises ToolMissing."""
    from google.cloud import bigquery

    if not installed.PYTHON.exists():
        raise ToolMissing("local-bigquery is missing: run emulators/setup.py")
    state = State(folder)
    ports = {"bigquery": free_port(), "bigquery_storage": free_port(), "tokens": free_port()}
    program = Servers(state, ports, {"STORAGE_EMULATOR_HOST": "http://127.0.0.1:1"}).program(
        "bigquery"
    )
    credentials.write(state.credentials, ports["tokens"])
    tokens = credentials.TokenEndpoint(ports["tokens"])
    tokens.start()
    variables = {
        "BIGQUERY_EMULATOR_HOST": f"http://127.0.0.1:{ports['bigquery']}",
        "GOOGLE_APPLICATION_CREDENTIALS": str(state.credentials),
        "GOOGLE_CLOUD_PROJECT": PROJECT,
    }
    try:
        with (
            server(program.command, program.ready, program.environment),
            patch.dict(os.environ, variables),
        ):
            client = bigquery.Client()
            yield client
            client.close()
    finally:
        tokens.stop()
