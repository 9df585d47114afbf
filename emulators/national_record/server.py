"""Serve the record: PUT /fhir/Immunization/{id} as FHIR R4 has it, and doors to misbehave."""

import argparse
import hmac
import sys
import time
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "shared"))

import orjson
from fhir.resources.R4B.immunization import Immunization
from flask import Flask, Response, request
from pydantic import ValidationError
from werkzeug.serving import WSGIRequestHandler, make_server

from emulators.national_record.faults import Faults
from emulators.national_record.shelf import Document, Kept, NewerThere, Shelf
from erejestracja.domain.immunization import NPWZ, PESEL
from erejestracja.domain.pesel import InvalidPesel, Pesel

FHIR_JSON = "application/fhir+json"
JSON = "application/json"
STATUSES = ("completed", "entered-in-error", "not-done")


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """A document is not taken; its text is the business code."""


class Record:
    """The record's doors: one for senders, the others to look inside and to make it misbehave."""

    def __init__(self, shelf: Shelf, token: str) -> None:
        self._shelf = shelf
        self._shown = f"Bearer {token}".encode()

    def application(self) -> Flask:
        """Return all doors."""
        app = Flask(__name__)
        app.add_url_rule("/fhir/Immunization/<name>", view_func=self.put, methods=["PUT"])
        app.add_url_rule("/fhir/Immunization/<name>", view_func=self.read)
        app.add_url_rule("/emulator/faults", view_func=self.faults, methods=["GET", "POST"])
        app.add_url_rule(
            "/emulator/immunizations", view_func=self.immunizations, methods=["GET", "DELETE"]
        )
        app.add_url_rule("/healthz", view_func=self.healthz)
        return app

    def put(self, name: str) -> Response:
        """Keep a document, or behave as badly as asked."""
        if trouble := self._trouble():
            return trouble
        faults = self._shelf.faults
        try:
            document = _read(request.get_data(), name)
            _check(document, faults)
            kept, new = self._shelf.put(document, int(document["meta"]["versionId"]))
        except Refused as refused:
            return _outcome(422, "business-rule", str(refused))
        except NewerThere:
            return _outcome(409, "conflict", "newer-version")
        if self._shelf.hits(faults.drop_rate):
            # The nasty case: the document is kept, and nobody is told.
            request.environ["werkzeug.socket"].shutdown(SHUT_RDWR)
        return _answer(kept, 201 if new else 200)

    def read(self, name: str) -> Response:
        """Show a document as it stands."""
        if trouble := self._trouble():
            return trouble
        versions = self._shelf.versions(name)
        return _answer(versions[-1], 200) if versions else _outcome(404, "not-found", "unknown-id")

    def faults(self) -> Response:
        """Show or change how badly the record behaves."""
        if request.method == "POST":
            try:
                self._shelf.behave(self._shelf.faults.changed(request.get_json(silent=True)))
            except ValueError as wrong:
                return Response(str(wrong), 400)
            print(f"from here on: {self._shelf.faults}", flush=True)
        return _json(self._shelf.faults)

    def immunizations(self) -> Response:
        """Show or forget what is kept; with `id`, all versions of one; `limit=0` only counts."""
        if request.method == "DELETE":
            return _json({"deleted": self._shelf.empty()})
        name = request.args.get("id")
        found = self._shelf.versions(name) if name else self._shelf.newest()
        limit = request.args.get("limit", len(found), type=int)
        return _json({"count": len(found), "immunizations": found[:limit]})

    def healthz(self) -> Response:
        """Tell whether the record is up."""
        return _json({"status": "down" if self._shelf.faults.down else "ok"})

    def _trouble(self) -> Response | None:
        faults: Faults = self._shelf.faults
        if faults.down:
            return Response("the record is down", 503)
        time.sleep(faults.latency_ms / 1000)
        if self._shelf.hits(faults.error_rate):
            return _outcome(500, "exception", "internal-error")
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), self._shown):
            return _outcome(401, "login", "token-refused")
        return None


def _read(body: bytes, name: str) -> Document:
    """Return a document that is valid FHIR, under its own id. Raises Refused."""
    try:
        Immunization.model_validate_json(body)
        document: Document = orjson.loads(body)
        int(document["meta"]["versionId"])
        # The library lets these two pass, which FHIR does not.
        whole = document["status"] in STATUSES and document["vaccineCode"]["coding"]
    except (ValidationError, ValueError, KeyError, TypeError):
        raise Refused("invalid-document") from None
    if not whole or document["id"] != name:
        raise Refused("invalid-document")
    return document


def _check(document: Document, faults: Faults) -> None:
    """Refuse what the country does not want, or whatever comes, if so asked. Raises Refused."""
    if faults.refuse:
        raise Refused(faults.refuse)
    try:
        identifier = document["patient"]["identifier"]
        performer = document["performer"][0]["actor"]["identifier"]
        protocol = document["protocolApplied"][0]
        dose, doses = protocol["doseNumberPositiveInt"], protocol.get("seriesDosesPositiveInt")
    except (KeyError, IndexError, TypeError):
        raise Refused("invalid-document") from None
    if identifier["system"] != PESEL or not _is_pesel(str(identifier["value"])):
        raise Refused("unknown-patient")
    if performer["system"] != NPWZ:
        raise Refused("unknown-performer")
    if doses is not None and dose > doses:
        raise Refused("dose-inconsistent")


def _is_pesel(text: str) -> bool:
    try:
        Pesel.parse(text)
    except InvalidPesel:
        return False
    return True


def _answer(kept: Kept, status: int) -> Response:
    answer = Response(orjson.dumps(kept.document), status, content_type=FHIR_JSON)
    answer.headers["ETag"] = f'W/"{kept.version}"'
    return answer


def _outcome(status: int, kind: str, code: str) -> Response:
    coding = {"system": "urn:national-record:refusal", "code": code}
    issue = {"severity": "error", "code": kind, "details": {"coding": [coding]}}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    return Response(orjson.dumps(outcome), status, content_type=FHIR_JSON)


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), content_type=JSON)


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, *_: Any) -> None:
        """Say nothing: a nation's doses fill a disk."""


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="national_record", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9650)
    parser.add_argument("--token", required=True, help="the bearer token senders must have")
    asked = parser.parse_args()
    record = Record(Shelf(), asked.token)
    make_server(
        asked.host, asked.port, record.application(), threaded=True, request_handler=_Handler
    ).serve_forever()


if __name__ == "__main__":
    main()
