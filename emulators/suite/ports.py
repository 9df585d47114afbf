"""Which port each process listens on: the usual one, or a free one where that is taken."""

import random
import socket
from collections.abc import Callable, Collection, Iterable

HOST = "127.0.0.1"
FIRST_FUNCTION = 8100
# BigQuery's second port serves the Storage API; `tokens` answers google.auth, see credentials.py.
USUAL = {
    "front_door": 8080,
    "spanner": 9010,
    "pubsub": 8085,
    "firestore": 8086,
    "redis": 16379,
    "bigquery": 9050,
    "bigquery_storage": 9060,
    "storage": 9023,
    "openid": 9400,
    "sms_gateway": 9600,
    "national_record": 9650,
    "tokens": 9700,
}

# Below the range from which the system takes ports for outgoing connections: one of those could
# sit on a server's port just when it is to be restarted.
FREE = range(18_000, 32_000)
TRIES = 100

Ports = dict[str, int]


def choose(
    functions: Iterable[str],
    *,
    usual: bool = True,
    external: Collection[str] = (),
    say: Callable[[str], None] = lambda _: None,
) -> Ports:
    """Return a port for each server and function; says where it is not the usual one.

    `external` servers are not ours to start: they are where they usually are.
    """
    wanted = dict(USUAL)
    wanted |= {name: FIRST_FUNCTION + n for n, name in enumerate(functions)}
    # All are held until each has one, so that no free port is given away twice.
    held: list[socket.socket] = []
    chosen: Ports = {}
    try:
        for name, port in wanted.items():
            if name.removesuffix("_storage") in external:
                chosen[name] = port
                continue
            bound = _bind(port) if usual else None
            bound = bound or _bind_free()
            held.append(bound)
            chosen[name] = bound.getsockname()[1]
            if usual and chosen[name] != port:
                say(f"port {port} is taken by another program: {name} is on {chosen[name]}")
    finally:
        for bound in held:
            bound.close()
    return chosen


def _bind_free() -> socket.socket:
    for _ in range(TRIES):
        bound = _bind(random.choice(FREE))
        if bound:
            return bound
    raise OSError(f"no free port found on {HOST}")


def _bind(port: int) -> socket.socket | None:
    bound = socket.socket()
    # A port whose last connections are still winding down is free for our servers, too.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
        bound.listen(1)
    except OSError:
        bound.close()
        return None
    return bound
