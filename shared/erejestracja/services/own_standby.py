"""A person's own place on a standby list: they ask for it themselves, see it, and give it up."""

from collections.abc import Sequence
from dataclasses import replace

from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import InvalidRequest, NotFound, Overloaded, VersionMismatch
from erejestracja.domain.ids import PatientId, ProgrammeId
from erejestracja.domain.standby import Leaving, Origin, Standby
from erejestracja.services.clinic import TRIES
from erejestracja.services.joining import Wish
from erejestracja.services.standby import Asking, Reserve, leave, put_on


def ask(reserve: Reserve, asking: Asking, wish: Wish) -> Standby:
    """Return the entry of who asks for themselves, or has somebody ask who may act for them.

    Asked for again with another wish it is changed. What holds of a desk's entries holds of these;
    and a desk must be able to call. Raises as `standby.join` does.
    """
    person = reserve.clinic.desk.records.person(wish.patient)
    if person is None:
        raise NotFound
    if not (wish.phone or person.phone):
        raise InvalidRequest({"phone": "is needed: the point calls"})
    return put_on(reserve, asking, replace(wish, origin=Origin.SELF))


def entries(reserve: Reserve, patient: PatientId) -> Sequence[Standby]:
    """Return where a person waits, whoever put them on, of each programme."""
    today = reserve.clinic.today()
    found = [one for one in reserve.lists.of_person(patient) if not one.has_ended(today)]
    return sorted(found, key=lambda one: one.programme)


def withdraw(
    reserve: Reserve,
    actor: Actor,
    request_id: str,
    patient: PatientId,
    only: ProgrammeId | None = None,
) -> None:
    """Take a person off the list of a programme, or all; who is on none is off already.

    A desk that calls them meanwhile takes a step of its own: then theirs is the next.
    """
    for _ in range(TRIES):
        standing = [one for one in entries(reserve, patient) if only in (None, one.programme)]
        if all(_left(reserve, Asking(actor, one.point, request_id), one) for one in standing):
            return
    raise Overloaded(retry_after=1)


def _left(reserve: Reserve, asking: Asking, entry: Standby) -> bool:
    """Take an entry off; False where it is not as it was."""
    try:
        leave(reserve, asking, entry, Leaving.WITHDRAWN)
    except (VersionMismatch, NotFound):
        return False
    return True
