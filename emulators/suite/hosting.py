"""Functions under functions-framework, each a gunicorn of its own, as Cloud Run runs them."""

from collections.abc import Mapping
from pathlib import Path

from emulators.suite.description import Function
from emulators.suite.places import ROOT, VENV_PYTHON
from emulators.suite.ports import HOST
from emulators.suite.probes import listens
from emulators.suite.programs import Program


def program(
    function: Function, folder: Path, port: int, variables: Mapping[str, str], workers: int = 1
) -> Program:
    """Return the process that hosts a function.

    It is ready when it accepts connections; whether it is well, its /healthz says.
    """
    command = [str(VENV_PYTHON), "-m", "functions_framework", "--target", function.name]
    source = folder / function.name / "main.py"
    command += ["--source", str(source)]
    command += ["--signature-type", "http", "--host", HOST, "--port", str(port)]
    environment = {
        **variables,
        "PYTHONPATH": str(ROOT / "shared"),
        # As Cloud Run has them.
        "K_SERVICE": function.name,
        "FUNCTION_TARGET": function.name,
        "WORKERS": str(workers),
        "THREADS": str(function.threads),
    }
    return Program(
        function.name,
        command,
        listens(port),
        port,
        environment,
        source,
        health=health(port),
        grace_s=5,
    )


def health(port: int) -> str:
    """Return where a function tells how it is."""
    return f"http://{HOST}:{port}/healthz"
