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


class Gateway:
    """The gateway's doors: one for senders, the others to look inside and to make it misbehave."""

    def __init__(self, box: Box, token: str, inbound_url: str) -> None:
        self._box = box
        self._token = token
        self._inbound_url = inbound_url

    def application(self) -> Flask:
        """Return all doors."""
        app = Flask(__name__)
        app.add_url_rule("/sms.do", view_func=self.send, methods=["POST"])
        app.add_url_rule("/emulator/faults", view_func=self.faults, methods=["GET", "POST"])
        app.add_url_rule("/emulator/messages", view_func=self.messages, methods=["GET", "DELETE"])
        app.add_url_rule("/emulator/reply", view_func=self.reply, methods=["POST"])
        app.add_url_rule("/healthz", view_func=self.healthz)
        return app

    def send(self) -> Any:
        """Take a message, or behave as badly as asked."""
        faults = self._box.faults
        if faults.down:
            return Response("the gateway is down", 503)
        time.sleep(faults.latency_ms / 1000)
        if random.random() < faults.error_rate:
            return _error(999, "Internal system error")
        shown = request.headers.get("Authorization", "")
        if not hmac.compare_digest(shown, f"Bearer {self._token}"):
            return _error(101, "Authorization failed")
        answer = _sent(self._box, request.get_json() if request.is_json else request.form)
        if random.random() < faults.drop_rate:
            # The nasty case: the message is on its way, and nobody is told.
            request.environ["werkzeug.socket"].shutdown(SHUT_RDWR)
        return answer

    def faults(self) -> Any:
        """Show or change how badly the gateway behaves."""
        if request.method == "POST":
            try:
                self._box.faults = self._box.faults.changed(request.get_json())
            except TypeError:
                return Response("unknown fault", 400)
        return jsonify(vars(self._box.faults))

    def messages(self) -> Any:
        """Show or forget what was taken."""
        if request.method == "DELETE":
            return jsonify(deleted=self._box.empty())
        since = float(request.args.get("since", 0))
        found = self._box.messages(request.args.get("to"), request.args.get("idx"), since)
        return jsonify(count=len(found), messages=found)

    def reply(self) -> Any:
        """Reply as a person would; the suite's webhook hears of it."""
        said = request.get_json()
        fields = {"sms_from": said["from"], "sms_to": said["to"], "sms_text": said["text"]}
        answer = requests.post(self._inbound_url, data=fields, timeout=10)
        return jsonify(status=answer.status_code)

    def healthz(self) -> Any:
        """Tell whether the gateway is up."""
        return jsonify(status="down" if self._box.faults.down else "ok")


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
    app = Gateway(Box(asked.receipts_url), asked.token, asked.inbound_url).application()
    make_server(
        asked.host, asked.port, app, threaded=True, request_handler=_Handler
    ).serve_forever()


if __name__ == "__main__":
    main()
