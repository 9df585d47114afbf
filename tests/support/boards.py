"""A point's schedule over the real Spanner emulator, and who books there."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from erejestracja.domain.actor import Role
from erejestracja.domain.ids import PatientId, PlaceKey
from erejestracja.domain.visit import Visit, VisitChange
from erejestracja.ports import Clash, Gone
from erejestracja.services.changes import change_at
from erejestracja.services.schedule import Board
from erejestracja.storage.spanner.bookings import Bookings
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.schedule import SpannerSchedules
from erejestracja.storage.spanner.supply import SpannerSupplies
from tests.support.builders import NOW, a_person, a_point, a_referral, a_visit, an_actor
from tests.support.desk import FixedProgrammes, RememberingPublisher, SetClock
from tests.support.spanner import save

Wanted = tuple[PatientId, PlaceKey, datetime]


def a_board(database: Database, reach: timedelta) -> Board:
    """Return a board of its own, as another instance of the function would have."""
    return Board(
        SpannerSchedules(database),
        RememberingPublisher(),
        SetClock(NOW),
        reach,
        SpannerSupplies(database),
        FixedProgrammes(),
    )


def booked_by(database: Database, wanted: Iterable[Wanted]) -> list[Visit]:
    """Book places for new people, one each; return the visits of those whose place was free."""
    every = list(wanted)
    people = [a_person(person) for person, _, _ in every]
    referrals = [a_referral(person) for person, _, _ in every]
    save(database, [], [], people, referrals)
    bookings = Bookings(database)
    visits = []
    for (person, place, start), referral in zip(every, referrals, strict=True):
        visit = a_visit(place, person, starts_at=start)
        change = change_at(a_point(), visit, VisitChange.BOOKED, an_actor(Role.ADMIN))
        try:
            bookings.book(visit, replace(change, allowed_by=referral), "", hold=None)
        except (Clash, Gone):
            continue
        visits.append(visit)
    return visits
