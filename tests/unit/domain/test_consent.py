from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain import calendar
from erejestracja.domain.consent import (
    Consent,
    Signed,
    check_given,
    consent_of,
    form_of,
    recorded,
)
from erejestracja.domain.errors import ConsentMissing, InvalidRequest
from erejestracja.domain.programme import STATUTORY, Minors
from erejestracja.domain.visit import ConsentForm
from tests.support.builders import a_programme, a_visit

RULES = a_programme()
# Of every age around the limits, leap days often among them.
born = st.dates(date(2003, 1, 1), date(2020, 12, 31)) | st.sampled_from(
    [date(2004, 2, 29), date(2008, 2, 29), date(2012, 2, 29)]
)
days = st.dates(date(2020, 12, 27), date(2045, 12, 31))


def whole_years(birth: date, on: date) -> int:
    """Count birthdays as the civil code does: of 29 February on 28 in years that lack it."""
    leap = on.year % 4 == 0
    celebrated = (
        birth.month,
        28 if birth.day == 29 and birth.month == 2 and not leap else birth.day,
    )
    return on.year - birth.year - ((on.month, on.day) < celebrated)


@pytest.mark.parametrize(
    ("on", "needed"),
    [
        (date(2022, 6, 14), Consent(Signed.REPRESENTATIVE, physician=True)),
        (date(2022, 6, 15), Consent(Signed.REPRESENTATIVE, physician=False)),
        (date(2026, 6, 14), Consent(Signed.REPRESENTATIVE, physician=False)),
        (date(2026, 6, 15), Consent(Signed.BOTH, physician=False)),
        (date(2028, 6, 14), Consent(Signed.BOTH, physician=False)),
        (date(2028, 6, 15), None),
    ],
)
def test_who_signs_is_told_by_the_age_on_the_day(on: date, needed: Consent | None) -> None:
    assert consent_of(RULES, date(2010, 6, 15), on) == needed


@given(born, days)
def test_a_form_is_needed_until_the_eighteenth_birthday_and_not_on_it(
    birth: date, on: date
) -> None:
    needed = consent_of(RULES, birth, on)
    years = whole_years(birth, on)
    assert (needed is not None) == (years < 18)
    if needed:
        assert (needed.signed is Signed.BOTH) == (years >= 16)
        assert needed.physician == (years < 12)


@given(born)
def test_a_visit_of_the_birthday_is_the_first_without_a_form_by_the_clocks_of_poland(
    birth: date,
) -> None:
    try:
        birthday = birth.replace(year=birth.year + 18)
    except ValueError:
        birthday = birth.replace(year=birth.year + 18, day=28)
    midnight = calendar.start_of_day(birthday)
    # In Greenwich it is still the day before.
    assert midnight.astimezone(UTC).date() == birthday - timedelta(days=1)
    of_age = a_visit(starts_at=midnight, born=birth)
    minor = replace(of_age, starts_at=midnight - timedelta(minutes=1))
    assert form_of(RULES, of_age) is None
    assert form_of(RULES, minor) is ConsentForm.REQUIRED


@given(born, st.integers(0, 23), days)
def test_a_dose_is_given_to_who_is_of_age_or_has_shown_something(
    birth: date, hour: int, on: date
) -> None:
    day = calendar.local_day(datetime.combine(on, time(hour), UTC))
    for form in (None, *ConsentForm):
        shown = form in {ConsentForm.PRESENTED, ConsentForm.REPRESENTATIVE_PRESENT}
        if consent_of(RULES, birth, day) is None:
            assert check_given(RULES, birth, day, form) is None
        elif shown:
            assert check_given(RULES, birth, day, form) is form
        else:
            with pytest.raises(ConsentMissing):
                check_given(RULES, birth, day, form)


def test_the_rule_in_force_on_the_day_counts_and_of_two_the_one_that_began_last() -> None:
    stricter = Minors(21, 16, 14, date(2027, 1, 1), date(2027, 12, 31))
    programme = a_programme(minors=(*STATUTORY, stricter))
    birth = date(2008, 1, 1)
    forms = [consent_of(programme, birth, date(year, 6, 1)) for year in (2026, 2027, 2028)]
    assert [one is not None for one in forms] == [False, True, False]
    assert consent_of(a_programme(minors=()), date(2020, 1, 1), date(2026, 1, 1)) is None


def test_what_is_recorded_stays_and_an_age_that_nobody_knows_requires_nothing() -> None:
    visit = a_visit(consent=ConsentForm.PRESENTED)
    assert form_of(RULES, visit, date(1959, 3, 4)) is ConsentForm.PRESENTED
    assert form_of(RULES, a_visit()) is None
    assert form_of(RULES, a_visit(), date(2012, 3, 4)) is ConsentForm.REQUIRED


def test_a_form_is_recorded_of_who_is_not_of_age_only() -> None:
    day, child = date(2026, 12, 7), date(2012, 3, 4)
    assert recorded(RULES, child, day, None) is None
    assert recorded(RULES, child, day, ConsentForm.REQUIRED) is None
    assert recorded(RULES, child, day, ConsentForm.PRESENTED) is ConsentForm.PRESENTED
    with pytest.raises(InvalidRequest) as refused:
        recorded(RULES, date(1959, 3, 4), day, ConsentForm.PRESENTED)
    assert refused.value.fields == {"consentForm": "is for who is not of age"}
