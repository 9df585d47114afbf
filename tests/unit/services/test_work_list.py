from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import NotAllowed, NotFound
from erejestracja.domain.exports import ExportStatus
from erejestracja.domain.ids import PointId, VaccinationId
from erejestracja.ports import Clash, Gone
from erejestracja.services.work_list import LEFT_BEHIND, WorkList, ask_again
from tests.support.builders import NOW, POINT, an_actor
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.exports import RECORD, FakeExports, an_export

MEDIC = an_actor(Role.MEDIC, subject="medic")
OTHER = PointId("bbbbbbbbbb")
REFUSED: dict[str, Any] = {"status": ExportStatus.REJECTED, "failure": "unknown_lot"}
LATER = NOW + LEFT_BEHIND + timedelta(minutes=1)


def a_list(*exports: Any) -> tuple[WorkList, FakeExports, RememberingPublisher]:
    rows, publisher = FakeExports.of(*exports), RememberingPublisher()
    return WorkList(rows, publisher), rows, publisher


def test_a_point_sees_what_failed_there() -> None:
    refused = an_export(**REFUSED)
    gone = an_export(vaccination=VaccinationId("b"), status=ExportStatus.GIVEN_UP)
    sent = an_export(vaccination=VaccinationId("c"), status=ExportStatus.ACCEPTED)
    elsewhere = an_export(vaccination=VaccinationId("d"), point=OTHER, **REFUSED)
    work, _, _ = a_list(refused, gone, sent, elsewhere, an_export(vaccination=VaccinationId("e")))
    found = {one.vaccination: one.failure for one in work.failed(MEDIC, POINT)}
    assert found == {RECORD: "unknown_lot", "b": None}


def test_nobody_sees_or_asks_for_another_points() -> None:
    work, _, _ = a_list(an_export(**REFUSED))
    with pytest.raises(NotAllowed):
        work.failed(MEDIC, OTHER)
    with pytest.raises(NotAllowed):
        work.retry(MEDIC, OTHER, RECORD)


def test_a_record_fares_as_its_newest_version_does() -> None:
    work, _, _ = a_list(an_export(**REFUSED), an_export(version=2))
    assert work.status_of(RECORD) == an_export(version=2)
    assert work.status_of(VaccinationId("nobody-has-this")) is None


def test_asking_again_begins_a_new_round() -> None:
    work, rows, publisher = a_list(an_export(**REFUSED, attempts=7, rounds=1))
    again = work.retry(MEDIC, POINT, RECORD)
    assert again == an_export(rounds=2)
    assert rows.rows[RECORD, 1].status is ExportStatus.PENDING
    [event] = publisher.told
    assert rows.told == [event]
    assert (event.id, event.type) == (f"{RECORD}.1.asked.round2", "export.requested")
    assert (event.topic, event.data["vaccination"]) == ("exports-requested", RECORD)


def test_the_newest_version_is_the_one_asked_for() -> None:
    work, rows, _ = a_list(an_export(**REFUSED), an_export(version=2, **REFUSED))
    assert work.retry(MEDIC, POINT, RECORD).version == 2
    assert rows.rows[RECORD, 1].failed


@pytest.mark.parametrize("status", [ExportStatus.PENDING, ExportStatus.ACCEPTED])
def test_what_has_not_failed_stays_as_it_is(status: ExportStatus) -> None:
    work, rows, publisher = a_list(an_export(status=status))
    assert work.retry(MEDIC, POINT, RECORD).status is status
    assert (rows.told, publisher.told) == ([], [])


def test_who_asks_at_the_same_time_as_another_is_answered_alike() -> None:
    work, rows, publisher = a_list(an_export(**REFUSED))
    rows.clash = Clash("Outbox")
    assert work.retry(MEDIC, POINT, RECORD) == an_export(rounds=1)
    assert publisher.told == []


@pytest.mark.parametrize(
    "exports", [[], [an_export(point=OTHER, **REFUSED)]], ids=["none", "of another point"]
)
def test_a_dose_not_given_here_is_not_found(exports: Any) -> None:
    work, _, _ = a_list(*exports)
    with pytest.raises(NotFound):
        work.retry(MEDIC, POINT, RECORD)


class TestUpkeep:
    def test_an_export_left_behind_is_asked_for_again_once_a_minute(self) -> None:
        _, rows, publisher = a_list(an_export())
        assert ask_again(rows, publisher, SetClock(LATER)) == 1
        [event] = publisher.told
        assert event.id == f"{RECORD}.1.asked.202612010916"
        assert event.topic == "exports-requested"
        assert rows.told == [event]

    def test_a_young_one_is_left_alone(self) -> None:
        _, rows, publisher = a_list(an_export())
        assert ask_again(rows, publisher, SetClock(NOW + LEFT_BEHIND)) == 0

    def test_one_at_its_end_is_left_to_people(self) -> None:
        _, rows, publisher = a_list(an_export(**REFUSED))
        assert ask_again(rows, publisher, SetClock(LATER)) == 0

    def test_many_are_asked_for_some_at_a_time(self) -> None:
        many = [an_export(vaccination=VaccinationId(f"v{n}")) for n in range(120)]
        _, rows, publisher = a_list(*many)
        assert ask_again(rows, publisher, SetClock(LATER)) == 120
        assert rows.commits == 3

    @pytest.mark.parametrize("clash", [Clash("Outbox"), Gone("Exports")])
    def test_what_has_moved_on_meanwhile_is_no_matter(self, clash: Exception) -> None:
        _, rows, publisher = a_list(an_export())
        rows.clash = clash
        assert ask_again(rows, publisher, SetClock(LATER)) == 0
        assert publisher.told == []
