"""Setting a rule aside in a call: the agent's screen, the supervisor's board, without scripts."""

import re
from html import unescape
from typing import Any

import pytest

from erejestracja.auth.patients import patient_id
from erejestracja.domain.errors import Reason
from erejestracja.domain.ids import PatientId
from erejestracja.domain.override import DECIDED_WITHIN
from tests.support.builders import NOW, a_programme
from tests.support.desk import SetClock
from tests.support.fake_store import FakeStore
from tests.support.hotline import (
    AGENT,
    ANNAS,
    JANS,
    Counting,
    a_hotline_browser,
    a_hotline_store,
    a_store_of_two,
    action,
    known,
    known_two,
    said,
)
from tests.support.override_case import BOTH, SUPERVISOR, an_early_referral

pytestmark = pytest.mark.usefixtures("patient_key")
BOARD = "/infolinia/nadzor"
ASK, BOOK = "/odstapienie", "/umow"


@pytest.fixture
def store() -> FakeStore:
    return a_hotline_store()


@pytest.fixture
def anna(store: FakeStore) -> PatientId:
    [(patient, referral)] = store.all_referrals
    early = an_early_referral(patient, id=referral)
    store.all_referrals[patient, referral] = early
    return patient


@pytest.fixture
def agent(store: FakeStore, anna: PatientId) -> Counting:
    assert anna
    return a_hotline_browser(store)


def clock_of(agent: Counting) -> SetClock:
    clock: SetClock = agent.suite.desk.clock
    return clock


def ask(agent: Counting, page: Any, ground: str = "physician") -> Any:
    named = {
        name: re.search(rf'name="{name}" value="([^"]+)"', page.text).group(1)  # type: ignore[union-attr]
        for name in ("referral", "rule")
    }
    return agent.post(action(page, ASK), page, ground=ground, **named)


def keep(agent: Counting, page: Any) -> Any:
    slot = re.search(r'name="slot" value="([^"]+)"', page.text)
    assert slot, page.text
    return agent.post(action(page, "/trzymaj"), page, slot=slot.group(1))


def decide(agent: Counting, verb: str, who: Any = SUPERVISOR) -> Any:
    """Decide as a supervisor, and be the agent again."""
    agent.sign_in(who)
    board = agent.get(BOARD)
    answer = agent.post(action(board, f"/{verb}"), board)
    agent.sign_in(AGENT)
    return answer


def test_who_is_refused_is_booked_with_a_second_person_s_consent(
    agent: Counting, store: FakeStore, anna: PatientId
) -> None:
    page = known(agent)
    assert 'name="slot"' not in page.text
    assert "decyzja lekarza" in said(page)
    page = keep(agent, ask(agent, page))
    assert "Czekamy na kierownika do 10:10." in said(page)
    early = agent.post(action(page, BOOK), page)
    assert "Jeszcze nie ma zgody kierownika" in said(early)
    assert not store.visits(anna)
    assert "Zgoda zapisana." in said(decide(agent, "zgoda"))
    page = agent.get(action(page, "/koniec").removesuffix("/koniec"))
    assert "Kierownik się zgadza. Umów do 10:30." in said(page)
    page = agent.post(action(page, BOOK), page)
    [visit] = store.visits(anna)
    assert visit.waived is Reason.COHORT_NOT_OPEN
    assert "Umówiona" in said(page)
    assert "Kierownik" not in said(page)


def test_what_was_booked_by_it_is_moved_without_another(
    agent: Counting, store: FakeStore, anna: PatientId
) -> None:
    page = keep(agent, ask(agent, known(agent)))
    decide(agent, "zgoda")
    page = agent.get(action(page, "/koniec").removesuffix("/koniec"))
    booked = agent.post(action(page, BOOK), page)
    [before] = store.visits(anna)
    link = re.search(r'href="([^"]+visit=[^"]+)"', booked.text)
    assert link
    page = agent.get(unescape(link.group(1)))
    # By an override nothing is moved, so none is offered.
    assert 'name="ground"' not in page.text
    slot = re.findall(r'name="slot" value="([^"]+)"', page.text)[-1]
    page = agent.post(action(page, "/trzymaj"), page, slot=slot, visit=before.id)
    agent.post(action(page, BOOK), page, visit=before.id)
    [after] = store.visits(anna)
    assert (after.id, after.waived) == (before.id, Reason.COHORT_NOT_OPEN)
    assert after.place.slot != before.place.slot


def test_a_supervisor_sees_what_it_takes_and_nobody(agent: Counting) -> None:
    ask(agent, known(agent), "companion")
    agent.sign_in(SUPERVISOR)
    board = said(agent.get(BOARD))
    assert "Odstąpienia do decyzji: 1" in board
    assert "67 l., dawka 1, szczepienie podstawowe" in board
    assert "Opiekun albo towarzysz" in board
    for secret in ("Zmyślona", ANNAS, "+48600000000"):
        assert secret not in board


@pytest.mark.parametrize("language", ["pl", "en", "uk"])
def test_all_of_it_has_words(agent: Counting, language: str) -> None:
    agent.language = language
    names = dict.fromkeys(("pl", "en", "uk"), "COVID-19")
    agent.suite.desk.programmes.programmes = (a_programme(names=names),)
    page = known(agent)
    assert "override." not in said(page)
    page = ask(agent, page)
    agent.sign_in(SUPERVISOR)
    board = agent.get(BOARD)
    agent.sign_in(AGENT)
    for shown in (page, board, decide(agent, "odmowa")):
        assert shown.status_code == 200
        assert "override." not in said(shown)
    page = agent.get(action(page, "/koniec").removesuffix("/koniec"))
    assert "override." not in said(page)


def test_a_refusal_is_told_and_another_reason_may_be_given(agent: Counting) -> None:
    page = ask(agent, known(agent))
    decide(agent, "odmowa")
    page = agent.get(action(page, "/koniec").removesuffix("/koniec"))
    assert "Kierownik się nie zgadza." in said(page)
    assert "Czekamy na kierownika" in said(ask(agent, page, "order"))


def test_it_may_be_withdrawn(agent: Counting) -> None:
    page = ask(agent, known(agent))
    page = agent.post(action(page, "/wycofaj"), page)
    assert "Prośba wycofana." in said(page)
    agent.sign_in(SUPERVISOR)
    assert "Nikt nie czeka na decyzję." in said(agent.get(BOARD))


def test_nothing_asked_is_nothing_to_withdraw(agent: Counting) -> None:
    page = known(agent)
    where = action(page, ASK)
    assert agent.post(f"{where}/wycofaj", page).status_code == 404
    assert agent.get(where).status_code == 200


def test_a_script_asks_for_news_alone(agent: Counting, store: FakeStore) -> None:
    page = ask(agent, known(agent))
    looks = len(store.seen_by)
    found = re.search(r'data-hx-get="([^"]+)"', page.text)
    assert found
    where = found.group(1).replace("&amp;", "&")
    assert agent.get(where).status_code == 204
    decide(agent, "zgoda")
    news = agent.get(where)
    assert news.status_code == 200
    assert 'id="override"' in news.text
    assert "data-hx-trigger" not in news.text
    assert "Kierownik się zgadza." in said(news)
    # The consent itself is in the audit; following the state opens no record.
    assert len(store.seen_by) == looks + 1


def test_too_late_is_told_on_both_sides(agent: Counting) -> None:
    page = ask(agent, known(agent))
    agent.sign_in(SUPERVISOR)
    board = agent.get(BOARD)
    clock_of(agent).at += DECIDED_WITHIN
    answer = agent.post(action(board, "/zgoda"), board)
    assert "Ta prośba już nie czeka" in said(answer)
    agent.sign_in(AGENT)
    page = agent.get(action(page, "/koniec").removesuffix("/koniec"))
    assert "Minął czas." in said(page)


def test_who_is_both_does_not_consent_to_their_own(agent: Counting) -> None:
    agent.sign_in(BOTH)
    page = ask(agent, known(agent))
    board = agent.get(BOARD)
    assert "To twoja prośba" in said(board)
    assert "/zgoda" not in board.text
    [override] = agent.suite.desk.overrides.rows
    forced = agent.post(f"{BOARD}/odstapienia/{override}/zgoda", board)
    assert "To twoja prośba" in said(forced)
    assert "Czekamy" in said(agent.get(action(page, "/koniec").removesuffix("/koniec")))


@pytest.mark.parametrize("ground", ["", "whim"])
def test_a_reason_is_needed(agent: Counting, ground: str) -> None:
    assert ask(agent, known(agent), ground).status_code == 400


def test_what_may_be_asked_no_more_is_said(agent: Counting, store: FakeStore) -> None:
    page = known(agent)
    [(patient, referral)] = store.all_referrals
    store.all_referrals[patient, referral] = an_early_referral(patient, bookable_from=NOW)
    answer = ask(agent, page)
    assert "nikt nie może odstąpić" in said(answer)


def test_a_kept_place_is_kept_for_longer(agent: Counting, store: FakeStore) -> None:
    page = keep(agent, ask(agent, known(agent)))
    page = agent.post(action(page, "/wycofaj"), page)
    clock_of(agent).at += DECIDED_WITHIN / 2
    ask(agent, page)
    [hold] = store.holds()
    assert hold.extension == 1
    assert hold.expires_at == clock_of(agent).at + DECIDED_WITHIN


def test_a_place_that_ran_out_is_not(agent: Counting, store: FakeStore) -> None:
    page = keep(agent, ask(agent, known(agent)))
    page = agent.post(action(page, "/wycofaj"), page)
    clock_of(agent).at += DECIDED_WITHIN
    ask(agent, page)
    [hold] = store.holds()
    assert hold.extension == 0


def test_the_key_for_the_reason_is_said_on_the_screen(agent: Counting) -> None:
    page = known(agent)
    assert re.search(r'<select[^>]*name="ground"[^>]*accesskey="o"', page.text)
    assert "Alt i O" in said(page)


def test_an_ordinary_place_is_booked_without_using_it(
    agent: Counting, store: FakeStore, anna: PatientId
) -> None:
    page = keep(agent, ask(agent, known(agent)))
    [(_, referral)] = store.all_referrals
    store.all_referrals[anna, referral] = an_early_referral(anna, bookable_from=NOW)
    agent.post(action(page, BOOK), page)
    [visit] = store.visits(anna)
    assert visit.waived is None


def test_of_two_who_come_together_one_may_need_consent() -> None:
    store = a_store_of_two()
    patient = patient_id(ANNAS)
    [referral] = [one for who, one in store.all_referrals if who == patient]
    store.all_referrals[patient, referral] = an_early_referral(patient, id=referral)
    agent = a_hotline_browser(store)
    page = known_two(agent)
    assert 'name="slots"' not in page.text
    page = ask(agent, page)
    slots = re.search(r'name="slots" value="([^"]+)"', page.text)
    assert slots, page.text
    page = agent.post(action(page, "/razem"), page, slots=slots.group(1))
    assert len(store.holds()) == 2
    page = agent.post(action(page, BOOK), page, person="1")
    agent.post(action(page, BOOK), page, person="0")
    assert [visit.patient for visit in store.visits(patient_id(JANS))] == [patient_id(JANS)]
    assert not store.visits(patient)
    decide(agent, "zgoda")
    page = agent.get(action(page, "/koniec").removesuffix("/koniec"))
    agent.post(action(page, BOOK), page, person="0")
    assert len(store.visits(patient)) == 1
