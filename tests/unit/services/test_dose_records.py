"""Records of doses: seen, corrected, taken back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.errors import (
    InvalidRequest,
    NotAllowed,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import VaccinationId
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.vaccination import Site, Vaccination
from erejestracja.domain.visit import VisitStatus
from erejestracja.ports import Clash
from erejestracja.services import dose_records
from erejestracja.services.dose_records import Wrong
from erejestracja.services.doses import give
from tests.support.builders import AT_EIGHT, DAY, POINT, an_actor
from tests.support.builders import a_dose as a_dose_given
from tests.support.clinic_case import ANNA, JAN, LOT, MEDIC, REGISTRAR, ClinicCase, a_dose, a_lot
from tests.support.standby_contract import OTHER


@pytest.fixture
def case() -> ClinicCase:
    case = ClinicCase()
    give(case.clinic, MEDIC, case.anna, a_dose())
    return case


def take_back(case: ClinicCase, who: Any = MEDIC, etag: str = "1") -> Any:
    return dose_records.take_back(case.clinic, who, case.record_id(), etag, "zła osoba")


def correct(case: ClinicCase, etag: str = "1", who: Any = MEDIC, **wrong: Any) -> Vaccination:
    asked = Wrong("pomyłka", **wrong)
    return dose_records.correct(case.clinic, who, case.record_id(), etag, asked)


def test_the_person_and_staff_of_the_point_see_a_record_and_that_is_written_down(
    case: ClinicCase,
) -> None:
    for who in (an_actor(patient=ANNA), REGISTRAR):
        [seen] = dose_records.see(case.clinic, who, case.record_id(), "request-1")
        assert seen.lot == LOT
    assert [a.action for _, a in case.store.seen_by] == ["dose.viewed"] * 2


def test_nobody_else_sees_it(case: ClinicCase) -> None:
    with pytest.raises(NotFound):
        dose_records.see(case.clinic, an_actor(patient=JAN), case.record_id(), "r")
    other = an_actor(*MEDIC.roles, points=frozenset({OTHER}))
    with pytest.raises(NotAllowed):
        dose_records.see(case.clinic, other, case.record_id(), "r")
    with pytest.raises(NotFound):
        dose_records.see(case.clinic, REGISTRAR, VaccinationId("none"), "r")


def test_at_another_of_their_points_staff_neither_see_it_nor_take_it_back(case: ClinicCase) -> None:
    both = replace(MEDIC, points=frozenset({POINT, OTHER}))
    for what in (
        lambda: dose_records.see(case.clinic, both, case.record_id(), "r", at=OTHER),
        lambda: dose_records.take_back(
            case.clinic, both, case.record_id(), "1", "pomyłka", at=OTHER
        ),
    ):
        with pytest.raises(NotFound):
            what()
    assert case.store.seen_by == []
    [seen] = dose_records.see(case.clinic, both, case.record_id(), "r", at=POINT)
    assert seen.stands


def test_what_is_taken_back_is_as_before_and_stays_on_record(case: ClinicCase) -> None:
    visit, undone = take_back(case)
    assert visit.status is case.visit().status is VisitStatus.ARRIVED
    assert [(v.version, v.stands) for v in case.record()] == [(2, False), (1, True)]
    assert undone.note == "zła osoba"
    assert (case.referral().given, case.referral().status) == ((), ReferralStatus.ISSUED)
    assert case.balance() == 10
    assert case.told()[-3:] == ["visit.reopened", "vaccination.recorded", "lot.entered"]


def test_after_it_was_taken_back_the_dose_can_be_given(case: ClinicCase) -> None:
    take_back(case)
    given = give(case.clinic, MEDIC, case.visit(), a_dose())
    assert given.vaccination.version == 3
    assert case.balance() == 9


def test_a_dose_on_record_is_not_recorded_on_another_visit(case: ClinicCase) -> None:
    other = case.booked(ANNA, replace(case.anna.place, place=1))
    with pytest.raises(InvalidRequest) as no:
        give(case.clinic, MEDIC, other, a_dose())
    assert no.value.fields == {"doseNumber": "has been recorded already"}


def test_only_the_author_takes_back_and_only_what_stands(case: ClinicCase) -> None:
    with pytest.raises(NotAllowed):
        take_back(case, replace(MEDIC, subject="another medic"))
    with pytest.raises(VersionMismatch):
        take_back(case, etag="2")
    take_back(case)
    with pytest.raises(InvalidRequest):
        take_back(case, etag="2")


def test_after_a_day_it_cannot_be_taken_back(case: ClinicCase) -> None:
    recorded = case.record()[0].recorded_at
    case.desk.clock.at = recorded + timedelta(hours=24)
    take_back(case)
    give(case.clinic, MEDIC, case.visit(), a_dose())
    case.desk.clock.at = case.record()[0].recorded_at + timedelta(hours=24, seconds=1)
    with pytest.raises(InvalidRequest):
        take_back(case, etag="3")


def test_a_dose_that_another_followed_is_not_taken_back(case: ClinicCase) -> None:
    case.changed(given=(a_dose_given(1), a_dose_given(2)))
    with pytest.raises(InvalidRequest):
        take_back(case)


def test_a_correction_is_a_further_version_and_counts_the_right_lot(case: ClinicCase) -> None:
    case.store.tables.lots[POINT, "DEF456"] = a_lot(code="DEF456", balance=1)
    right = correct(case, lot="DEF456", site=Site.RIGHT_DELTOID, performer="1234567P")
    assert (right.version, right.lot, right.site, right.note) == (
        2,
        "DEF456",
        Site.RIGHT_DELTOID,
        "pomyłka",
    )
    assert (case.balance(), case.balance("DEF456")) == (10, 0)
    assert case.referral().version == 2


def test_the_right_day_counts_for_the_next_dose(case: ClinicCase) -> None:
    correct(case, at=AT_EIGHT - timedelta(days=2))
    [dose] = case.referral().given
    assert dose.on == DAY - timedelta(days=2)
    assert case.referral().version == 3


def test_what_cannot_be_is_refused(case: ClinicCase) -> None:
    case.store.tables.lots[POINT, "DEF456"] = a_lot(code="DEF456", balance=0)
    for wrong in ({"at": AT_EIGHT + timedelta(days=1)}, {"lot": "DEF456"}, {"lot": "NONE12"}):
        with pytest.raises(InvalidRequest):
            correct(case, **wrong)
    assert len(case.record()) == 1


def test_of_two_corrections_of_one_version_the_second_is_told(case: ClinicCase) -> None:
    first, waiting = case.store.correct, [True]

    def raced(correction: Any) -> Any:
        if waiting.pop():
            waiting.append(False)
            correct(case, site=Site.RIGHT_THIGH)
        return first(correction)

    case.store.correct = raced  # type: ignore[method-assign]
    with pytest.raises(VersionMismatch):
        correct(case, site=Site.LEFT_THIGH)
    assert case.record()[0].site is Site.RIGHT_THIGH


def test_a_correction_that_never_gets_through_is_asked_to_come_again(case: ClinicCase) -> None:
    def busy(_: Any) -> Any:
        raise Clash("Table LotEntries: Row already exists")

    case.store.correct = busy  # type: ignore[method-assign, assignment]
    with pytest.raises(Overloaded):
        correct(case, site=Site.LEFT_THIGH)


def test_a_lot_that_is_no_more_cannot_take_a_dose_back(case: ClinicCase) -> None:
    del case.store.tables.lots[POINT, LOT]
    with pytest.raises(InvalidRequest):
        take_back(case)
