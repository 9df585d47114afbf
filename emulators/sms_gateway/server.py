"""Serve the gateway: POST /sms.do as SMSAPI has it, and doors to look inside and to misbehave."""

import argparse
import hmac
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "shared"))

import requests
from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from emulators.sms_gateway.box import Box, Message, shown
from emulators.sms_gateway.handsets import Handsets
from emulators.sms_gateway.receipts import Receipts
from erejestracja.domain.message import Encoding, size

SENDERS = {"", "e-Zdrowie", "Test", "2way"}
MOST_PARTS = 6
# What one part costs, in the points an account has.
POINTS = 0.16


class Gateway:
    """The gateway's doors: one for senders, the others to look inside and to make it misbehave."""

    def __init__(self, box: Box, token: str, receipts_url: str, inbound_url: str) -> None:
        self._box = box
        self._shown = f"Bearer {token}".encode()
        self._receipts_url = receipts_url
        self._handsets = Handsets(inbound_url)

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
        if self._box.hits(faults.error_rate):
            return _error(999, "Internal system error")
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), self._shown):
            return _error(101, "Authorization failed")
        if self._box.is_too_fast():
            return _error(203, "Too many requests")
        answer = self._taken(request.get_json() if request.is_json else request.form)
        if self._box.hits(faults.drop_rate):
            # The nasty case: the message is on its way, and nobody is told.
            request.environ["werkzeug.socket"].shutdown(SHUT_RDWR)
        return answer

    def faults(self) -> Any:
        """Show or change how badly the gateway behaves."""
        if request.method == "POST":
            try:
                self._box.behave(self._box.faults.changed(request.get_json(silent=True)))
            except ValueError as wrong:
                return Response(str(wrong), 400)
            print(f"from here on: {self._box.faults}", flush=True)
        return jsonify(self._box.faults)

    def messages(self) -> Any:
        """Show or forget what was taken; `limit=0` only counts."""
        if request.method == "DELETE":
            return jsonify(deleted=self._box.empty())
        asked = request.args
        to = asked.get("to")
        found = self._box.messages(
            to and _number(to), asked.get("idx"), asked.get("since", 0.0, type=float)
        )
        limit = asked.get("limit", len(found), type=int)
        return jsonify(count=len(found), messages=shown(found[:limit]))

    def reply(self) -> Any:
        """Write as a person would; the suite's webhook hears of it."""
        if not self._handsets.are_heard:
            return Response("nobody is to hear replies: see --inbound-url", 409)
        answers = self._handsets.write(request.get_json())
        return jsonify(status=answers[0], heard=set(answers) == {requests.codes.ok})

    def healthz(self) -> Any:
        """Tell whether the gateway is up."""
        return jsonify(status="down" if self._box.faults.down else "ok")

    def _taken(self, fields: Mapping[str, Any]) -> Any:
        to = _number(str(fields.get("to", "")))
        text, sender = str(fields.get("message", "")), str(fields.get("from", ""))
        measured = size(text)
        unicode_refused = fields.get("nounicode") == "1" and measured.encoding is not Encoding.GSM7
        if not text or measured.segments > MOST_PARTS or unicode_refused:
            return _error(11, "The message is too long or empty, or has letters it must not have")
        if not re.fullmatch(r"48\d{9}", to):
            return _error(13, "Lack of valid phone numbers")
        if sender not in SENDERS:
            return _error(14, "Wrong sender field")
        message = Message(to, text, sender, fields.get("idx"), measured.segments)
        url = str(fields.get("notify_url") or self._receipts_url)
        taken = self._box.take(message, url, unique=fields.get("check_idx") == "1")
        if taken is None:
            return _error(53, "Not unique idx parameter")
        sent: dict[str, Any] = {
            "id": taken.id,
            "number": to,
            "status": "QUEUE",
            "idx": taken.idx,
            "error": None,
        }
        sent |= {"parts": taken.parts, "points": round(POINTS * taken.parts, 2)}
        sent |= {"date_sent": int(taken.at)}
        return jsonify(count=1, list=[sent])


def _number(given: str) -> str:
    return re.sub(r"^\+?(48)?", "48", given.replace(" ", ""))


def _error(code: int, message: str) -> Any:
    """Return an error as SMSAPI does: HTTP 200 and a number."""
    return jsonify(error=code, message=message)


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, *_: Any) -> None:
        """Say nothing: addresses hold phone numbers."""


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="sms_gateway", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9600)
    parser.add_argument("--token", required=True, help="the bearer token senders must have")
    parser.add_argument("--receipts-url", default="", help="told what became of a message")
    parser.add_argument("--inbound-url", default="", help="told what people reply")
    asked = parser.parse_args()
    gateway = Gateway(Box(Receipts()), asked.token, asked.receipts_url, asked.inbound_url)
    make_server(
        asked.host, asked.port, gateway.application(), threaded=True, request_handler=_Handler
    ).serve_forever()


if __name__ == "__main__":
    main()
