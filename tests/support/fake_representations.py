"""Who may act for whom, in memory; passes the same contract as the real adapter."""

from collections.abc import Sequence

from erejestracja.domain.ids import PatientId
from erejestracja.domain.representation import Representation, Step
from erejestracja.ports import Clash


class FakeRepresentations:
    """Port Representations."""

    def __init__(self, *known: Representation) -> None:
        self.steps: dict[tuple[PatientId, PatientId, int], Step] = {}
        self._rows = {(one.representative, one.patient): one for one in known}

    def get(self, representative: PatientId, patient: PatientId) -> Representation | None:
        return self._rows.get((representative, patient))

    def of(self, representative: PatientId) -> Sequence[Representation]:
        return [one for (who, _), one in sorted(self._rows.items()) if who == representative]

    def over(self, patient: PatientId) -> Sequence[Representation]:
        return [one for (_, whom), one in sorted(self._rows.items()) if whom == patient]

    def store(self, representation: Representation, step: Step) -> None:
        key = (representation.representative, representation.patient)
        if (*key, representation.version) in self.steps:
            raise Clash("Table RepresentationSteps: Row already exists")
        self._rows[key] = representation
        self.steps[*key, representation.version] = step
