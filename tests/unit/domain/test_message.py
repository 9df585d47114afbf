import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.message import (
    GSM,
    GSM_EXTENDED,
    LONGEST_NAME,
    SHORTEST_ADDRESS,
    Encoding,
    Size,
    fitted,
    plain,
    size,
)

BOOSTER = (
    "Dziękujemy, że jesteś wśród zaszczepionych! Od (data) możesz zapisać się na dawkę "
    "przypominającą i wydłużyć o rok Twój certyfikat. Więcej na gov.pl/szczepimysie"
)
BOOKED = (
    "Szczepienie umówione: {date} {time}, {point}, {address}. Weź dokument tożsamości. "
    "Zmiana lub odwołanie: pacjent.gov.pl, tel. 989."
)
FACTS = {
    "date": "07.12.2026",
    "time": "08:15",
    "point": "NZOZ Zdrowie",
    "address": "ul. Lipowa 12, Lublin",
}


def test_the_documented_mass_text_is_one_message_plain_and_three_with_accents() -> None:
    assert size(plain(BOOSTER)) == Size(Encoding.GSM7, 160, 1)
    assert size(BOOSTER).segments == 3


@pytest.mark.parametrize(
    ("text", "units", "segments"),
    [
        ("", 0, 1),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("€" * 80, 160, 1),
        ("a" * 159 + "€", 161, 2),
        ("a" * 152 + "€" + "a" * 152, 306, 3),
    ],
)
def test_septets_are_counted_and_none_is_torn(text: str, units: int, segments: int) -> None:
    assert size(text) == Size(Encoding.GSM7, units, segments)


@pytest.mark.parametrize(
    ("text", "units", "segments"),
    [
        ("ó", 1, 1),
        ("ó" * 70, 70, 1),
        ("ó" * 71, 71, 2),
        ("ó" * 134, 134, 2),
        ("ó" * 135, 135, 3),
        ("ó" * 66 + "💉" + "ó" * 66, 134, 3),
    ],
)
def test_one_foreign_letter_makes_the_whole_text_ucs2(text: str, units: int, segments: int) -> None:
    assert size(text) == Size(Encoding.UCS2, units, segments)


def test_there_are_128_characters_less_the_escape_and_ten_extended() -> None:
    assert len(set(GSM)) == len(GSM) == 127
    assert len(set(GSM_EXTENDED)) == len(GSM_EXTENDED) == 10


def test_no_polish_letter_is_free_and_each_has_a_plain_one() -> None:
    assert all(size(letter).encoding is Encoding.UCS2 for letter in "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ")
    assert plain("Zażółć gęślą jaźń ĄĆĘŁŃÓŚŹŻ") == "Zazolc gesla jazn ACELNOSZZ"


def test_typography_is_made_plain() -> None:
    assert plain("„a” – b — ‘c’… d\u00a0e") == "\"a\" - b - 'c'... d e"
    assert plain("Zaz\u0307o\u0301łc\u0301") == "Zazolc"


def test_letters_the_alphabet_has_are_kept() -> None:
    assert plain("Müller à Ångström, 5 €") == "Müller à Ångström, 5 €"


def test_what_has_no_letter_becomes_a_question_mark() -> None:
    assert plain("Київ 💉") == "???? ?"


@given(st.text())
def test_plain_text_is_always_gsm_and_stays_as_it_is(text: str) -> None:
    once = plain(text)
    assert size(once).encoding is Encoding.GSM7
    assert plain(once) == once


@given(st.text("aó€ł💉[", max_size=400))
def test_segments_are_as_many_as_the_units_need_or_few_more(text: str) -> None:
    found = size(text)
    single, part = found.encoding.value
    assert found.segments >= (1 if found.units <= single else -(-found.units // part))
    assert found.segments <= -(-found.units // (part - 1)) + (found.units == 0)


def test_a_short_text_is_only_made_plain() -> None:
    assert fitted(BOOKED, FACTS) == (
        "Szczepienie umowione: 07.12.2026 08:15, NZOZ Zdrowie, ul. Lipowa 12, Lublin. "
        "Wez dokument tozsamosci. Zmiana lub odwolanie: pacjent.gov.pl, tel. 989."
    )


@pytest.mark.parametrize(
    ("point", "address", "shown"),
    [
        ("NZOZ Medyk Spółka z ograniczoną odpowiedzialnością", "ul. Lipowa 12", "NZOZ Medyk, ul."),
        (
            "NZOZ Przychodnia Medyk sp. z o.o.",
            "ul. Lipowa 12, Lublin",
            "NZOZ Przychodnia Medyk, ul.",
        ),
        ("NZOZ Przychodnia Medyk", "ulica Długa 12, Rzeszów", "Medyk, ul. Dluga 12, Rzeszow."),
        (
            "Samodzielny Publiczny Zakład Opieki Zdrowotnej",
            "ul. Lipowa 12",
            "Samodzielny Publiczny Za, ul. Lipowa 12.",
        ),
        (
            "Samodzielny Publiczny Zakład",
            "aleja Stanisława Ignacego Witkiewicza 12",
            "Samodzielny, al. Stanislawa Ignacego. Wez",
        ),
    ],
)
def test_a_long_name_is_shortened_no_further_than_needed(
    point: str, address: str, shown: str
) -> None:
    text = fitted(BOOKED, FACTS | {"point": point, "address": address})
    assert shown in text
    assert size(text).segments == 1


def test_a_house_keeps_its_number_and_its_town_though_the_name_is_cut_for_it() -> None:
    town = {"point": 'Centrum Medyczne "Hipokrates"', "address": "ul. Kosciuszki 21, Warszawa"}
    assert "Centrum Medyczne, ul. Kosciuszki 21, Warszawa. " in fitted(BOOKED, FACTS | town)
    far = town | {"address": "ul. Tadeusza Kosciuszki 213, Czerwonak-Osada"}
    assert "Centrum Medy, ul. Tadeusza Kosciuszki 213. " in fitted(BOOKED, FACTS | far)


def test_a_quotation_that_loses_its_end_is_none_any_more() -> None:
    town = {"point": "Centrum „Jan Kochanowski”", "address": "ul. Tadeusza Kosciuszki 21, Krakow"}
    assert ", Centrum Jan, ul. Tadeusza Kosciuszki 21. " in fitted(BOOKED, FACTS | town)
    short = {"point": "NZOZ „Zdrowie”", "address": "ul. Lipowa 12, Lublin"}
    assert ', NZOZ "Zdrowie", ul. ' in fitted(BOOKED, FACTS | short)


def test_what_is_never_cut_goes_out_in_two_messages() -> None:
    long = BOOKED + " Prosimy przyjść dziesięć minut wcześniej i zabrać kwestionariusz."
    text = fitted(long, FACTS | {"address": "ul. Lipowa 12, Lublin" * 3})
    assert size(text).segments == 2
    assert text.endswith("kwestionariusz.")


def test_an_address_stays_long_enough_to_find_even_if_that_takes_a_second_message() -> None:
    template = "x" * 140 + " {point}, {address}"
    text = fitted(template, {"point": "Przychodnia Lekarska Nr 1", "address": "Lipowa 12, Lublin"})
    assert text.endswith(" Przychodnia Lekarska Nr 1, Lipowa 12, Lublin")
    assert size(text).segments == 2


def test_accents_are_kept_on_demand_and_the_text_takes_as_few_messages_as_it_can() -> None:
    text = fitted("Щеплення {date} {time}, {point}, {address}", FACTS, accents=True)
    assert text == "Щеплення 07.12.2026 08:15, NZOZ Zdrowie, ul. Lipowa 12, Lublin"
    assert size(text) == Size(Encoding.UCS2, 62, 1)
    long = "Щеплення {date} {time}, {point}, {address}. " + "Візьміть документ. " * 2
    assert size(fitted(long, FACTS, accents=True)).segments == 2


def test_a_text_without_a_place_needs_none() -> None:
    assert (
        fitted("Odwołano wizytę {date}.", {"date": "07.12.2026"}) == "Odwolano wizyte 07.12.2026."
    )


@given(
    st.text("abcłó .,{}€", max_size=120),
    st.text("abcłó .,{}€", max_size=120),
    st.booleans(),
)
def test_dates_times_and_telephones_stay_whole(point: str, address: str, accents: bool) -> None:
    text = fitted(BOOKED, FACTS | {"point": point, "address": address}, accents=accents)
    for kept in ("07.12.2026", "08:15", "pacjent.gov.pl", "tel. 989."):
        assert kept in text
    shortest = {"point": "x" * LONGEST_NAME, "address": "x" * SHORTEST_ADDRESS}
    assert size(text).segments <= size(BOOKED.format(**FACTS | shortest)).segments + 1
