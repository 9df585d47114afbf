"""Who acts for whom: named by an adult, accepted by the other, ended by either."""

from collections.abc import Sequence

from erejestracja.domain import calendar
from erejestracja.domain.errors import InvalidRequest, NotAllowed, NotFound, VersionMismatch
from erejestracja.domain.ids import PatientId
from erejestracja.domain.representation import (
    FullName,
    Representation,
    RepresentationKind,
    Source,
    Step,
    is_of_age,
)
from erejestracja.ports import Clash
from erejestracja.services.desk import Desk


def represented_by(desk: Desk, representative: PatientId) -> Sequence[Representation]:
    """Return whom somebody may act for now, by name."""
    now = desk.clock.now()
    found = desk.representations.of(representative)
    return sorted((one for one in found if one.stands(now)), key=lambda one: str(one.patient_name))


def asked_of(desk: Desk, representative: PatientId, name: FullName) -> Sequence[Representation]:
    """Return who has named somebody and waits; only where the name was theirs, too.

    A mistyped number names a stranger: they shall not learn who meant somebody else.
    """
    now = desk.clock.now()
    return [
        one
        for one in desk.representations.of(representative)
        if one.waits(now) and one.representative_name.means(name)
    ]


def representatives_of(desk: Desk, patient: PatientId) -> Sequence[Representation]:
    """Return who may act for a person, or has been named to."""
    now = desk.clock.now()
    return [one for one in desk.representations.over(patient) if not one.is_over(now)]


def name_proxy(desk: Desk, patient: PatientId, other: PatientId, name: FullName) -> None:
    """Ask another person to act for this one. Whether there is such a person is not said.

    Raises InvalidRequest for oneself, NotAllowed for who is not of age or not registered.
    """
    if other == patient:
        raise InvalidRequest({"pesel": "is one's own"})
    person = desk.records.person(patient)
    now = desk.clock.now()
    if person is None or not is_of_age(person.birth_date, calendar.local_day(now)):
        raise NotAllowed
    earlier = desk.representations.get(other, patient)
    if earlier and earlier.stands(now):
        return
    named = Representation(
        representative=other,
        patient=patient,
        kind=RepresentationKind.PROXY,
        source=Source.DECLARED,
        representative_name=name,
        patient_name=FullName(person.given_name, person.family_name),
        born=person.birth_date,
        valid_from=None,
        version=earlier.version + 1 if earlier else 1,
    )
    _store(desk, named, Step.NAMED)


def accept(desk: Desk, representative: PatientId, patient: PatientId, name: FullName) -> None:
    """Accept to act for the person who asked. Raises NotFound where nobody waits for this one."""
    found = next(
        (one for one in asked_of(desk, representative, name) if one.patient == patient), None
    )
    if found is None:
        raise NotFound
    _store(desk, found.accepted(desk.clock.now()), Step.ACCEPTED)


def end(desk: Desk, who: PatientId, representative: PatientId, patient: PatientId) -> None:
    """End what either of both wants ended; twice is no matter.

    What the national record says is not theirs to change. Raises NotFound, NotAllowed.
    """
    found = desk.representations.get(representative, patient)
    if found is None or who not in (representative, patient):
        raise NotFound
    if found.source is not Source.DECLARED:
        raise NotAllowed
    now = desk.clock.now()
    if not found.is_over(now):
        _store(desk, found.ended(now), Step.ENDED)


def _store(desk: Desk, representation: Representation, step: Step) -> None:
    try:
        desk.representations.store(representation, step)
    except Clash:
        raise VersionMismatch from None
