from contextlib import suppress
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.delimited import BadRow
from erejestracja.domain.schedule_rows import COLUMNS, read
from erejestracja.domain.session import Visibility

ROW = {
    "point": "aaaaaaaaaa",
    "key": "pon-pt",
    "weekdays": "1-5",
    "from": "8:00",
    "to": "16:00",
    "step": "15",
    "places": "2",
    "breaks": "12:00-12:30",
    "vaccine": "cov19.pfizer",
    "dose": "",
    "releaseHours": "",
    "bornFrom": "",
    "bornTo": "",
    "visibility": "",
    "validFrom": "2026-12-07",
    "validTo": "",
    "holidays": "",
}


def test_a_row_is_a_weekly_rule() -> None:
    rule = read(ROW)
    assert (rule.opens, rule.closes, rule.breaks) == (
        time(8),
        time(16),
        ((time(12), time(12, 30)),),
    )
    assert (sorted(rule.weekdays), rule.step, rule.places) == ([1, 2, 3, 4, 5], 15, 2)
    assert (rule.dose, rule.visibility, rule.on_holidays) == (0, Visibility.EXTERNAL, False)
    assert (rule.valid_from, rule.valid_to) == (date(2026, 12, 7), None)


def test_its_id_is_the_points_and_the_keys() -> None:
    assert read(ROW).id == read(ROW | {"places": "9"}).id
    assert len({read(ROW | change).id for change in ({}, {"key": "b"}, {"point": "b"})}) == 3


def test_all_that_may_be_said_is_heard() -> None:
    said = {
        "vaccine": "cov19.b cov19.a",
        "releaseHours": "48",
        "bornFrom": "1930-01-01",
        "bornTo": "1950-12-31",
        "room": " Gabinet  2",
        "dose": "2",
        "visibility": "internal",
        "validTo": "2026-12-31",
        "holidays": "yes",
    }
    rule = read(ROW | said | {"weekdays": "6 1-2", "breaks": "15:00-15:10 9:00-9:30"})
    assert (rule.dose, rule.visibility, rule.on_holidays) == (2, Visibility.INTERNAL, True)
    assert (rule.valid_to, sorted(rule.weekdays)) == (date(2026, 12, 31), [1, 2, 6])
    assert (rule.vaccines, rule.release_hours) == (("cov19.b", "cov19.a"), 48)
    assert (rule.born_from, rule.born_to) == (date(1930, 1, 1), date(1950, 12, 31))
    assert rule.breaks == ((time(9), time(9, 30)), (time(15), time(15, 10)))
    assert rule.room == "Gabinet 2"


@pytest.mark.parametrize("column", [name for name, (needed, _) in COLUMNS.items() if needed])
def test_what_must_be_there_is_missed(column: str) -> None:
    with pytest.raises(BadRow, match=f"missing {column}"):
        read(ROW | {column: ""})


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        ("point", "a b", "invalid point"),
        ("room", "x" * 33, "too_long room"),
        ("room", "Gabinet\u202e2", "invalid room"),
        ("key", "klucz ż", "invalid key"),
        ("weekdays", " ", "invalid weekdays"),
        ("vaccine", " ", "invalid vaccine"),
        ("weekdays", "0", "invalid weekdays"),
        ("weekdays", "Mon-Fri", "invalid weekdays"),
        ("weekdays", "5-1", "in_wrong_order weekdays"),
        ("from", "8", "invalid from"),
        ("from", "16:00", "in_wrong_order to"),
        ("to", "24:00", "invalid to"),
        ("step", "4", "invalid step"),
        ("step", "9" * 5000, "invalid step"),
        ("step", "\u0661\u0665", "invalid step"),
        ("places", "51", "invalid places"),
        ("places", "-1", "invalid places"),
        ("breaks", "12:00", "invalid breaks"),
        ("breaks", "12:00-noon", "invalid breaks"),
        ("breaks", "12:30-12:00", "in_wrong_order breaks"),
        ("breaks", "12:00-13:00 12:30-14:00", "in_wrong_order breaks"),
        ("breaks", "7:00-9:00", "in_wrong_order breaks"),
        ("breaks", " ".join(["12:00-12:30"] * 15), "too_long breaks"),
        ("vaccine", "Comirnaty!", "invalid vaccine"),
        ("vaccine", "cov19.a cov19.a", "invalid vaccine"),
        ("vaccine", "ab cd ef gh ij kl mn op qr", "too_long vaccine"),
        ("releaseHours", "0", "invalid releaseHours"),
        ("dose", "10", "invalid dose"),
        ("visibility", "public", "invalid visibility"),
        ("validFrom", "7.12.2026", "not_a_date validFrom"),
        ("validTo", "2026-12-06", "in_wrong_order validTo"),
        ("holidays", "tak", "invalid holidays"),
    ],
)
def test_what_cannot_be_is_refused_by_column(column: str, text: str, says: str) -> None:
    with pytest.raises(BadRow) as refused:
        read(ROW | {column: text})
    assert str(refused.value) == says


def test_birth_dates_are_a_range() -> None:
    with pytest.raises(BadRow, match="in_wrong_order bornTo"):
        read(ROW | {"bornFrom": "1950-01-02", "bornTo": "1950-01-01"})


CLOCKS = st.from_regex(r"[0-2]?[0-9]:[0-9][0-9](-[0-9]{1,2}:[0-9]{2})?", fullmatch=True)


@given(st.dictionaries(st.sampled_from(list(COLUMNS)), CLOCKS | st.text(max_size=40)))
def test_whatever_stands_there_is_read_or_refused(fields: dict[str, str]) -> None:
    with suppress(BadRow):
        read(ROW | fields)
