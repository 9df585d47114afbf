"""Port Calls in memory, with the keys that Spanner has."""

from dataclasses import dataclass, field

from erejestracja.domain.call import Call, CallId, Outcome, Step
from erejestracja.domain.ids import PatientId
from erejestracja.ports import Clash


@dataclass
class FakeCalls:
    calls: dict[CallId, Call] = field(default_factory=dict)
    steps: dict[tuple[CallId, int], Step] = field(default_factory=dict)
    about: dict[tuple[CallId, int], PatientId | None] = field(default_factory=dict)

    def open(self, call: Call) -> None:
        if call.id in self.calls:
            raise Clash("Calls")
        self._write(call, Step.OPENED)

    def step(self, call: Call, step: Step, about: PatientId | None = None) -> None:
        if (call.id, call.version) in self.steps:
            raise Clash("CallSteps")
        self._write(call, step)
        self.about[call.id, call.version] = about

    def get(self, call: CallId) -> Call | None:
        return self.calls.get(call)

    def open_of(self, agent: str) -> Call | None:
        return next((c for c in self.calls.values() if c.agent == agent and c.is_open), None)

    def unfinished(self, agent: str) -> list[Call]:
        return [
            call
            for call in self.calls.values()
            if call.agent == agent and call.outcome is Outcome.UNFINISHED
        ]

    def _write(self, call: Call, step: Step) -> None:
        other = self.open_of(call.agent)
        if call.is_open and other is not None and other.id != call.id:
            raise Clash("OpenCalls")
        self.calls[call.id] = call
        self.steps[call.id, call.version] = step
