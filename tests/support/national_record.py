"""The national record's stand-in as a server of its own, and the adapter that speaks to it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from pydantic import SecretStr

from emulators.suite.places import EMULATORS
from emulators.suite.probes import answers
from erejestracja.domain.immunization import immunization
from erejestracja.national_record.fhir_record import FhirRecord
from erejestracja.national_record.settings import RecordSettings, open_record
from tests.support.emulators import free_port, server
from tests.support.exports import a_pesel, a_vaccination

TOKEN = "a token for tests"


class Record:
    """A running record: how it is to behave, and what it keeps."""

    def __init__(self, url: str) -> None:
        self.url = url

    def adapter(self, **changes: Any) -> FhirRecord:
        """Return the adapter as a function opens it."""
        facts: dict[str, Any] = {
            "url": f"{self.url}/fhir",
            "token": SecretStr(TOKEN),
            "timeout_s": 1,
        }
        return open_record(RecordSettings(**(facts | changes)))

    def put(self, name: str, **changes: Any) -> str:
        """Send a version of a record with this id."""
        return self.adapter().put(immunization(a_vaccination(id=name, **changes), a_pesel()))

    def behave(self, **faults: Any) -> None:
        """Have it misbehave from here on."""
        requests.post(f"{self.url}/emulator/faults", json=faults, timeout=5).raise_for_status()

    def empty(self) -> None:
        """Have it forget everything, as a test that begins anew needs it."""
        requests.delete(f"{self.url}/emulator/immunizations", timeout=5).raise_for_status()

    def kept(self, name: str) -> list[dict[str, Any]]:
        """Return the versions it keeps of a record, the oldest first."""
        answer = requests.get(f"{self.url}/emulator/immunizations", {"id": name}, timeout=5)
        found: list[dict[str, Any]] = answer.json()["immunizations"]
        return found


@contextmanager
def running() -> Iterator[Record]:
    """Yield a record that runs until the end of the block."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(EMULATORS / "national_record/server.py"), "--port", str(port)]
    with server([*command, "--token", TOKEN], answers(f"{url}/healthz")):
        yield Record(url)
