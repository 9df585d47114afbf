import pytest

from erejestracja.domain.message import Encoding, size
from erejestracja.domain.notice import REPLIES
from erejestracja.i18n.catalogue import LANGUAGES
from erejestracja.i18n.sms import text_of

TEMPLATES = ("booked", "moved", "cancelled", "offered")
FACTS = {
    "startsAt": "2026-12-07T07:00:00+00:00",
    "point": "NZOZ Zdrowie",
    "address": "ul. Lipowa 12, Lublin",
    "until": "2026-12-01T09:30:00+00:00",
}
LONG = {
    "startsAt": "2026-12-07T07:00:00+00:00",
    "point": "Przychodnia Lekarska Zażółć Gęślą Jaźń spółka z ograniczoną odpowiedzialnością",
    "address": "ulica Świętego Maksymiliana Marii Kolbego 123 lok. 45, Konstantynów Łódzki",
    "until": "2026-12-01T09:30:00+00:00",
}


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("facts", [FACTS, LONG], ids=["typical", "long"])
def test_a_latin_text_is_one_segment_however_long_the_names(
    language: str, template: str, facts: dict[str, str]
) -> None:
    measured = size(text_of(template, language, facts))
    assert (measured.encoding, measured.segments) == (Encoding.GSM7, 1)


@pytest.mark.parametrize(
    ("template", "segments"), [("booked", 2), ("moved", 2), ("cancelled", 1), ("offered", 2)]
)
def test_a_ukrainian_text_keeps_its_letters_and_takes_what_it_takes(
    template: str, segments: int
) -> None:
    measured = size(text_of(template, "uk", FACTS))
    assert (measured.encoding, measured.segments) == (Encoding.UCS2, segments)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("facts", [FACTS, LONG], ids=["typical", "long"])
def test_day_time_and_the_official_domain_are_never_cut(
    language: str, template: str, facts: dict[str, str]
) -> None:
    text = text_of(template, language, facts)
    assert "07.12.2026 08:00" in text
    assert "pacjent.gov.pl" in text
    assert "989" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_text_names_neither_disease_nor_vaccine(language: str, template: str) -> None:
    text = text_of(template, language, FACTS).lower()
    assert not [word for word in ("covid", "pfizer", "comirnaty", "ковід") if word in text]


def test_the_time_is_polands_on_both_sides_of_the_clock_change() -> None:
    before = text_of("cancelled", "en", FACTS | {"startsAt": "2027-03-27T07:00:00Z"})
    after = text_of("cancelled", "en", FACTS | {"startsAt": "2027-03-28T07:00:00Z"})
    assert "27.03.2027 08:00" in before
    assert "28.03.2027 09:00" in after


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("facts", [FACTS, LONG], ids=["typical", "long"])
def test_an_offer_says_until_when_it_stands(language: str, facts: dict[str, str]) -> None:
    assert "10:30" in text_of("offered", language, facts)


def test_who_reads_none_of_our_languages_reads_polish() -> None:
    assert text_of("booked", "fr", FACTS) == text_of("booked", "pl", FACTS)


def test_a_template_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        text_of("invented", "pl", FACTS)


DIALOGUE = FACTS | {
    "vaccine": "Comirnaty",
    "postalCode": "20-020",
    "left": "2",
}
# As the catalogue of the domain has them, in septets, with these facts.
SEPTETS = {
    "askPerson": 98,
    "askPlace": 52,
    "proposed": 154,
    "booked": 149,
    "wrongNumber": 77,
    "noReferral": 84,
    "standing": 80,
    "noPlace": 90,
    "unclear": 41,
    "startAgain": 55,
    "begin": 55,
    "proposedAnew": 116,
}


@pytest.mark.parametrize("template", SEPTETS)
def test_a_polish_reply_is_as_short_as_the_catalogue_has_it(template: str) -> None:
    measured = size(text_of(template, "pl", DIALOGUE))
    assert (measured.encoding, measured.segments) == (Encoding.GSM7, 1)
    assert measured.units <= SEPTETS[template]


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("template", sorted(REPLIES))
@pytest.mark.parametrize("vaccine", ["Comirnaty", "Nuvaxovid XB"])
def test_a_latin_reply_is_one_segment_however_long_the_names(
    language: str, template: str, vaccine: str
) -> None:
    measured = size(text_of(template, language, DIALOGUE | LONG | {"vaccine": vaccine}))
    assert (measured.encoding, measured.segments) == (Encoding.GSM7, 1)


@pytest.mark.parametrize("template", sorted(REPLIES))
def test_a_ukrainian_reply_takes_as_few_segments_as_its_letters_allow(template: str) -> None:
    measured = size(text_of(template, "uk", DIALOGUE))
    assert measured.segments <= (3 if template.startswith("proposed") else 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_proposal_says_day_time_and_which_answers_there_are(language: str) -> None:
    text = text_of("proposed", language, DIALOGUE | LONG)
    assert "07.12.2026" in text
    assert "08:00" in text
    assert " T " in text
    assert " N " in text
    assert "07.12 08:00" in text_of("proposedAnew", language, DIALOGUE)
