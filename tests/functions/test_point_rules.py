"""A point's weekly rules in a browser, in process: shown first, agreed to, done, undone."""

import re
from datetime import date
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.vials import Lot
from erejestracja.domain.visit import VisitStatus
from tests.support.builders import MODERNA, PFIZER, POINT, an_actor
from tests.support.planning import agreed, planner, said
from tests.support.schedule_case import Case
from tests.support.web import Browser

HOME = f"/punkt/{POINT}/tydzien/zasady"
NEW = f"{HOME}/nowa"
RULE = {
    "key": "a form",
    "weekdays": ["1", "2", "3", "4", "5"],
    "opens": "08:00",
    "closes": "16:00",
    "breaks": "12:00-12:30",
    "step": "15",
    "places": "2",
    "vaccines": PFIZER,
    "dose": "1",
    "visibility": "external",
    "valid_from": "2026-12-07",
}


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def admin(case: Case) -> Browser:
    return planner(case)


def made(browser: Browser, **changes: Any) -> Any:
    page = browser.post(NEW, browser.get(NEW), **(RULE | changes))
    return agreed(browser, NEW, page)


def sent(case: Case, **changes: Any) -> dict[str, Any]:
    return {**RULE, "etag": str(case.reach().series.number), **changes}


def of(case: Case) -> str:
    return f"{HOME}/{case.reach().series.id}"


def test_a_point_without_rules_is_offered_to_make_one(admin: Browser) -> None:
    page = admin.get(HOME)
    assert "nie ma jeszcze żadnych godzin" in said(page)
    assert f'href="{NEW}"' in page.text


def test_what_a_new_rule_does_is_shown_and_nothing_done(admin: Browser, case: Case) -> None:
    page = admin.post(NEW, admin.get(NEW), **RULE)
    assert page.status_code == 200
    assert "Przybędzie 360 miejsc." in said(page)
    assert "Nikt nie straci umówionej wizyty." in said(page)
    assert not case.schedules.series(case.point)


def test_a_rule_is_made_once_it_was_agreed_to(admin: Browser, case: Case) -> None:
    page = made(admin)
    assert "Zrobione." in said(page)
    assert "8 osób na godzinę, 300 na tydzień" in said(page)
    assert case.is_as_from_scratch()
    assert "pn–pt, 08:00–16:00" in said(admin.get(HOME))


def test_when_internal_places_open_to_everyone_is_said_back(admin: Browser, case: Case) -> None:
    page = admin.post(
        NEW, admin.get(NEW), **(RULE | {"visibility": "internal"}), release_hours="48"
    )
    words = "Wolne miejsca wewnętrzne otwierają się dla wszystkich 48 godzin przed terminem."
    assert words in said(page)
    agreed(admin, NEW, page)
    assert words in said(admin.get(HOME))
    assert re.search(r'name="release_hours"[^>]*value="48"', admin.get(of(case)).text)
    key = case.slot("08:00").session
    assert words in said(admin.get(f"/punkt/{POINT}/tydzien/{key.day}/{key.nr}"))


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"born_from": "2015-01-01"}, "tylko dla urodzonych od 1 stycznia 2015"),
        ({"born_to": "2020-12-31"}, "tylko dla urodzonych do 31 grudnia 2020"),
        (
            {"born_from": "2015-01-01", "born_to": "2020-12-31"},
            "tylko dla urodzonych od 1 stycznia 2015 do 31 grudnia 2020",
        ),
    ],
)
def test_for_whom_a_rule_is_is_said_back(
    admin: Browser, case: Case, dates: dict[str, str], words: str
) -> None:
    page = admin.post(NEW, admin.get(NEW), **(RULE | dates))
    assert words in said(page)
    agreed(admin, NEW, page)
    key = case.slot("08:00").session
    assert words in said(admin.get(f"/punkt/{POINT}/tydzien/{key.day}/{key.nr}"))
    assert all(value in admin.get(of(case)).text for value in dates.values())


def test_several_vaccines_are_said_back_and_keep_the_order_of_the_point(
    admin: Browser, case: Case
) -> None:
    page = admin.post(NEW, admin.get(NEW), **(RULE | {"vaccines": [PFIZER, MODERNA]}))
    assert "jedna z: Comirnaty, Spikevax" in said(page)
    agreed(admin, NEW, page)
    case.change(vaccine=MODERNA, also=(PFIZER,))
    again = sent(case, vaccines=[PFIZER, MODERNA], places="3")
    agreed(admin, of(case), admin.post(of(case), admin.get(of(case)), **again))
    assert case.reach().series.vaccines == (MODERNA, PFIZER)
    alone = sent(case, vaccines=[PFIZER])
    agreed(admin, of(case), admin.post(of(case), admin.get(of(case)), **alone))
    assert case.reach().series.vaccines == (PFIZER,)
    week = said(admin.get(f"/punkt/{POINT}/tydzien?on={RULE['valid_from']}"))
    assert "Comirnaty" in week


def test_what_is_cut_off_is_said_to_follow(admin: Browser, case: Case) -> None:
    page = admin.post(NEW, admin.get(NEW), **RULE)

    def cut_off(what: str) -> None:
        if what == "publish":
            raise Overloaded(retry_after=1)

    case.schedules.before_commit = cut_off
    assert "w ciągu kilku minut" in said(agreed(admin, NEW, page))
    assert len(case.schedules.series(case.point)) == 1


def test_a_form_sent_twice_makes_one_rule(admin: Browser, case: Case) -> None:
    made(admin)
    again = admin.post(NEW, admin.get(NEW), **RULE)
    assert "Zrobione." in said(again)
    assert len(case.schedules.series(case.point)) == 1


def test_who_corrects_gets_the_form_as_it_was_filled_in(admin: Browser) -> None:
    page = admin.post(NEW, admin.get(NEW), **RULE, again="1")
    assert 'value="12:00-12:30"' in page.text
    assert re.search(r'value="5" checked', page.text)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("closes", "07:00", "Godzina końca musi być po"),
        ("breaks", "w południe", "Wpisz przerwy"),
        ("breaks", "12:30-12:00", "Wpisz przerwy"),
        ("breaks", "25:00-26:00", "Wpisz przerwy"),
        ("breaks", "15:30-16:30", "Wpisz przerwy"),
        ("valid_to", "2026-12-01", "Ostatni dzień nie może być"),
        ("step", "1", "Wpisz od 5 do 240"),
        ("places", "99", "Wpisz od 1 do 50"),
        ("born_to", "1900-01-01", "Ten dzień nie może być przed pierwszym"),
        ("release_hours", "0", "Wpisz od 1 do 336 godzin"),
        ("weekdays", [], "Wypełnij to pole"),
        ("weekdays", ["8"], "Popraw to pole"),
        ("opens", "rano", "Popraw to pole"),
        ("vaccines", "another", "Popraw to pole"),
    ],
)
def test_what_no_point_could_mean_is_said_at_the_field(
    admin: Browser, case: Case, field: str, value: Any, words: str
) -> None:
    page = admin.post(NEW, admin.get(NEW), **(RULE | {"born_from": "1950-01-01", field: value}))
    assert page.status_code == 200
    assert words in said(page)
    assert "Sprawdź formularz" in said(page)
    assert not case.schedules.series(case.point)


def test_a_rule_is_shown_as_it_stands_to_be_changed(admin: Browser, case: Case) -> None:
    made(admin)
    page = admin.get(of(case))
    assert 'value="12:00–12:30"' in page.text
    assert re.search(r'name="weekdays" id="weekdays-5" value="5" checked', page.text)
    assert not re.search(r'id="weekdays-6" value="6" checked', page.text)


def test_whose_visits_a_change_hits_is_said_before_it_is_made(admin: Browser, case: Case) -> None:
    made(admin)
    stays, goes = case.visit("a" * 26, index=4), case.visit("b" * 26, index=0)
    page = admin.post(of(case), admin.get(of(case)), **sent(case, opens="09:00"))
    words = said(page)
    assert "1 wizyta zachowa swoją godzinę." in words
    assert "1 wizyta straci termin" in words
    assert case.status(goes) is VisitStatus.BOOKED
    agreed(admin, of(case), page)
    assert case.status(goes) is VisitStatus.ORPHANED
    assert case.status(stays) is VisitStatus.BOOKED


def test_who_booked_after_the_preview_is_asked_about_anew(admin: Browser, case: Case) -> None:
    made(admin)
    page = admin.post(of(case), admin.get(of(case)), **sent(case, opens="09:00"))
    assert "Nikt nie straci" in said(page)
    late = case.visit("b" * 26, index=0)
    asked = agreed(admin, of(case), page)
    assert "1 wizyta straci termin" in said(asked)
    assert case.status(late) is VisitStatus.BOOKED


def test_a_change_of_what_changed_meanwhile_is_refused(admin: Browser, case: Case) -> None:
    made(admin)
    old = sent(case, opens="09:00")
    case.change(places=3)
    assert admin.post(of(case), admin.get(of(case)), **old).status_code == 412


def test_a_rule_is_ended_and_the_end_undone(admin: Browser, case: Case) -> None:
    made(admin)
    path = f"{of(case)}/koniec"
    page = admin.get(path)
    assert "Ubędzie 360 miejsc." in said(page)
    ended = agreed(admin, path, page)
    assert "Zrobione." in said(ended)
    assert not case.schedules.series(case.point)
    undo = re.search(r'href="(/punkt/[^"]+/cofnij)"', ended.text)
    assert undo
    shown = admin.get(undo.group(1))
    assert "Przybędzie 360 miejsc." in said(shown)
    agreed(admin, undo.group(1), shown)
    assert case.is_as_from_scratch()


def test_only_the_last_change_can_be_undone(admin: Browser, case: Case) -> None:
    made(admin)
    first = f"{of(case)}/zmiany/{case.reach().series.number}"
    case.change(places=3)
    assert "nie można cofnąć" in said(admin.get(first))
    assert admin.get(f"{first}/cofnij").status_code == 412


def test_a_change_of_another_rule_is_not_found(admin: Browser, case: Case) -> None:
    made(admin)
    assert admin.get(f"{HOME}/other/zmiany/{case.reach().series.number}").status_code == 404


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.MEDIC])
def test_only_managers_see_rules(admin: Browser, role: Role) -> None:
    admin.sign_in(an_actor(role))
    assert admin.get(HOME).status_code == 403


@pytest.mark.parametrize(("language", "words"), [("en", "Opening hours"), ("uk", "Години прийому")])
def test_rules_are_said_in_other_languages(admin: Browser, language: str, words: str) -> None:
    made(admin)
    page = admin.get(HOME, lang=language)
    assert words in said(page)


def test_the_weekly_limit_is_set_and_then_measured_with(admin: Browser) -> None:
    limit = f"/punkt/{POINT}/zaopatrzenie/zasady"
    assert "Punkt nie ma limitu tygodniowego." in said(admin.get(HOME))
    wrong = admin.post(limit, admin.get(limit), etag="-1", limit="-5")
    assert "Wpisz liczbę od 0 do 100 000" in said(wrong)
    listed = admin.post(limit, admin.get(limit), etag="-1", limit="30")
    assert "Limit punktu to 30 dawek na tydzień." in said(listed)
    preview = said(admin.post(NEW, admin.get(NEW), **RULE))
    assert "więcej miejsc niż limit: 30 dawek na tydzień" in preview
    assert "7 grudnia 2026: 300 miejsc" in preview
    assert "więcej miejsc niż limit" in said(made(admin, key="another"))


def test_a_limit_is_set_by_who_saw_the_last(admin: Browser) -> None:
    limit = f"/punkt/{POINT}/zaopatrzenie/zasady"
    page = admin.get(limit)
    admin.post(limit, page, etag="-1", limit="30")
    assert admin.post(limit, page, etag="-1", limit="60").status_code == 412
    assert "Punkt nie ma limitu" in said(admin.post(limit, page, etag="0", limit=""))


def test_days_that_leave_part_of_a_vial_are_told(admin: Browser, case: Case) -> None:
    case.supplies.lots.append(Lot(POINT, "AB12", PFIZER, date(2027, 1, 1), 7, 70, 1))
    told = said(admin.post(NEW, admin.get(NEW), **RULE))
    assert "w fiolce jest 7 dawek, a liczba miejsc w dniu nie dzieli się przez 7" in told
    assert "i jeszcze 3 dni" in told


SUPPLY = f"/punkt/{POINT}/zaopatrzenie"


def controlled(admin: Browser) -> Any:
    terms = f"{SUPPLY}/zasady"
    return admin.post(terms, admin.get(terms), etag="-1", limit="", controlled=PFIZER)


def rearranged(admin: Browser, path: str, page: Any, **fields: str) -> Any:
    [version] = re.findall(r'name="version"[^>]*value="([^"]+)"', page.text)
    return admin.post(path, page, version=version, **fields)


def test_a_rule_is_moved_to_another_room_and_nobody_loses_their_time(
    admin: Browser, case: Case
) -> None:
    assert "Gabinet 1" in said(made(admin, room="  Gabinet  1"))
    visit = case.visit("a" * 26)
    form = admin.get(of(case))
    assert 'value="Gabinet 1"' in form.text
    assert '<option value="Gabinet 1">' in form.text
    page = admin.post(of(case), form, **sent(case, room="Gabinet 2"))
    words = said(page)
    assert "miejsc będzie w innym gabinecie." in words
    assert "Bez zmian" not in words
    assert "Zrobione." in said(agreed(admin, of(case), page))
    assert case.now(visit) == visit
    assert case.slots(room="Gabinet 2") == case.slots()
    page = admin.post(of(case), admin.get(of(case)), **sent(case, room="Gabinet\u200b2"))
    assert "bez znaków niewidocznych" in said(page)


def test_a_new_rule_may_wait_for_doses_from_the_first(admin: Browser, case: Case) -> None:
    assert 'name="as_covered"' not in admin.get(NEW).text
    controlled(admin)
    case.supplies.lots.append(Lot(POINT, "AB12", PFIZER, date(2027, 1, 1), 1, 70, 1))
    form = admin.get(NEW)
    assert 'name="as_covered"' in form.text
    page = admin.post(NEW, form, **RULE, as_covered="1")
    assert "Przybędzie 60 miejsc." in said(page)
    assert "Dawek starcza do dnia: poniedziałek, 7 grudnia 2026." in said(page)
    assert "Zrobione." in said(agreed(admin, NEW, page))
    assert {s.key.day for s in case.store.tables.sessions.values()} == {date(2026, 12, 7)}
    assert 'name="as_covered"' not in admin.get(of(case)).text


def test_without_doses_a_reason_is_asked_for(admin: Browser, case: Case) -> None:
    assert "Pod kontrolą zapasu: " in said(controlled(admin))
    page = admin.post(NEW, admin.get(NEW), **RULE)
    assert "nie ma dawek w magazynie ani w potwierdzonych dostawach" in said(page)
    again = agreed(admin, NEW, page)
    assert "Co się zmieni" in said(again)
    assert not case.schedules.series(case.point)
    assert "Zrobione." in said(agreed(admin, NEW, again, override="instructed"))
    assert "nie ma dla nich dawek" in said(admin.get(SUPPLY))


def test_deliveries_are_announced_confirmed_and_not_taken_from_under_places(
    admin: Browser,
) -> None:
    controlled(admin)
    new, asked = f"{SUPPLY}/nowa", {"key": "k", "vaccine": PFIZER, "expected_on": "2026-12-07"}
    assert "Wpisz liczbę" in said(admin.post(new, admin.get(new), **asked, doses="0"))
    past = asked | {"doses": "600", "expected_on": "2026-01-01"}
    assert admin.post(new, admin.get(new), **past).status_code == 200
    assert "Nie ma zapowiedzianych dostaw." in said(admin.get(SUPPLY))
    page = admin.post(new, admin.get(new), **asked, doses="600")
    assert "zapowiedziana" in said(page)
    [path] = set(re.findall(rf'href="({SUPPLY}/[a-z0-9]{{16}})"', page.text))
    wanted = {"doses": "600", "expected_on": "2026-12-07", "status": "confirmed"}
    first = admin.get(path)
    assert "potwierdzona" in said(rearranged(admin, path, first, **wanted))
    assert "Zrobione." in said(made(admin))
    fewer = wanted | {"doses": "360"}
    assert rearranged(admin, path, first, **fewer).status_code == 412
    assert "potwierdzona" in said(rearranged(admin, path, admin.get(path), **fewer))
    none = wanted | {"status": "cancelled"}
    preview = rearranged(admin, path, admin.get(path), **none)
    assert "Ubędzie 360 wolnych miejsc." in said(preview)
    refused = agreed(admin, path, preview, choice="publish")
    assert "Podaj powód" in said(refused)
    published = agreed(admin, path, refused, choice="publish", override="other")
    assert "odwołana" in said(published)
    assert "nie ma dla nich dawek" in said(published)
    assert admin.get(f"{SUPPLY}/another").status_code == 404
    assert admin.post(path, admin.get(path), **(wanted | {"doses": ""})).status_code == 200
    late = wanted | {"expected_on": "2026-01-01"}
    assert rearranged(admin, path, admin.get(path), **late).status_code == 200
