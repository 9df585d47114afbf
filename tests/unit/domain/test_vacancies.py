from datetime import timedelta

from erejestracja.domain.session import SessionState
from erejestracja.domain.vacancies import Powiat
from tests.support.builders import DAY, a_place, a_session, a_state

SESSION = a_session(slots=2, places=1)


def state_of(powiat: Powiat) -> SessionState:
    found = powiat.get(SESSION.key)
    assert found
    return found


def test_a_place_just_taken_is_not_offered_until_a_newer_state_says_what_is() -> None:
    powiat = Powiat([a_state(SESSION)])
    powiat.take(a_place(SESSION, index=0))
    assert [state_of(powiat).free(index) for index in (0, 1)] == [0, 1]
    powiat.put(a_state(SESSION, version=1))
    assert state_of(powiat).free(0) == 0
    powiat.put(a_state(SESSION, version=2))
    assert state_of(powiat).free(0) == 1


def test_a_place_that_nobody_listed_is_nothing_to_count() -> None:
    powiat = Powiat([a_state(SESSION)])
    powiat.take(a_place(a_session(day=DAY + timedelta(days=1))))
    powiat.take(a_place(a_session(nr=SESSION.key.nr + 1)))
    assert state_of(powiat) == a_state(SESSION)


def test_days_gone_by_are_forgotten() -> None:
    powiat = Powiat([a_state(SESSION), a_state(a_session(day=DAY + timedelta(days=1)))])
    powiat.drop_before(DAY + timedelta(days=1))
    assert powiat.get(SESSION.key) is None
    assert set(powiat.days) == {DAY + timedelta(days=1)}
