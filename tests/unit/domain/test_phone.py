import pytest

from erejestracja.domain.phone import InvalidPhone, masked, parse_phone

MOBILE_PREFIXES = ["45", "50", "51", "53", "57", "60", "66", "69", "72", "73", "78", "79", "88"]


@pytest.mark.parametrize(
    "text",
    [
        "+48 600 000 000",
        "600000000",
        "600-000-000",
        "0048600000000",
        "48600000000",
        " (+48) 600 000 000 ",
        "600\u00a0000\u00a0000",
        "600\u2011000\u2011000",
    ],
)
def test_a_number_is_the_same_however_people_write_it(text: str) -> None:
    assert str(parse_phone(text)) == "+48600000000"


@pytest.mark.parametrize("prefix", MOBILE_PREFIXES)
def test_mobiles_take_text_messages(prefix: str) -> None:
    assert parse_phone(f"{prefix}0000000").is_mobile


@pytest.mark.parametrize("text", ["22 000 00 00", "+48 81 500 00 00"])
def test_landlines_get_a_call(text: str) -> None:
    assert not parse_phone(text).is_mobile


def test_numbers_from_abroad_are_welcome() -> None:
    assert parse_phone("+380 50 000 0000") == parse_phone("+380500000000")
    assert parse_phone("+380500000000").is_mobile


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "600+000000",
        "((((((",
        "989",
        "112",
        "60000000",
        "6000000000",
        "+48 70 000 0000",
        "800 000 000",
        "600 000 000 wew. 12",
        "600 000 000;ext=12",
        "tel:+48600000000",
        "+9990000000",
        "600-CALL-NOW",
        "６００００００００",
        "٦٠٠٠٠٠٠٠٠",
        "1" * 60,
    ],
)
def test_what_reaches_nobody_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(InvalidPhone) as refused:
        parse_phone(text)
    assert len(text) < 2 or text not in str(refused.value)


def test_logs_see_two_digits() -> None:
    assert masked("+48600000089") == "…89"
    assert repr(parse_phone("600000089")) == "PhoneNumber(…89)"
