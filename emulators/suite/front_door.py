"""The front door: nginx on one address before all public functions, as the load balancer is."""

import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from emulators.suite.description import Function
from emulators.suite.google_tools import ToolMissing
from emulators.suite.installs.front_door import nginx
from emulators.suite.places import State
from emulators.suite.ports import HOST, Ports
from emulators.suite.probes import answers
from emulators.suite.programs import Program

FRAME = """\
{user}daemon off;
worker_processes {workers};
error_log stderr warn;
pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  server_tokens off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_timeout 75s;
  keepalive_requests 100000;
  client_max_body_size 1m;
  client_header_timeout 15s;
  client_body_timeout 15s;
  send_timeout 30s;
  default_type application/problem+json;

  # A caller's request id is kept when it is a plain short one.
  map $http_x_request_id $known_id {{
    "~^[A-Za-z0-9._-]{{1,64}}$" $http_x_request_id;
    default $request_id;
  }}
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $http_host;
  proxy_set_header X-Request-Id $known_id;
  # What a caller wrote there himself is dropped: one hop, and it is ours.
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_connect_timeout 2s;
  proxy_send_timeout 30s;
  proxy_read_timeout 65s;
  # nginx asks again only where a kept connection turned out dead, and then never a POST.
  proxy_next_upstream error;
{upstreams}
  server {{
    listen {host}:{port} backlog=2048;
    error_page 400 414 494 /_malformed;
    error_page 413 =400 /_too_large;
    error_page 502 503 504 =503 /_overloaded;
{locations}
    location = /healthz {{
      default_type application/json;
      return 200 '{{"status":"ok"}}';
    }}
    location = /_malformed {{
      internal;
      add_header X-Request-Id $known_id always;
      add_header Content-Language pl always;
      return 400 '{malformed}';
    }}
    location = /_too_large {{
      internal;
      add_header X-Request-Id $known_id always;
      add_header Content-Language pl always;
      return 400 '{too_large}';
    }}
    location = /_overloaded {{
      internal;
      add_header X-Request-Id $known_id always;
      add_header Content-Language pl always;
      add_header Retry-After 1 always;
      return 503 '{overloaded}';
    }}
  }}
}}
"""

# gunicorn closes a connection that was idle for 2 s; nginx has let go of it by then.
UPSTREAM = """
  upstream {name} {{
    server {host}:{port} max_fails=0;
    keepalive 64;
    keepalive_timeout 1s;
    keepalive_requests 100000;
  }}
"""
LOCATION = """\
    location {pattern} {{ proxy_pass http://{name}; }}
"""
# Where no function takes what the others do not.
NOWHERE = """\
    location / {{
      add_header X-Request-Id $known_id always;
      add_header Content-Language pl always;
      return 404 '{not_found}';
    }}
"""


def configuration(functions: Iterable[Function], ports: Ports, folder: Path, workers: int) -> str:
    """Return nginx's configuration: the longest route wins."""
    public = [function for function in functions if function.public]
    routes = [(route, function.name) for function in public for route in function.routes]
    routes.sort(key=lambda pair: len(pair[0]), reverse=True)
    upstreams = (UPSTREAM.format(name=f.name, host=HOST, port=ports[f.name]) for f in public)
    locations = [LOCATION.format(pattern=matching(route), name=name) for route, name in routes]
    if "/" not in dict(routes):
        not_found = _problem("not_found", 404, "Nie ma takiej strony ani zasobu", retry=False)
        locations.append(NOWHERE.format(not_found=not_found))
    return FRAME.format(
        # Started by root, its workers would become somebody who may not enter the checkout.
        user="user root;\n" if os.geteuid() == 0 else "",
        workers=workers,
        folder=folder,
        host=HOST,
        port=ports["front_door"],
        upstreams="".join(upstreams),
        locations="".join(locations),
        malformed=_problem("invalid_request", 400, "Zapytanie jest nieprawidłowe", retry=False),
        too_large=_problem("invalid_request", 400, "Zapytanie jest za duże", retry=False),
        overloaded=_problem("overloaded", 503, "Spróbuj ponownie za chwilę", retry=True),
    )


def matching(route: str) -> str:
    """Return the pattern of a route: whole segments; a custom method belongs to what it is on.

    A `{name}` in it is any one segment. `/` alone has all that no other route has.
    """
    if route == "/":
        return "/"
    literals = (re.escape(part) for part in re.split(r"{\w+}", route))
    return f'~ "^{"[^/]+".join(literals)}(?:[/:]|$)"'


def _problem(code: str, status: int, title: str, *, retry: bool) -> str:
    document = {
        "type": f"urn:erejestracja:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": f"{title}.",
        "retry": retry,
        "requestId": "$known_id",
        **({"retryAfter": 1} if retry else {}),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def program(functions: Sequence[Function], state: State, ports: Ports, workers: int = 1) -> Program:
    """Return the front door's process. Raises ToolMissing."""
    binary = nginx()
    if binary is None:
        raise ToolMissing("nginx is missing: run emulators/setup.py")
    folder = state.front_door
    file = folder / "nginx.conf"

    def prepare() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        text = configuration(functions, ports, folder, workers)
        file.write_text(text, encoding="utf-8")

    command = [str(binary), "-p", str(folder), "-e", "stderr", "-c", str(file)]
    port = ports["front_door"]
    ready = answers(f"http://{HOST}:{port}/healthz")
    return Program("front_door", command, ready, port, grace_s=3, prepare=prepare)
