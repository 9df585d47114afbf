"""Who puts themselves on a standby list: as a desk would, and with a number to call."""

from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.errors import (
    AlreadyBooked,
    InvalidRequest,
    NotFound,
    Overloaded,
)
from erejestracja.domain.ids import PatientId
from erejestracja.domain.standby import CallOutcome, Origin, Standby
from erejestracja.ports import Clash
from erejestracja.services import own_standby, standby
from erejestracja.services.joining import LONGEST, Wish
from erejestracja.services.standby import Asking
from tests.support.builders import COVID, MODERNA, PFIZER, POINT, a_person, an_actor
from tests.support.clinic_case import ANNA, JAN
from tests.support.standby_contract import OTHER
from tests.unit.services.test_standby import ASKING, FLU, UNTIL, ReserveCase

ACTOR = an_actor(patient=JAN, subject="jan")
PHONE = "+48600000009"


@pytest.fixture
def case() -> ReserveCase:
    return ReserveCase()


def asked(case: ReserveCase, point: Any = POINT, **changes: Any) -> Standby:
    facts: dict[str, Any] = {
        "patient": JAN,
        "programme": COVID,
        "vaccines": (PFIZER,),
        "until": UNTIL,
    }
    asking = Asking(ACTOR, point, "request-9")
    return own_standby.ask(case.reserve, asking, Wish(**(facts | changes)))


def left(case: ReserveCase) -> None:
    own_standby.withdraw(case.reserve, ACTOR, "request-9", JAN)


def test_who_asks_stands_on_the_list_as_their_own(case: ReserveCase) -> None:
    asked(case)
    [turn] = standby.queue(case.reserve, ASKING)
    assert (turn.standby.origin, turn.is_next) == (Origin.SELF, True)
    assert own_standby.entries(case.reserve, JAN) == [turn.standby]
    [told] = case.desk.publisher.told
    assert (told.type, told.data["origin"]) == ("standby.joined", "self")
    assert case.store.seen_by[0][1].actor == "jan"


def test_the_number_they_gave_is_called_and_their_own_where_they_gave_none(
    case: ReserveCase,
) -> None:
    entry = asked(case)
    standby.call(case.reserve, ASKING, entry.id)
    _, person = standby.person_called(case.reserve, ASKING, entry.id)
    assert person.phone == a_person(JAN).phone
    asked(case, phone=PHONE)
    _, person = standby.person_called(case.reserve, ASKING, entry.id)
    assert person.phone == PHONE
    assert asked(case).phone == PHONE


def test_a_desk_that_changes_the_wish_keeps_number_and_origin(case: ReserveCase) -> None:
    asked(case, phone=PHONE)
    changed = case.joined(vaccines=(MODERNA,))
    assert (changed.vaccines, changed.phone, changed.origin) == ((MODERNA,), PHONE, Origin.SELF)


def test_who_cannot_be_called_is_not_put_on(case: ReserveCase) -> None:
    case.store.people[JAN] = a_person(JAN, phone=None)
    with pytest.raises(InvalidRequest) as refused:
        asked(case)
    assert set(refused.value.fields) == {"phone"}
    assert asked(case, phone=PHONE).phone == PHONE
    with pytest.raises(NotFound):
        asked(case, patient=PatientId("n" * 26))


def test_what_holds_of_a_desk_s_entries_holds_of_these(case: ReserveCase) -> None:
    with pytest.raises(AlreadyBooked):
        asked(case, patient=ANNA)
    for wrong in (
        {"until": UNTIL + LONGEST},
        {"vaccines": ()},
        {"vaccines": ("cov19.johnson_and_johnson",)},
    ):
        with pytest.raises(InvalidRequest):
            asked(case, **wrong)
    asked(case)
    with pytest.raises(InvalidRequest) as refused:
        asked(case, point=OTHER)
    assert set(refused.value.fields) == {"patientId"}


def test_who_leaves_is_gone_whoever_put_them_on_and_leaving_twice_is_nothing(
    case: ReserveCase,
) -> None:
    case.joined()
    left(case)
    left(case)
    assert own_standby.entries(case.reserve, JAN) == []
    assert case.told() == ["standby.joined", "standby.left"]
    assert case.desk.publisher.told[-1].data["reason"] == "withdrawn"
    assert asked(case).number == 3


def test_only_the_named_programme_is_left(case: ReserveCase) -> None:
    asked(case)
    own_standby.withdraw(case.reserve, ACTOR, "request-9", JAN, COVID)
    assert own_standby.entries(case.reserve, JAN) == []
    asked(case)
    own_standby.withdraw(case.reserve, ACTOR, "request-9", JAN, FLU)
    assert len(own_standby.entries(case.reserve, JAN)) == 1


def test_what_has_ended_is_not_shown(case: ReserveCase) -> None:
    asked(case)
    case.later(timedelta(days=60))
    assert own_standby.entries(case.reserve, JAN) == []


def test_who_leaves_while_a_desk_calls_is_gone_and_the_desk_hears_it(
    case: ReserveCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = asked(case)
    before, stands = [case.lists.of_person(JAN)], case.lists.of_person
    standby.call(case.reserve, ASKING, entry.id)
    # What was read has changed meanwhile: they leave as it stands now.

    def read(who: PatientId) -> list[Standby]:
        return before.pop() if before else stands(who)

    monkeypatch.setattr(case.lists, "of_person", read)
    left(case)
    assert case.told()[-1] == "standby.left"
    with pytest.raises(NotFound):
        standby.answer(case.reserve, ASKING, entry.id, CallOutcome.COMING, None)


def test_who_never_gets_their_turn_is_told_to_try_again(
    case: ReserveCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = asked(case)

    def clash(*_: object) -> None:
        raise Clash("StandbySteps")

    monkeypatch.setattr(case.lists, "leave", clash)
    with pytest.raises(Overloaded):
        left(case)
    assert own_standby.entries(case.reserve, JAN) == [entry]
