from collections import Counter
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from itertools import groupby
from pathlib import Path

import orjson
import pytest

from emulators.nation import openings, people, personas, points
from emulators.nation.atlas import powiat_of_postal_code, powiaty, shared_out
from erejestracja.auth import patients
from erejestracja.auth.patients import patient_id
from erejestracja.domain.actor import Channel
from erejestracja.domain.distance import kilometres
from erejestracja.domain.eligibility import offers
from erejestracja.domain.errors import Reason
from erejestracja.domain.pesel import Pesel
from erejestracja.domain.phone import parse_phone
from erejestracja.domain.point import Point
from erejestracja.domain.programme import Programme
from erejestracja.domain.programme_document import from_document

SEED = 11
TOMORROW = date(2026, 11, 24)
TODAY = TOMORROW - timedelta(days=1)
LAST = TOMORROW + timedelta(days=13)


@pytest.fixture(autouse=True)
def _an_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, "one")


def _installed(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("PATIENT_KEY", key)
    patients._key.cache_clear()


@pytest.fixture(scope="module")
def some_points() -> list[Point]:
    return [points.a_point(SEED, powiat, n) for powiat in powiaty() for n in range(3)]


@pytest.fixture(scope="module")
def covid() -> Programme:
    text = (resources.files("erejestracja.programmes") / "covid-19.json").read_bytes()
    return from_document(orjson.loads(text))


def test_all_powiaty_are_there_and_hold_the_country() -> None:
    assert len(powiaty()) == 380
    assert sum(powiat.thousands for powiat in powiaty()) == pytest.approx(37_800, rel=0.01)
    assert all(powiat.thousands > 10 for powiat in powiaty())


def test_points_are_shared_out_to_the_last_one_and_most_go_where_most_live() -> None:
    shares = shared_out(9000)
    assert sum(shares.values()) == 9000
    assert max(shares, key=shares.__getitem__) == "1465"
    assert min(shares.values()) >= 1
    assert sum(shared_out(7).values()) == 7


def test_every_point_lies_inside_its_powiat(some_points: list[Point]) -> None:
    powiat_of = {powiat.code: powiat for powiat in powiaty()}
    for point in some_points:
        powiat = powiat_of[point.powiat]
        assert kilometres(point.location, powiat.centre) <= powiat.inner_km


def test_postal_codes_belong_to_the_post_office_of_the_powiat_or_its_neighbour(
    some_points: list[Point],
) -> None:
    powiat_of = {powiat.code: powiat for powiat in powiaty()}
    for point in some_points:
        own = powiat_of[point.powiat]
        served_by = powiat_of[str(powiat_of_postal_code(point.postal_code))]
        has_own_office = any(powiat_of_postal_code(p) == own.code for p in own.prefixes)
        assert served_by == own if has_own_office else kilometres(served_by.centre, own.centre) < 60


def test_nobody_can_be_called_under_a_points_number(some_points: list[Point]) -> None:
    assert {point.phone[5] for point in some_points} == {"0"}
    assert all(len(point.phone) == len("+48") + 9 for point in some_points)


def test_the_same_seed_means_the_same_point_and_another_seed_another(
    some_points: list[Point],
) -> None:
    powiat = powiaty()[0]
    assert points.a_point(SEED, powiat, 1) == some_points[1]
    assert points.a_point(SEED + 1, powiat, 1).id != some_points[1].id
    assert len({point.id for point in some_points}) == len(some_points)


def test_a_bigger_nation_has_the_points_of_a_smaller_one() -> None:
    fewer, more = shared_out(500), shared_out(9000)
    assert all(fewer[code] <= more[code] for code in fewer)


def test_points_open_for_the_vaccines_they_say_and_no_others(some_points: list[Point]) -> None:
    for point in some_points:
        series = openings.series_of(SEED, point, TOMORROW, LAST)
        assert {one.vaccine for one in series} == point.vaccines
        assert [one.number for one in series] == list(range(len(series)))


def test_sessions_of_a_point_never_share_a_key_and_lie_on_the_days_asked_for(
    some_points: list[Point],
) -> None:
    for point in some_points:
        series = openings.series_of(SEED, point, TOMORROW, LAST)
        sessions = list(openings.sessions_of(series, TOMORROW, 14))
        keys = {session.key for session in sessions}
        assert len(keys) == len(sessions)
        assert all(TOMORROW <= key.day <= LAST for key in keys)


def test_a_whole_nation_has_about_1_8_million_slots_in_two_weeks(some_points: list[Point]) -> None:
    slots = sum(
        session.slots
        for point in some_points
        for session in openings.sessions_of(
            openings.series_of(SEED, point, TOMORROW, LAST), TOMORROW, 14
        )
    )
    assert 9000 * slots / len(some_points) == pytest.approx(1_800_000, rel=0.08)


def test_peoples_pesels_are_valid_and_tell_their_birth_dates() -> None:
    for one in people.people(SEED, range(300), TODAY):
        again = Pesel.parse(str(one.pesel))
        assert again.birth_date == one.person.birth_date
        assert one.person.id == patient_id(str(one.pesel))
        assert 12 <= people.age(one.person.birth_date, TODAY) <= 96


def test_women_have_womens_names_and_numbers() -> None:
    for one in people.people(SEED, range(200), TODAY):
        woman = one.pesel.sex.value == "F"
        assert woman == one.person.given_name.endswith("a")
        assert not (woman and one.person.family_name.endswith("ski"))


def test_pesels_are_this_installations_own(monkeypatch: pytest.MonkeyPatch) -> None:
    here = [one.pesel for one in people.people(SEED, range(50), TODAY)]
    assert here == [one.pesel for one in people.people(SEED, range(50), TODAY)]
    _installed(monkeypatch, "another")
    there = [one.pesel for one in people.people(SEED, range(50), TODAY)]
    assert sum(a == b for a, b in zip(here, there, strict=True)) <= 2


def test_phones_are_ones_the_suite_accepts() -> None:
    phones = [one.person.phone for one in people.people(SEED, range(300), TODAY)]
    mobiles = [parse_phone(phone).is_mobile for phone in phones if phone]
    assert 0.85 < sum(mobiles) / len(phones) < 0.97


def test_referrals_are_of_every_kind_that_booking_meets(covid: Programme) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    reasons = Counter(
        offers(covid, one.referrals[0], channel=Channel.WEB, now=now)[0].reason
        for one in people.people(SEED, range(600), TODAY)
    )
    assert reasons[None] / reasons.total() > 0.75
    expected = {Reason.REFERRAL_EXPIRED, Reason.COHORT_NOT_OPEN, Reason.NO_REFERRAL}
    assert expected <= set(reasons)


def test_every_persona_that_is_a_patient_may_book_now_but_one(covid: Programme) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    for who, one in zip(personas.PATIENTS, personas.registered(SEED, TODAY), strict=True):
        offer = offers(covid, one.referrals[0], channel=Channel.WEB, now=now)[0]
        assert offer.reason == (Reason.COHORT_NOT_OPEN if who.name == "ahead" else None)


@pytest.mark.parametrize("today", [date(2026, 1, 31), date(2026, 11, 23), date(2028, 2, 29)])
def test_personas_have_the_age_their_label_says(today: date) -> None:
    for who, one in zip(personas.PATIENTS, personas.registered(SEED, today), strict=True):
        assert people.age(one.person.birth_date, today) == who.years


def test_personas_file_names_everyone_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "new" / "personas.json"
    personas.write(file, SEED, TODAY, 2)
    found = {one["name"]: one for one in orjson.loads(file.read_bytes())["personas"]}
    assert set(found) >= {
        *("patient", "patient-2", "agent", "point-registrar", "point-medic", "point-admin"),
        *("coordinator", "coordinator-national", "medic-of-two", "partner", "supervisor"),
    }
    assert file.stat().st_mode & 0o077 == 0
    assert all(one["may"] and one["sub"] and one["roles"] for one in found.values())
    patients = {who.name for who in personas.PATIENTS}
    assert {name for name, one in found.items() if "pesel" in one} == patients


def test_a_parent_acts_for_two_children_and_a_proxy_for_a_grown_up() -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    found = personas.representations(SEED, TODAY)
    assert all(one.stands(now) for one in found)
    assert sorted((one.kind, str(one.patient_name)) for one in found) == [
        ("parent", "Jakub Przykładowy"),
        ("parent", "Zofia Przykładowa"),
        ("proxy", "Anna Przykładowa"),
    ]


def test_persona_staff_work_at_a_point_of_the_smallest_nation() -> None:
    codes = {code for code, share in shared_out(1).items() if share}
    assert codes == {personas.HOME}


@pytest.mark.parametrize(("homes", "most"), [(1, 1), (2, 2), (9, 2)])
def test_persona_staff_work_at_points_that_there_are(homes: int, most: int) -> None:
    found = personas.document(SEED, TODAY, homes)["personas"]
    assert max(len(one.get("points", ())) for one in found) == most


def test_no_two_personas_share_a_subject() -> None:
    subjects = sorted(one["sub"] for one in personas.document(SEED, TODAY, 2)["personas"])
    assert all(len(list(same)) == 1 for _, same in groupby(subjects))
