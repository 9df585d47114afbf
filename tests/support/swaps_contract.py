"""What holds of every place where swaps are made and undone: keys, versions and places say no."""

from dataclasses import replace
from typing import Any

import pytest

from erejestracja.domain.change import Change
from erejestracja.domain.deed import Deed, Exchange, Undoing
from erejestracja.domain.ids import PlaceKey, SlotKey, VisitId
from erejestracja.domain.visit import Visit, VisitChange, VisitStatus
from erejestracja.ports import Clash, Gone
from erejestracja.services.clinic import Clinic
from tests.support.builders import POINT, a_place, a_referral, a_visit, an_actor
from tests.support.clinic_case import ANNA, JAN, NEXT
from tests.support.leaving import SWAPPED, ended

HERE = PlaceKey(SlotKey(SWAPPED.key, 0), 0)
ANNAS = a_visit(a_place(), ANNA)
JANS = a_visit(a_place(NEXT), JAN, starts_at=NEXT.starts_at)
HEIR = VisitId("heir")
LEFT = {"why": "missed", "left": [{"visit": JANS.id, "version": 2}]}


def an_exchange(clinic: Clinic, *, books: bool = True) -> Exchange:
    """Let Anna miss her dose and Jan come for it, his place staying his for the next."""
    missed, change = ended(ANNAS, VisitChange.MISSED)
    clinic.deeds.do(Deed(missed, change))
    replaced, gone = ended(missed, VisitChange.REPLACED)
    came, arrived = ended(JANS, VisitChange.ARRIVED)
    came = replace(came, place=HERE, starts_at=SWAPPED.starts_at, minutes=SWAPPED.step)
    heir = replace(JANS, id=HEIR, dose=2), Change(VisitChange.BOOKED, an_actor(), []), "digest"
    exchange = Exchange(
        SWAPPED,
        Deed(replaced, replace(gone, detail=LEFT)),
        [(came, JANS.place, arrived)],
        heir if books else None,
    )
    clinic.deeds.exchange(exchange)
    return exchange


def an_undoing(exchange: Exchange, judged_by: int = 1) -> Undoing:
    """Return what undoes it, where Jan's referral is in a version."""
    [(came, _, _)] = exchange.moves
    restored, change = ended(came, VisitChange.RESTORED)
    back = replace(restored, place=JANS.place, starts_at=JANS.starts_at, minutes=JANS.minutes)
    by = replace(a_referral(JAN), version=judged_by)
    booked = [exchange.heir[0]] if exchange.heir else []
    gone = [Deed(*ended(one, VisitChange.CANCELLED), frees=True) for one in booked]
    return Undoing(
        Deed(*ended(exchange.replaced.visit, VisitChange.UNREPLACED)),
        [(back, HERE, replace(change, allowed_by=by))],
        gone[0] if gone else None,
    )


def how_it_is(clinic: Clinic) -> dict[VisitId, Any]:
    """Return each visit's version, status and place."""
    found = clinic.day_book.named([ANNAS.id, JANS.id, HEIR])
    return {one.id: (one.version, one.status, one.place) for one in found.values()}


class SwapsContract:
    """Inherit, and give a fixture `clinic`: Anna has `ANNAS`, Jan `JANS`, each a referral."""

    def test_a_swap_that_is_undone_gives_every_place_back(self, clinic: Clinic) -> None:
        clinic.deeds.undo(an_undoing(an_exchange(clinic)))
        assert how_it_is(clinic) == {
            ANNAS.id: (4, VisitStatus.NO_SHOW, ANNAS.place),
            JANS.id: (3, VisitStatus.BOOKED, JANS.place),
            HEIR: (2, VisitStatus.CANCELLED, JANS.place),
        }
        assert clinic.desk.records.claims(JANS.place.slot)[0].id == JANS.id
        back = clinic.day_book.named([JANS.id])[JANS.id]
        assert (back.starts_at, back.minutes) == (JANS.starts_at, JANS.minutes)

    def test_what_was_made_for_who_came_can_be_taken_by_nobody(self, clinic: Clinic) -> None:
        clinic.deeds.undo(an_undoing(an_exchange(clinic)))
        [claim] = clinic.desk.records.claims(HERE.slot)
        assert (claim.kind, claim.id, claim.expires_at) == ("withdrawn", JANS.id, None)
        assert JANS not in clinic.day_book.visits(POINT, HERE.slot.session.day)

    def test_a_swap_is_undone_once(self, clinic: Clinic) -> None:
        undoing = an_undoing(an_exchange(clinic))
        clinic.deeds.undo(undoing)
        stands = how_it_is(clinic)
        with pytest.raises((Clash, Gone)):
            clinic.deeds.undo(undoing)
        assert how_it_is(clinic) == stands

    @pytest.mark.parametrize("whose", [ANNAS.id, JANS.id, HEIR])
    def test_a_visit_that_has_changed_lets_none_of_it_happen(
        self, clinic: Clinic, whose: VisitId
    ) -> None:
        undoing = an_undoing(an_exchange(clinic))
        deed = Deed(*_changed(clinic.day_book.named([whose])[whose]))
        clinic.deeds.do(deed)
        stands = how_it_is(clinic)
        with pytest.raises(Clash):
            clinic.deeds.undo(undoing)
        assert how_it_is(clinic) == stands

    def test_a_former_place_that_is_taken_lets_none_of_it_happen(self, clinic: Clinic) -> None:
        undoing = an_undoing(an_exchange(clinic, books=False))
        other = replace(JANS, id=VisitId("other"), patient=ANNA)
        booked = Change(VisitChange.BOOKED, an_actor(), [])
        clinic.desk.bookings.book(other, booked, "digest", hold=None)
        stands = how_it_is(clinic)
        with pytest.raises(Clash) as no:
            clinic.deeds.undo(undoing)
        assert no.value.on("Places")
        assert how_it_is(clinic) == stands

    def test_a_referral_that_was_replaced_lets_none_of_it_happen(self, clinic: Clinic) -> None:
        undoing = an_undoing(an_exchange(clinic), judged_by=7)
        stands = how_it_is(clinic)
        with pytest.raises(Gone):
            clinic.deeds.undo(undoing)
        assert how_it_is(clinic) == stands

    def test_what_made_a_visit_what_it_is_is_kept(self, clinic: Clinic) -> None:
        an_exchange(clinic)
        first, last = clinic.deeds.past(ANNAS.id, 3, 2)
        assert (first.version, first.what, first.detail) == (2, VisitChange.MISSED, {})
        assert (last.version, last.what, last.by) == (3, VisitChange.REPLACED, an_actor().subject)
        assert last.detail == LEFT
        assert first.at < last.at
        assert clinic.deeds.past(ANNAS.id, 1, 4) == []
        assert clinic.day_book.named([VisitId("nobody")]) == {}


def _changed(visit: Visit) -> tuple[Visit, Change]:
    whats = (VisitChange.COMPLETED, VisitChange.ARRIVED, VisitChange.MISSED)
    what = next(one for one in whats if visit.after(one))
    return ended(visit, what)
