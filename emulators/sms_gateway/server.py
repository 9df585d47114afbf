"""Serve the gateway: POST /sms.do as SMSAPI has it, and doors to look inside and to misbehave."""

import argparse
import hmac
import random
import re
import sys
import time
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "shared"))

import requests
from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from emulators.sms_gateway.box import Box
from erejestracja.domain.message import Encoding, size

SENDERS = {"", "e-Zdrowie", "Test"}
MOST_PARTS = 6


def application(token: str, receipts_url: str, inbound_url: str) -> Flask:
    """Return the gateway."""
    app, box = Flask(__name__), Box(receipts_url)

    @app.post("/sms.do")
    def send() -> Any:
        if box.faults.down:
            return Response("the gateway is down", 503)
        time.sleep(box.faults.latency_ms / 1000)
        if random.random() < box.faults.error_rate:
            return _error(999, "Internal system error")
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {token}"):
            return _error(101, "Authorization failed")
        fields = request.get_json() if request.is_json else request.form
        answer = _sent(box, fields)
        if random.random() < box.faults.drop_rate:
            # The nasty case: the message is on its way, and nobody is told.
            request.environ["werkzeug.socket"].shutdown(SHUT_RDWR)
        return answer

    @app.route("/emulator/faults", methods=["GET", "POST"])
    def faults() -> Any:
        if request.method == "POST":
            try:
                box.faults = box.faults.changed(request.get_json())
            except TypeError:
                return Response("unknown fault", 400)
        return jsonify(vars(box.faults))

    @app.route("/emulator/messages", methods=["GET", "DELETE"])
    def messages() -> Any:
        if request.method == "DELETE":
            return jsonify(deleted=box.empty())
        since = float(request.args.get("since", 0))
        found = box.messages(request.args.get("to"), request.args.get("idx"), since)
        return jsonify(count=len(found), messages=found)

    @app.post("/emulator/reply")
    def reply() -> Any:
        said = request.get_json()
        fields = {"sms_from": said["from"], "sms_to": said["to"], "sms_text": said["text"]}
        answer = requests.post(inbound_url, data=fields, timeout=10)
        return jsonify(status=answer.status_code)

    @app.get("/healthz")
    def healthz() -> Any:
        return jsonify(status="down" if box.faults.down else "ok")

    return app


def _sent(box: Box, fields: Any) -> Any:
    to = re.sub(r"^\+?(48)?", "48", str(fields.get("to", "")).replace(" ", ""))
    message = str(fields.get("message", ""))
    measured = size(message)
    unicode_refused = fields.get("nounicode") == "1" and measured.encoding is not Encoding.GSM7
    if not message or measured.segments > MOST_PARTS or unicode_refused:
        return _error(11, "The message is too long or empty, or has letters it must not have")
    if not re.fullmatch(r"48\d{9}", to):
        return _error(13, "Lack of valid phone numbers")
    if fields.get("from", "") not in SENDERS:
        return _error(14, "Wrong sender field")
    unique = fields.get("check_idx") == "1"
    taken = box.take(to, message, fields.get("idx"), measured.segments, unique=unique)
    if taken is None:
        return _error(53, "Not unique idx parameter")
    sent = {"id": taken.id, "number": to, "status": "QUEUE", "idx": taken.idx, "parts": taken.parts}
    return jsonify(count=1, list=[sent | {"error": None}])


def _error(code: int, message: str) -> Any:
    """Return an error as SMSAPI does: HTTP 200 and a number."""
    return jsonify(error=code, message=message)


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Say nothing: addresses hold phone numbers."""


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="sms_gateway", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9600)
    parser.add_argument("--token", required=True, help="the bearer token senders must have")
    parser.add_argument("--receipts-url", required=True, help="told what became of a message")
    parser.add_argument("--inbound-url", default="", help="told what people reply")
    asked = parser.parse_args()
    app = application(asked.token, asked.receipts_url, asked.inbound_url)
    make_server(
        asked.host, asked.port, app, threaded=True, request_handler=_Handler
    ).serve_forever()


if __name__ == "__main__":
    main()
