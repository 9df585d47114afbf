"""No looking around: every address of the hotline, without a call, and with another's."""

import pytest
from werkzeug.routing import Rule

from erejestracja.auth.patients import patient_id
from erejestracja.domain.actor import Role
from erejestracja.domain.ids import PatientId
from erejestracja.web.hotline.application import hotline_application
from tests.support.builders import an_actor
from tests.support.fake_store import FakeStore
from tests.support.hotline import (
    AGENT,
    ANNAS,
    Counting,
    a_hotline_browser,
    a_store_of_two,
    action,
    called,
    found,
    known,
    known_two,
)

pytestmark = pytest.mark.usefixtures("patient_key")
OTHER = an_actor(Role.AGENT, subject="other", points=frozenset())
RULES = [rule for rule in hotline_application().url_map.iter_rules() if rule.rule != "/healthz"]
OF_A_CALL = [rule for rule in RULES if "call" in rule.arguments]
# Of a call nothing but these may be asked before the caller has said who they are.
BEFORE_THEY_CONFIRM = {
    "call.call",
    "call.name",
    "call.confirm",
    "call.another",
    "call.second",
    "call.alone",
    "call.end",
    "desk.resume",
}
NAMES = ("Zmyślona", "Wymyślony", "+48600000000")


@pytest.fixture
def store() -> FakeStore:
    return a_store_of_two()


@pytest.fixture
def anna() -> PatientId:
    return patient_id(ANNAS)


@pytest.fixture
def agent(store: FakeStore) -> Counting:
    return a_hotline_browser(store)


def ask(agent: Counting, rule: Rule, call: str) -> tuple[int, str]:
    """Ask for an address with its own method; return the status and the page."""
    path = rule.rule.replace("<call>", call).replace("<visit>", "a-visit")
    page = agent.get("/infolinia/oddzwonienia")
    answer = agent.post(path, page) if "POST" in (rule.methods or ()) else agent.get(path)
    return answer.status_code, answer.text


def call_in(page: object) -> str:
    return action(page, "/koniec").split("/")[-2]


@pytest.mark.parametrize("rule", OF_A_CALL, ids=lambda rule: rule.endpoint)
def test_without_a_call_there_is_nothing(agent: Counting, rule: Rule) -> None:
    assert ask(agent, rule, "no-call")[0] == 404


@pytest.mark.parametrize("rule", OF_A_CALL, ids=lambda rule: rule.endpoint)
def test_another_s_call_is_none(agent: Counting, store: FakeStore, rule: Rule) -> None:
    call = call_in(known_two(agent))
    agent.sign_in(OTHER)
    looks = len(store.seen_by)
    status, text = ask(agent, rule, call)
    assert status == 404
    assert not any(name in text for name in NAMES)
    assert len(store.seen_by) == looks


@pytest.mark.parametrize("rule", OF_A_CALL, ids=lambda rule: rule.endpoint)
def test_a_call_that_is_over_shows_nothing(agent: Counting, rule: Rule) -> None:
    page = known_two(agent)
    call = call_in(page)
    agent.post(action(page, "/koniec"), page, outcome="informed")
    status, text = ask(agent, rule, call)
    assert status in (403, 404)
    assert not any(name in text for name in NAMES)


@pytest.mark.parametrize("rule", OF_A_CALL, ids=lambda rule: rule.endpoint)
def test_of_who_has_not_confirmed_nothing_is_shown_or_done(agent: Counting, rule: Rule) -> None:
    call = call_in(found(agent))
    status, text = ask(agent, rule, call)
    assert not any(name in text for name in NAMES if rule.endpoint != "call.confirm")
    assert (status == 403) == (rule.endpoint not in BEFORE_THEY_CONFIRM)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.endpoint)
@pytest.mark.parametrize("role", [Role.PATIENT, Role.MEDIC, Role.ADMIN, Role.COORDINATOR])
def test_nobody_but_agents_gets_in(agent: Counting, rule: Rule, role: Role) -> None:
    call = call_in(called(agent))
    page = agent.get(f"/infolinia/rozmowa/{call}")
    agent.sign_in(an_actor(role, subject=AGENT.subject))
    path = rule.rule.replace("<call>", call).replace("<visit>", "a-visit")
    if "POST" in (rule.methods or ()):
        assert agent.post(path, page).status_code == 403
    else:
        assert agent.get(path).status_code == 403


def test_each_look_at_a_record_is_written_down(
    agent: Counting, store: FakeStore, anna: PatientId
) -> None:
    where = f"/infolinia/rozmowa/{call_in(known(agent))}"
    before = len(store.accesses(anna, 100))
    for nth in range(1, 4):
        agent.get(where)
        assert len(store.accesses(anna, 100)) == before + nth
    assert {access.actor for access in store.accesses(anna, 100)} == {AGENT.subject}
