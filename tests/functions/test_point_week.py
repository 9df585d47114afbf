"""A point's week in a browser, in process: what is open, changed for one slot, closed, undone."""

import re
from datetime import timedelta

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.visit import VisitStatus
from tests.support.builders import DAY, POINT, an_actor
from tests.support.desk import SetClock
from tests.support.planning import agreed, planner, said
from tests.support.schedule_case import Case
from tests.support.web import Browser

WEEK = f"/punkt/{POINT}/tydzien"
THAT = {"on": DAY.isoformat()}

CLOSE = f"{WEEK}/zamkniecie"
CLOSING = {
    "on": DAY.isoformat(),
    "from": "08:00",
    "to": "10:00",
    "reason": "breakdown",
    "strategy": "reaccommodate",
}


@pytest.fixture
def case() -> Case:
    case = Case()
    case.made()
    return case


@pytest.fixture
def admin(case: Case) -> Browser:
    return planner(case)


def slots_of(admin: Browser) -> str:
    """Return where the slots of Monday's first opening are."""
    found = re.search(rf'href="({WEEK}/{DAY}/[0-9]+)"', admin.get(WEEK, **THAT).text)
    assert found
    return found.group(1)


def test_a_week_shows_what_is_open_and_how_much_is_taken(admin: Browser, case: Case) -> None:
    case.visit("a" * 26)
    page = admin.get(WEEK, **THAT)
    assert page.status_code == 200
    words = said(page)
    assert "7 grudnia – 13 grudnia 2026" in words
    assert "08:00–16:00" in words
    assert "zajęte 1 z 64" in words
    assert words.count("zamknięte") == 2


def test_a_block_stands_at_its_hours(admin: Browser) -> None:
    page = admin.get(WEEK, **THAT)
    assert page.text.count('class="app-open app-r1 app-e33 app-l0of1"') == 5


def test_after_a_change_the_week_shows_what_stands(admin: Browser, case: Case) -> None:
    case.change(places=5)
    words = said(admin.get(WEEK, **THAT))
    assert "zajęte 0 z 160" in words
    assert "z 64" not in words


def test_a_week_without_anything_is_still_a_page(admin: Browser) -> None:
    page = admin.get(WEEK, on="2027-12-06")
    assert said(page).count("zamknięte") == 7


def test_staff_see_the_week_and_its_slots_but_change_nothing(admin: Browser) -> None:
    admin.sign_in(an_actor(Role.REGISTRAR))
    slots = slots_of(admin)
    page = admin.get(slots)
    assert "zajęte 0 z 2" in said(page)
    assert f"{slots}/0" not in page.text
    assert admin.get(f"{slots}/0").status_code == 403


def test_one_slot_is_given_more_places_once_that_was_agreed_to(admin: Browser, case: Case) -> None:
    path = f"{slots_of(admin)}/4"
    form = admin.get(path)
    assert 'value="2"' in form.text
    page = admin.post(path, form, places="6", visibility="external")
    assert "6 osób o tej godzinie" in said(page)
    assert case.is_as_from_scratch()
    done = agreed(admin, path, page)
    assert "Zrobione." in said(done)
    assert "6 osób" not in said(admin.get(WEEK, **THAT))
    assert "zajęte 0 z 6" in said(admin.get(WEEK, **THAT))
    assert case.is_open_as_ruled()


def test_who_is_booked_in_a_slot_that_goes_is_told_of_first(admin: Browser, case: Case) -> None:
    hit = case.visit("a" * 26, index=0)
    path = f"{slots_of(admin)}/0"
    page = admin.post(path, admin.get(path), places="0", visibility="external")
    assert "nikt o tej godzinie" in said(page)
    assert "1 wizyta straci termin" in said(page)
    agreed(admin, path, page)
    assert case.status(hit) is VisitStatus.ORPHANED


def test_a_block_that_was_dragged_leads_to_the_form_of_its_rule(admin: Browser) -> None:
    answer = admin.get(f"{slots_of(admin)}/przesun", shift="60", longer="-30")
    form = admin.get(answer.location)
    assert 'name="opens" type="time" value="09:00"' in form.text
    assert 'name="closes" type="time" value="16:30"' in form.text


@pytest.mark.parametrize("asked", [{}, {"shift": "-600"}, {"shift": "x"}, {"longer": "480"}])
def test_hours_that_would_leave_the_day_are_not_moved(
    admin: Browser, asked: dict[str, str]
) -> None:
    answer = admin.get(f"{slots_of(admin)}/przesun", **asked)
    form = admin.get(answer.location)
    assert 'name="opens" type="time" value="08:00"' in form.text
    assert 'name="closes" type="time" value="16:00"' in form.text


@pytest.mark.parametrize("end", ["/99", f"/../{DAY}/999999", "/../never/16"])
def test_a_slot_that_is_not_there_is_not_found(admin: Browser, end: str) -> None:
    assert admin.get(slots_of(admin) + end).status_code == 404


def test_slots_of_today_stay_as_they_are(admin: Browser, case: Case) -> None:
    slots = slots_of(admin)
    clock = case.board.clock
    assert isinstance(clock, SetClock)
    clock.at += timedelta(days=6)
    assert f"{slots}/0" not in admin.get(slots).text
    page = admin.post(f"{slots}/0", admin.get(f"{slots}/0"), places="1", visibility="external")
    assert "Terminów z dzisiaj nie można już zmienić" in said(page)
    assert not case.reach().series.varied


def test_too_many_places_are_refused_at_the_field(admin: Browser) -> None:
    path = f"{slots_of(admin)}/0"
    page = admin.post(path, admin.get(path), places="51", visibility="external")
    assert "Wpisz od 0 do 50" in said(page)


class TestClosing:
    def test_whom_it_hits_is_said_and_nothing_done(self, admin: Browser, case: Case) -> None:
        hit = case.visit("a" * 26, index=0)
        page = admin.post(CLOSE, admin.get(CLOSE), **CLOSING)
        assert "Dotknie 1 wizyty." in said(page)
        assert "Poszukamy im innego terminu." in said(page)
        assert case.status(hit) is VisitStatus.BOOKED

    def test_a_point_is_closed_and_opened_again(self, admin: Browser, case: Case) -> None:
        hit = case.visit("a" * 26, index=0)
        page = admin.post(CLOSE, admin.get(CLOSE), **CLOSING)
        done = agreed(admin, CLOSE, page)
        assert "Dotknięte wizyty 1" in said(done)
        assert case.status(hit) is VisitStatus.ORPHANED
        assert "10:00–16:00" in said(admin.get(WEEK, **THAT))
        undo = re.search(r'action="([^"]+/cofnij)"', done.text)
        assert undo
        again = admin.post(undo.group(1), done)
        assert "cofnięte" in said(again)
        assert case.is_open_as_ruled()

    def test_one_room_is_closed_beside_another(self, admin: Browser, case: Case) -> None:
        assert 'name="room"' not in admin.get(CLOSE).text
        case.change(room="Gabinet 1")
        case.made(id="second", room="Gabinet 2")
        week = said(admin.get(WEEK, **THAT))
        assert "Gabinet 1" in week
        assert "Gabinet 2" in week
        form = admin.get(CLOSE)
        assert "Co zamknąć? Cały punkt Gabinet 1 Gabinet 2" in said(form)
        page = admin.post(CLOSE, form, **CLOSING, room="Gabinet 2")
        assert "Co zamknąć? Gabinet 2" in said(page)
        done = agreed(admin, CLOSE, page)
        assert "Zamknięcie: Gabinet 2" in said(done)
        assert "Gabinet 2: awaria" in said(admin.get(WEEK, **THAT))
        assert case.slots(room="Gabinet 2")[0] == "10:00"
        assert case.slots(room="Gabinet 1")[0] == "08:00"

    def test_a_room_that_is_not_there_is_refused(self, admin: Browser, case: Case) -> None:
        page = admin.post(CLOSE, admin.get(CLOSE), **CLOSING, room="Gabinet 9")
        assert "Sprawdź formularz" in said(page)
        assert case.is_open_as_ruled()

    def test_a_room_without_hours_from_tomorrow_on_has_nothing_to_close(
        self, admin: Browser, case: Case
    ) -> None:
        case.change(room="Gabinet 1")
        clock = case.board.clock
        assert isinstance(clock, SetClock)
        clock.at += timedelta(days=6)
        case.done(case.plan(None))
        sent = CLOSING | {"to": "23:59", "room": "Gabinet 1"}
        page = admin.post(CLOSE, admin.get(CLOSE), **sent)
        assert "W tym gabinecie nie ma czego zamykać" in said(page)

    def test_who_booked_since_is_asked_about_anew(self, admin: Browser, case: Case) -> None:
        page = admin.post(CLOSE, admin.get(CLOSE), **CLOSING)
        late = case.visit("b" * 26, index=1)
        asked = agreed(admin, CLOSE, page)
        assert "Dotknie 1 wizyty." in said(asked)
        assert case.status(late) is VisitStatus.BOOKED

    def test_hours_the_wrong_way_round_are_refused(self, admin: Browser) -> None:
        sent = CLOSING | {"from": "12:00"}
        page = admin.post(CLOSE, admin.get(CLOSE), **sent)
        assert page.status_code == 200
        assert "Sprawdź formularz" in said(page)

    def test_an_hour_that_the_clock_skips_is_said_not_to_exist(self, admin: Browser) -> None:
        sent = CLOSING | {"on": "2027-03-28", "from": "02:30"}
        page = admin.post(CLOSE, admin.get(CLOSE), **sent)
        assert "zmiana czasu" in said(page)
