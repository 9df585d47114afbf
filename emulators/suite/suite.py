"""The whole suite, or chosen parts of it, from start to stop."""

import contextlib
import fcntl
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from emulators.suite import (
    credentials,
    description,
    environment,
    front_door,
    hosting,
    leftovers,
    parts,
    ports,
)
from emulators.suite.health import await_health
from emulators.suite.keeper import NotReady
from emulators.suite.narration import Narrator, Silent
from emulators.suite.nation import Nation
from emulators.suite.places import FUNCTIONS, INSTALLED, State
from emulators.suite.probes import answers, listens, wait_for
from emulators.suite.processes import Processes
from emulators.suite.programs import Program
from emulators.suite.provision import Provisioner
from emulators.suite.recovery import Recovery
from emulators.suite.scheduler import Scheduler
from emulators.suite.servers import Servers, empty_redis, export_firestore

EXTERNAL_WITHIN_S = 30.0
WARM_WITHIN_S = 10.0


class AlreadyRunning(Exception):  # noqa: N818 - it reads as what happened
    """Another supervisor holds this state folder."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How to run. `only` names servers and functions; what those need comes with them."""

    only: tuple[str, ...] = ()
    # Servers that somebody else runs, at their usual ports: see compose.yaml.
    external: tuple[str, ...] = ()
    functions: Path = FUNCTIONS
    free_ports: bool = False
    keep: bool = False
    # Without it servers are started empty, which takes a fraction of a second.
    provision: bool = True
    nation: Nation | None = None
    workers: int = 1


class Suite:
    """A running suite. As a context manager: what was started is stopped, however it ends."""

    def __init__(
        self,
        choices: Choices | None = None,
        *,
        state: Path = INSTALLED,
        narrator: Narrator | None = None,
    ) -> None:
        self.choices = choices or Choices()
        self.state = State(state.resolve())
        self.narrator = narrator or Silent()
        described = description.read(self.choices.functions)
        self.parts = parts.choose(described, self.choices.only)
        self.ports: ports.Ports = {}
        self.variables: environment.Variables = {}
        self.processes: Processes
        self._stack = ExitStack()
        self._recovery: Recovery | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def has_begun(self) -> bool:
        """Whether anything was started."""
        return bool(self.ports)

    @property
    def public_url(self) -> str:
        """Where the front door is."""
        return self.variables["PUBLIC_URL"]

    def start(self) -> None:
        """Bring everything up, in order.

        Raises AlreadyRunning, ToolMissing, NotReady, ProvisionFailed.
        """
        self._stack.enter_context(held(self.state))
        self._clear()
        self._prepare()
        self._start_servers()
        if self.choices.provision:
            self._provision()
        if self.parts.functions:
            self._start_functions()

    def stop(self) -> None:
        """Stop everything that was started, the last first."""
        if self._recovery:
            self._recovery.stop()
        self._stack.close()

    def _clear(self) -> None:
        self.state.logs.mkdir(parents=True, exist_ok=True)
        stale = leftovers.clear_away(leftovers.read(self.state.running))
        if stale:
            self.narrator.say(f"  ended what a killed supervisor left: {', '.join(stale)}")
        for log in self.state.logs.glob("*.log"):
            log.unlink()
        if not self.choices.keep:
            for folder in (self.state.data, self.state.tokens):
                shutil.rmtree(folder, ignore_errors=True)
            for made in (self.state.secrets, self.state.personas):
                made.unlink(missing_ok=True)
        self.state.data.mkdir(exist_ok=True)

    def _prepare(self) -> None:
        names = list(self.parts.description.functions)
        usual = not self.choices.free_ports
        self.ports = ports.choose(
            names, usual=usual, external=self.choices.external, say=self.narrator.say
        )
        keys = environment.keys_of(self.state)
        self.variables = environment.build(self.state, self.ports, keys)
        environment.write(self.state, self.variables)
        self.processes = Processes(self.state, self.public_url, self._came_back)
        self._stack.callback(self.state.running.unlink, missing_ok=True)
        self._stack.callback(self.processes.close)
        if "bigquery" in self.parts.servers:
            credentials.write(self.state.credentials, self.ports["tokens"])
            tokens = credentials.TokenEndpoint(self.ports["tokens"])
            tokens.start()
            self._stack.callback(tokens.stop)

    def _start_servers(self) -> None:
        servers = Servers(self.state, self.ports, self.variables, self.choices.keep)
        self._await_external()
        ours = [name for name in self.parts.servers if name not in self.choices.external]
        programs = self._present(servers.program(name) for name in ours)
        self.processes.start(programs)
        if servers.firestore_export and "firestore" in self.processes:
            self._stack.callback(self._keep_firestore, servers.firestore_export)
        for program in programs:
            with self.narrator.step(program.name) as step:
                self.processes[program.name].await_ready()
                step.result = f"{ports.HOST}:{program.port}"

    def _present(self, programs: Iterable[Program]) -> list[Program]:
        present = []
        for program in programs:
            if program.source and not program.source.is_file():
                self.narrator.say(f"  - {program.name} is left out: no {program.source.name}")
            else:
                present.append(program)
        return present

    def _await_external(self) -> None:
        for name in self.choices.external:
            with self.narrator.step(f"{name} (external)") as step:
                if not wait_for(listens(self.ports[name]), timeout_s=EXTERNAL_WITHIN_S):
                    raise NotReady(f"no {name} at {ports.HOST}:{self.ports[name]}")
                step.result = f"{ports.HOST}:{self.ports[name]}"

    def _runs(self, server: str) -> bool:
        return server in self.processes or server in self.choices.external

    def _keep_firestore(self, folder: Path) -> None:
        with contextlib.suppress(OSError):
            export_firestore(self.ports["firestore"], folder)

    def _provision(self) -> None:
        provisioner = Provisioner(
            self.parts.description, self.ports, self.variables, self.state.logs
        )
        self._recovery = Recovery(self, provisioner)
        beside = [name for name in ("bigquery", "pubsub", "storage") if self._runs(name)]
        # The nation takes longest and waits for nothing but the database.
        with ThreadPoolExecutor(len(beside) or 1) as pool:
            made = [pool.submit(self._make, name, getattr(provisioner, name)) for name in beside]
            if self._runs("spanner"):
                self._make("spanner", provisioner.spanner)
                self.fill_spanner()
            for each in made:
                each.result()

    def fill_spanner(self) -> None:
        """Load the test nation, if there is to be one, and forget what was known of another."""
        nation = self.choices.nation
        if self._runs("redis"):
            with contextlib.suppress(OSError):
                empty_redis(self.ports["redis"])
        if nation:
            self._make("the test nation", lambda: nation.load(self.state, self.variables))

    def _make(self, what: str, make: Callable[[], str]) -> None:
        with self.narrator.step(f"make {what}") as step:
            step.result = make()

    def _start_functions(self) -> None:
        functions, folder = self.parts.functions, self.choices.functions
        programs = self._present(
            hosting.program(f, folder, self.ports[f.name], self.variables, self.choices.workers)
            for f in functions
        )
        if self.parts.front_door:
            programs.append(front_door.program(functions, self.state, self.ports))
        with self.narrator.step("functions") as step:
            self.processes.start(programs)
            self._stack.callback(self.processes.stop, [program.name for program in programs])
            for program in programs:
                self.processes[program.name].await_ready()
            running = [function for function in functions if function.name in self.processes]
            step.result = f"{await_health(running, self.ports)} healthy"
        scheduler = Scheduler(running, self.ports, self.narrator.say)
        scheduler.start()
        self._stack.callback(scheduler.stop)

    def _came_back(self, name: str) -> None:
        if name in self.parts.description.functions:
            # Its first answer opens its clients; better for us than for a caller.
            wait_for(answers(hosting.health(self.ports[name])), timeout_s=WARM_WITHIN_S)
        self.narrator.say(f"  {name} ended and was started again")
        if self._recovery:
            self._recovery.came_back(name)

    def run_until(self, stopped: threading.Event, *, every_s: float = 10) -> None:
        """Keep house until told to stop."""
        while not stopped.wait(every_s):
            self.processes.shorten_logs()


@contextmanager
def held(state: State) -> Iterator[None]:
    """Hold a state folder. Raises AlreadyRunning while another supervisor does."""
    state.folder.mkdir(parents=True, exist_ok=True)
    with state.lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = leftovers.read(state.running).get("supervisor", {}).get("pid", "unknown")
            raise AlreadyRunning(
                f"a suite is already running here (process {pid}): see emulators/status, "
                f"stop it with Ctrl-C or `kill {pid}`"
            ) from None
        yield
