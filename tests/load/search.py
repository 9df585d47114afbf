"""Search beside the bare framework: same gunicorn settings, same run, same caller (wrk)."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.load.suite import ROOT

HELLO = """
import functions_framework


@functions_framework.http
def hello(request):
    return "hello"
"""

# Each request another powiat, day range and page size: no two alike within the life of an answer.
VARIED = """
local powiaty = {%s}
local n = 0
math.randomseed(os.time() + 7)
request = function()
  n = n + 1
  local powiat = powiaty[math.random(#powiaty)]
  local path = "/v1/slots?powiat=" .. powiat .. "&dose=1&pageSize=" .. (10 + n %% 11)
    .. "&hourFrom=" .. string.format("%%02d:%%02d", 6 + n %% 3, n %% 60)
  return wrk.format("GET", path)
end
"""


@dataclass(frozen=True)
class Served:
    """What wrk measured."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    failed: int


@contextmanager
def functions_framework(source: Path, target: str, workers: int, threads: int) -> Iterator[str]:
    """Serve one function as production does, on a free port, for as long as the block lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).parent / "functions-framework"),
        *("--source", str(source), "--target", target, "--host", "127.0.0.1", "--port", str(port)),
    ]
    environment = os.environ | {
        "WORKERS": str(workers),
        "THREADS": str(threads),
        "PYTHONPATH": str(ROOT / "shared"),
        "RATE_LIMITS": "off",
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"no answer from {url}")


def wrk(url: str, seconds: int, connections: int, script: str | None = None) -> Served:
    """Ask as fast as answers come, over kept connections."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: apt-get install wrk")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write((script or "") + PERCENTILES)
        file.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--latency",
            "-s",
            file.name,
            url,
        ]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    p50, p95, p99 = map(float, re.findall(r"^MS (.*)$", said, re.MULTILINE)[0].split())
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    return Served(float(rate[1]) if rate else 0.0, p50, p95, p99, int(failed[1]) if failed else 0)


PERCENTILES = """
done = function(summary, latency, requests)
  io.write(string.format("MS %f %f %f\\n", latency:percentile(50) / 1000,
    latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end
"""


def compare(powiaty: list[str], seconds: int, workers: int, threads: int, connections: int) -> None:
    """Print requests/s of hello world, of a cached and of an uncached search, and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "main.py"
        source.write_text(HELLO)
        with functions_framework(source, "hello", workers, threads) as hello:
            wrk(f"{hello}/", 2, connections)
            bare = wrk(f"{hello}/", seconds, connections)
    with functions_framework(
        ROOT / "functions/search/main.py", "search", workers, threads
    ) as search:
        varied = VARIED % ", ".join(f'"{powiat}"' for powiat in powiaty)
        wrk(search, max(5, seconds // 2), connections, varied)
        cached = wrk(f"{search}/v1/slots?powiat={powiaty[0]}&dose=1", seconds, connections)
        fresh = wrk(search, seconds, connections, varied)
    print(f"gunicorn with {workers} worker(s) of {threads} threads, {connections} connections")
    print(f"{'':<12}{'req/s':>9}{'ratio':>8}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'failed':>8}")
    for name, served in (("hello world", bare), ("cached", cached), ("uncached", fresh)):
        print(
            f"{name:<12}{served.per_second:>9.0f}{served.per_second / bare.per_second:>8.2f}"
            f"{served.p50_ms:>9.2f}{served.p95_ms:>9.2f}{served.p99_ms:>9.2f}{served.failed:>8}"
        )
