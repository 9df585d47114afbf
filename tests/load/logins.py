"""Logins beside the bare framework, by the CPU each takes: a code becomes a session.

The provider is a stand-in that hands out ID tokens signed beforehand, in a process of its own, so
that what is measured is ours: the exchange, the token's proof, and the session in Redis.
"""

import json
import multiprocessing
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import psutil
from joserfc import jwt
from joserfc.jwk import RSAKey

from erejestracja.auth.identity import Begun
from erejestracja.auth.openid import half_hash
from erejestracja.auth.sign_in import SealedSignIns, UnderWay
from tests.load.search import HELLO, functions_framework, wrk
from tests.load.suite import ROOT, cpu_seconds
from tests.support.exports import a_pesel

LIFE_S = 3600
# Each login another code, state and nonce; a second round of them is as much work as the first.
SCRIPT = """
local n = 0
local logins = {%s}
request = function()
  n = n %% #logins + 1
  local one = logins[n]
  return wrk.format("GET", "/auth/callback?code=" .. one[1] .. "&state=" .. one[2], {
    ["Cookie"] = "__Host-sign-in=" .. one[3]
  })
end
"""
# The same function, but that codes are worth their tokens without asking: what is left is the proof
# of the token, and the session made.
UNASKED = """
import json
from pathlib import Path
from runpy import run_path

from erejestracja.auth.openid import OpenId

ANSWERS = json.loads(Path({answers!r}).read_text())
OpenId._exchange = lambda self, begun, code: ANSWERS[code]
identity = run_path({main!r})["identity"]
"""


@dataclass(frozen=True)
class Login:
    """What the browser brings back, and the token that its code is worth."""

    code: str
    begun: Begun
    token: str


class Provider:
    """Tokens for codes, and the key that proves them."""

    def __init__(self, logins: int, client: str) -> None:
        self._key = RSAKey.generate_key(2048, parameters={"kid": "load", "use": "sig"})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._access = secrets.token_urlsafe(32)
        self.logins = [self._login(client) for _ in range(logins)]

    def _login(self, client: str) -> Login:
        now, pesel = int(time.time()), a_pesel()
        begun = Begun("", *(secrets.token_urlsafe(32) for _ in range(3)))
        claims: dict[str, Any] = {
            "iss": self.address,
            "aud": client,
            "sub": f"load-{begun.state[:8]}",
            "sid": begun.state,
            "iat": now,
            "exp": now + LIFE_S,
            "nonce": begun.nonce,
            "at_hash": half_hash(self._access),
            "roles": ["patient"],
            "pesel": str(pesel),
            "birthdate": pesel.birth_date.isoformat(),
            "given_name": "Żaneta",
            "family_name": "Przykładowa",
            "acr": "http://eidas.europa.eu/LoA/substantial",
            "amr": ["pwd", "otp"],
        }
        token = jwt.encode({"alg": "RS256", "kid": "load"}, claims, self._key)
        return Login(secrets.token_urlsafe(16), begun, token)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Answer from another process for as long as the block lasts."""
        process = multiprocessing.get_context("fork").Process(target=self._serve, daemon=True)
        process.start()
        try:
            yield
        finally:
            process.terminate()
            process.join()
            self._server.server_close()

    def answers(self) -> dict[str, dict[str, Any]]:
        """Return what each code is worth."""
        answer = {"access_token": self._access, "token_type": "Bearer", "expires_in": LIFE_S}
        return {one.code: answer | {"id_token": one.token} for one in self.logins}

    def _serve(self) -> None:
        keys = json.dumps({"keys": [self._key.as_dict(private=False)]}).encode()
        answers = {code: json.dumps(answer).encode() for code, answer in self.answers().items()}

        class Answers(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One write an answer: a body sent apart waits for the caller's acknowledgement.
            wbufsize = -1

            def do_GET(self) -> None:
                self._say(keys)

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self._say(answers[form["code"][0]])

            def _say(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return None

        self._server.RequestHandlerClass = Answers
        self._server.serve_forever()


def compare(logins: int, seconds: int, threads: int, connections: int) -> bool:
    """Print what one core bears of hello world and of logins; return whether all were let in."""
    provider = Provider(logins, os.environ.get("OIDC_CLIENT_ID", "erejestracja-web"))
    os.environ |= {
        "OIDC_ISSUER": provider.address,
        "OIDC_JWKS_URL": f"{provider.address}/jwks",
        "OIDC_TOKEN_URL": f"{provider.address}/token",
    }
    main, script = ROOT / "functions/identity/main.py", _script(provider.logins)
    print(f"one worker of {threads} threads, {connections} connections, {logins} logins in turn")
    with tempfile.TemporaryDirectory() as folder, provider.serving():
        hello, unasked, answers = (Path(folder) / name for name in ("h.py", "u.py", "answers.json"))
        hello.write_text(HELLO)
        answers.write_text(json.dumps(provider.answers()))
        unasked.write_text(UNASKED.format(answers=str(answers), main=str(main)))
        rows: dict[str, tuple[Path, str, str | None]] = {
            "hello world": (hello, "hello", None),
            "token verified, session made": (unasked, "identity", script),
            "and the code exchanged before": (main, "identity", script),
        }
        bare, refused = 0.0, 0
        for name, (source, target, asked) in rows.items():
            with functions_framework(source, target, 1, threads) as server:
                found, failed = _per_core(server, seconds, connections, asked)
            bare, refused = bare or found, refused + failed
            print(f"{name:30} {found:>8.0f} a second and core: {found / bare:.2f}", flush=True)
    print(f"{'not let in':30} {refused:>8}")
    return refused == 0


def _per_core(url: str, seconds: int, connections: int, script: str | None) -> tuple[float, int]:
    """Return answers by second of CPU, and how many were refusals."""
    wrk(f"{url}/", 2, connections, script)
    [server] = (one for one in psutil.Process().children() if "functions-framework" in _line(one))
    before = cpu_seconds(server)
    served = wrk(f"{url}/", seconds, connections, script)
    return served.per_second * seconds / (cpu_seconds(server) - before), served.failed


def _line(process: psutil.Process) -> str:
    return " ".join(process.cmdline())


def _script(logins: list[Login]) -> str:
    sealed = SealedSignIns(os.environ["WEB_KEY"])
    rows = (
        f'{{"{one.code}", "{one.begun.state}", "{sealed.seal(UnderWay(one.begun, "/", False))}"}}'
        for one in logins
    )
    return SCRIPT % ",\n".join(rows)
