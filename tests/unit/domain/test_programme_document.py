import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from erejestracja.domain.actor import Channel
from erejestracja.domain.eligibility import offers
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.programme import STATUTORY, Programme
from erejestracja.domain.programme_document import (
    MalformedDocument,
    from_document,
    to_document,
)
from erejestracja.domain.referral import ReferralKind
from tests.support.builders import (
    JANSSEN,
    MODERNA,
    NOW,
    PATIENT,
    PFIZER,
    a_dose,
    a_programme,
    a_referral,
    an_opening,
    the_shipped_programme,
)
from tests.support.strategies import programmes

ASTRA = VaccineCode("cov19.astra_zeneca")


def a_document(**changes: Any) -> dict[str, Any]:
    programme = a_programme(
        openings=(an_opening(patients=frozenset({PATIENT}), born_to=date(2008, 12, 31)),)
    )
    document: dict[str, Any] = json.loads(json.dumps(to_document(programme)))
    return document | changes


def changed(part: str, **changes: Any) -> dict[str, Any]:
    """Return a document whose first vaccine, interval or opening is changed."""
    document = a_document()
    document[part][0] |= changes
    return document


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(programmes())
def test_a_programme_survives_the_way_through_json(programme: Programme) -> None:
    document = json.loads(json.dumps(to_document(programme)))
    assert from_document(document) == programme
    assert to_document(from_document(document)) == document


def test_what_is_not_said_takes_its_default() -> None:
    document = a_document()
    del document["paused"], document["vaccines"][0]["boosts"], document["openings"][0]["patients"]
    document["openings"][0]["slotsTo"] = None
    programme = from_document(document)
    assert programme.paused == frozenset()
    assert not programme.vaccines[0].boosts
    assert programme.openings[0].patients is None


def test_a_programme_that_says_nothing_of_minors_goes_by_the_law() -> None:
    document = a_document()
    del document["minors"]
    assert from_document(document).minors == STATUTORY
    assert from_document(a_document(minors=[])).minors == ()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "not an object"),
        (a_document(pausd=[]), "pausd: unknown"),
        (changed("openings", borntTo="2008-12-31"), r"openings\[0\]\.borntTo: unknown"),
        (changed("openings", enabled=None), r"openings\[0\]\.enabled: missing"),
        (changed("openings", enabled="yes"), r"openings\[0\]\.enabled: not understood"),
        (changed("openings", enabled=1), r"openings\[0\]\.enabled: not understood"),
        (changed("openings", bornTo="31.12.2008"), r"bornTo: not understood"),
        (changed("openings", bornTo="20081231"), r"bornTo: not understood"),
        (changed("openings", bornTo=20081231), r"bornTo: not understood"),
        (changed("openings", kinds="primary"), r"kinds: not understood"),
        (changed("openings", kinds=["primary", "first"]), r"kinds\[1\]: not understood"),
        (changed("openings", opensAt=[]), r"opensAt: not understood"),
        (changed("openings", opensAt={"fax": "2026-12-01T00:00:00Z"}), "opensAt: not understood"),
        (changed("openings", opensAt={"web": "2026-12-01T00:00:00"}), r"opensAt\.web: not under"),
        (changed("openings", opensAt={"web": "2026-12-01T00:00:00+01:00"}), r"opensAt\.web: not"),
        (changed("openings", id=" "), r"openings\[0\]\.id: not understood"),
        (changed("vaccines", doses=2.0), r"vaccines\[0\]\.doses: not understood"),
        (changed("vaccines", doses=True), r"vaccines\[0\]\.doses: not understood"),
        (changed("vaccines", minAge=-1), r"vaccines\[0\]\.minAge: not understood"),
        (changed("vaccines", doses=0), "cov19.pfizer: a series without doses"),
        (changed("vaccines", maxAge=11), "cov19.pfizer: ages end before they begin"),
        (changed("vaccines", code=MODERNA), "vaccines: the same code twice"),
        (changed("intervals", after="cov19.sputnik"), r"intervals\[0\]: after an unknown vaccine"),
        (changed("minors", validTo="2020-12-01"), r"minors\[0\]: ends before it begins"),
        (changed("minors", signsFrom=19), r"minors\[0\]: signs when of age"),
        (changed("intervals", validTo="2020-12-31"), r"intervals\[0\]: ends before it begins"),
        (
            changed("intervals", licensedDays=22),
            r"intervals\[0\]: licensed for longer than it lasts",
        ),
        (changed("intervals", basis="today"), r"intervals\[0\]\.basis: not understood"),
        (changed("openings", bornFrom="2009-01-01"), "everyone: births end early"),
        (
            changed("openings", slotsFrom="2026-12-02", slotsTo="2026-12-01"),
            "everyone: slots end early",
        ),
        (a_document(openings=a_document()["openings"] * 2), "openings: the same id twice"),
        (a_document(names={"pl": ""}), r"names\.pl: not understood"),
        (a_document(vaccines={}), "vaccines: not understood"),
    ],
)
def test_what_is_not_understood_is_refused_by_its_place(document: Any, message: str) -> None:
    with pytest.raises(MalformedDocument, match=message):
        from_document(document)


def test_a_refusal_never_repeats_a_person_or_a_value() -> None:
    with pytest.raises(MalformedDocument) as refused:
        from_document(changed("openings", patients=[PATIENT, 7]))
    assert str(refused.value) == "openings[0].patients[1]: not understood"
    assert refused.value.__cause__ is None


def test_the_shipped_programme_has_five_vaccines_and_says_what_the_reference_says() -> None:
    programme = the_shipped_programme()
    assert {vaccine.code: vaccine.doses for vaccine in programme.vaccines} == {
        PFIZER: 2,
        MODERNA: 2,
        ASTRA: 2,
        JANSSEN: 1,
        VaccineCode("cov19.novavax"): 2,
    }
    assert {"pl", "en", "uk"} == set(programme.names)


@pytest.mark.parametrize(
    ("vaccine", "first_dose", "booked_on", "days"),
    [
        (PFIZER, date(2021, 1, 20), date(2021, 1, 20), 21),
        (PFIZER, date(2021, 3, 7), date(2021, 3, 7), 21),
        (PFIZER, date(2021, 3, 8), date(2021, 3, 8), 42),
        (PFIZER, date(2021, 5, 16), date(2021, 5, 16), 42),
        (PFIZER, date(2021, 5, 17), date(2021, 5, 17), 35),
        (PFIZER, date(2021, 5, 10), date(2021, 5, 17), 35),
        (MODERNA, date(2021, 1, 20), date(2021, 1, 20), 28),
        (MODERNA, date(2021, 4, 1), date(2021, 4, 1), 42),
        (ASTRA, date(2021, 4, 1), date(2021, 4, 1), 84),
        (ASTRA, date(2021, 6, 1), date(2021, 6, 1), 35),
        (VaccineCode("cov19.novavax"), date(2026, 11, 1), date(2026, 12, 1), 21),
    ],
)
def test_the_second_dose_comes_after_the_interval_of_its_time(
    vaccine: VaccineCode, first_dose: date, booked_on: date, days: int
) -> None:
    begun = a_referral(given=(a_dose(1, first_dose, vaccine),))
    rule = the_shipped_programme().interval(begun, booked_on)
    assert rule is not None
    assert rule.min_days == days


@pytest.mark.parametrize(
    ("vaccine", "booked_on", "days"),
    [
        (PFIZER, date(2021, 11, 2), 180),
        (PFIZER, date(2021, 12, 13), 150),
        (PFIZER, date(2022, 1, 31), 90),
        (JANSSEN, date(2021, 11, 2), 60),
    ],
)
def test_the_booster_came_ever_sooner(vaccine: VaccineCode, booked_on: date, days: int) -> None:
    given_on = date(2021, 6, 1)
    done = a_referral(kind=ReferralKind.BOOSTER, given=(a_dose(1, given_on, vaccine),))
    rule = the_shipped_programme().interval(done, booked_on)
    assert rule is not None
    assert rule.min_days == days


def test_the_hotline_opens_at_six_when_the_web_opened_at_midnight() -> None:
    for opening in the_shipped_programme().openings:
        web, agent = opening.opens_at[Channel.WEB], opening.opens_at[Channel.AGENT]
        assert web == opening.opens_at[Channel.SMS]
        assert (agent - web).total_seconds() == 6 * 3600


def test_every_adult_may_book_by_every_channel_and_children_by_age() -> None:
    programme = the_shipped_programme()
    for channel in Channel:
        adult = offers(programme, a_referral(), channel=channel, now=NOW)
        assert all(offer.reason is None for offer in adult)
    youth = a_referral(birth_date=date(2012, 5, 1))
    vaccines = [
        code
        for offer in offers(programme, youth, channel=Channel.WEB, now=NOW)
        if offer.from_ == date(2026, 12, 1)
        for code in offer.vaccines
    ]
    assert vaccines == [PFIZER, MODERNA, "cov19.novavax"]


def test_instants_are_written_in_utc() -> None:
    opening = an_opening(opens_at={Channel.WEB: datetime(2026, 12, 1, tzinfo=UTC)})
    document = to_document(a_programme(openings=(opening,)))
    assert document["openings"][0]["opensAt"] == {"web": "2026-12-01T00:00:00Z"}
