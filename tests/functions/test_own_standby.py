"""One's own place on a standby list, over HTTP and on the patients' pages, in process."""

from dataclasses import replace
from typing import Any

import pytest

from erejestracja.domain.ids import PointId
from erejestracja.domain.standby import Origin, Standby
from erejestracja.services.search import Search
from tests.functions.test_booking import Caller, code
from tests.functions.test_patient_web import PatientSuite, said
from tests.support import functions
from tests.support.builders import (
    COVID,
    MODERNA,
    PFIZER,
    POINT,
    a_person,
    a_point,
    a_referral,
    a_representation,
    a_session,
    a_state,
    a_visit,
    an_actor,
)
from tests.support.clinic_case import ANNA, JAN
from tests.support.desk import SetClock, WatchedDesk, a_desk
from tests.support.fake_read_model import FakeMarket
from tests.support.fake_representations import FakeRepresentations
from tests.support.fake_standby import reserve_of
from tests.support.fake_store import FakeStore
from tests.support.web import Browser

PATH = "/v1/standby"
BODY = {
    "point": POINT,
    "programme": COVID,
    "vaccines": [PFIZER],
    "until": "2026-12-24",
    "withinTheHour": True,
    "consent": True,
}
SENT = {
    "point": POINT,
    "wanted": f"{COVID} {PFIZER}",
    "until": "2026-12-24",
    "within": "1",
    "consent": "1",
}


@pytest.fixture
def store() -> FakeStore:
    store = FakeStore()
    for one in (ANNA, JAN):
        referral = a_referral(one)
        store.all_referrals[one, referral.id] = referral
        store.people[one] = a_person(one)
    return store


@pytest.fixture
def desk(store: FakeStore) -> WatchedDesk:
    known = FakeRepresentations(a_representation(ANNA, JAN))
    return a_desk(store, [a_session()], [a_point()], representations=known)


@pytest.fixture
def anna(desk: WatchedDesk) -> Browser:
    market = FakeMarket([a_point()], [a_state(a_session())])
    suite = PatientSuite(desk=desk, search=Search(market, SetClock()))
    browser = Browser(functions.load("patient_web", suite), suite)
    browser.sign_in(an_actor(patient=ANNA, subject="anna"))
    return browser


def waits(store: FakeStore) -> list[Standby]:
    return list(store.tables.standby.values())


def joined(anna: Browser, **changes: str) -> Any:
    return anna.post("/rezerwa", anna.get("/rezerwa", point=POINT), **(SENT | changes))


class TestOverHttp:
    @pytest.fixture
    def call(self, desk: WatchedDesk) -> Caller:
        from tests.functions.test_booking import BookingSuite

        suite = BookingSuite(desk)
        suite.reserve = reserve_of(desk)  # type: ignore[attr-defined]
        return Caller(functions.load("booking", suite))

    def test_one_asks_sees_it_and_leaves(self, call: Caller, store: FakeStore) -> None:
        made = call("anna", "POST", PATH, json=BODY | {"phone": "600 000 009"})
        assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
        answer = made.get_json()
        assert (answer["point"], answer["origin"], answer["person"]) == (POINT, "self", ANNA)
        assert "600" not in made.text
        assert waits(store)[0].phone == "+48600000009"
        [entry] = call("anna", "GET", PATH).get_json()["entries"]
        assert entry == answer
        assert call("anna", "DELETE", f"{PATH}?programme={COVID}").status_code == 204
        assert call("anna", "GET", PATH).get_json() == {"entries": []}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"consent": False}, "consent"),
            ({"withinTheHour": False}, "withinTheHour"),
            ({"phone": "12"}, "phone"),
            ({"until": "2028-01-01"}, "until"),
        ],
    )
    def test_nobody_is_put_on_without_consent_or_by_half(
        self, call: Caller, store: FakeStore, changes: dict[str, Any], field: str
    ) -> None:
        refused = call("anna", "POST", PATH, json=BODY | changes)
        assert code(refused) == (400, "invalid_request")
        assert set(refused.get_json()["fields"]) == {field}
        assert waits(store) == []


class TestThePages:
    def test_where_nothing_suits_a_link_leads_to_points_nearby(self, anna: Browser) -> None:
        page = anna.get("/terminy", postcode="20-020")
        assert "Zapisz się na listę rezerwową" in said(page)
        assert f"/rezerwa?point={POINT}" in page.text
        points = anna.get("/rezerwa", postcode="20-020", radius="25")
        assert "Przychodnia Lekarska Przykładowa" in said(points)
        nowhere = anna.get("/rezerwa", postcode="", voivodeship="")
        assert "Podaj kod pocztowy" in said(nowhere)

    @pytest.mark.parametrize("language", ["pl", "en", "uk"])
    def test_the_page_says_what_it_means(self, anna: Browser, language: str) -> None:
        anna.language = language
        page = anna.get("/rezerwa", point=POINT)
        assert page.status_code == 200
        assert "Comirnaty" in said(page)
        assert str(a_person(ANNA).phone)[-3:] in said(page)
        assert str(a_person(ANNA).phone) not in page.text

    def test_one_joins_sees_it_among_one_s_matters_and_leaves(
        self, anna: Browser, store: FakeStore
    ) -> None:
        page = joined(anna)
        assert "Zapisano na listę rezerwową" in said(page)
        assert "Wypisz z listy rezerwowej" in said(page)
        [entry] = waits(store)
        assert (entry.origin, entry.vaccines, entry.phone) == (Origin.SELF, (PFIZER,), None)
        gone = anna.post(f"/rezerwa/{COVID}/zrezygnuj", page)
        assert "Wypisano z listy rezerwowej" in said(gone)
        assert waits(store) == []

    def test_several_vaccines_and_another_number(self, anna: Browser, store: FakeStore) -> None:
        page = anna.get("/rezerwa", point=POINT)
        wanted = [f"{COVID} {PFIZER}", f"{COVID} {MODERNA}"]
        anna.post("/rezerwa", page, **(SENT | {"wanted": wanted, "phone": "600 000 009"}))
        [entry] = waits(store)
        assert (entry.vaccines, entry.phone) == ((MODERNA, PFIZER), "+48600000009")

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"consent": ""}, "Bez zgody nie możemy zapisać"),
            ({"within": ""}, "tylko dla osób, które mogą przyjść"),
            ({"wanted": ""}, "Sprawdź formularz"),
            ({"phone": "12"}, "Podaj numer telefonu"),
            ({"until": "2028-01-01"}, "najwyżej za pół roku"),
        ],
    )
    def test_what_is_missing_is_said(
        self, anna: Browser, store: FakeStore, changes: dict[str, str], words: str
    ) -> None:
        page = joined(anna, **changes)
        assert page.status_code == 400
        assert words in said(page)
        assert waits(store) == []

    def test_who_has_a_visit_does_not_wait(self, anna: Browser, store: FakeStore) -> None:
        visit = a_visit(patient=ANNA)
        store.tables.visits[visit.id] = (visit, "digest")
        assert "jest już umówiona wizyta" in said(joined(anna))

    def test_who_has_no_referral_is_told_so(self, anna: Browser, store: FakeStore) -> None:
        store.all_referrals.clear()
        assert "Nie masz skierowania" in said(anna.get("/rezerwa", point=POINT))
        assert anna.get("/rezerwa", point="nowhere").status_code == 404

    def test_for_another_it_is_theirs(self, anna: Browser, store: FakeStore) -> None:
        anna.post("/rodzina/dla", anna.get("/rodzina"), whom=JAN)
        joined(anna, phone="600 000 009")
        [entry] = waits(store)
        assert (entry.patient, entry.phone) == (JAN, "+48600000009")
        anna.post("/rodzina/dla", anna.get("/rodzina"), whom="me")
        assert "Wypisz z listy rezerwowej" not in said(anna.get("/moje"))

    def test_a_point_that_is_gone_is_left_by_its_programme(
        self, anna: Browser, store: FakeStore
    ) -> None:
        joined(anna)
        [entry] = waits(store)
        store.tables.standby[ANNA, COVID] = replace(entry, point=PointId("gone"))
        assert "Szczepienia przeciw COVID-19" in said(anna.get("/moje"))
