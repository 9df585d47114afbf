from datetime import date

import pytest

from erejestracja.domain.consent import Consent, consent_of


@pytest.mark.parametrize(
    ("on", "whose"),
    [
        (date(2026, 6, 14), Consent.REPRESENTATIVE),
        (date(2026, 6, 15), Consent.BOTH),
        (date(2028, 6, 14), Consent.BOTH),
        (date(2028, 6, 15), None),
    ],
)
def test_who_signs_is_told_by_the_age_on_the_day(on: date, whose: Consent | None) -> None:
    assert consent_of(date(2010, 6, 15), on) is whose
