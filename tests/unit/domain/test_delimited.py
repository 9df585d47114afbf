import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.delimited import (
    LONGEST_LINE,
    SAYS,
    UTF_8,
    WINDOWS_1250,
    BadRow,
    Layout,
    Reason,
    layout_of,
    surveyed,
)

KNOWN = {"pesel": True, "givenName": True, "phone": False}
POLISH = "zażółć gęślą jaźń ZAŻÓŁĆ GĘŚLĄ JAŹŃ"
LAYOUT = Layout(UTF_8, ";", ("a", "b"))


@pytest.mark.parametrize("encoding", [UTF_8, WINDOWS_1250])
def test_polish_letters_are_told_apart_and_read(encoding: str) -> None:
    lines = [b"a;b\n", f"{POLISH};x\n".encode(encoding)]
    assert surveyed(lines) == (encoding, 2)
    layout = layout_of(b"pesel;givenName\n", encoding, KNOWN)
    assert layout.fields(lines[1]) == {"pesel": POLISH, "givenName": "x"}


def test_one_line_that_would_be_utf_8_does_not_make_the_file_so() -> None:
    north, other = "PÓŁNOC\n".encode(WINDOWS_1250), "żółw\n".encode(WINDOWS_1250)
    assert surveyed([north]) == (UTF_8, 1)
    assert surveyed([north, other, north]) == (WINDOWS_1250, 3)


def test_ascii_is_utf_8_and_no_line_is_no_line() -> None:
    assert surveyed([b"a\n"]) == (UTF_8, 1)
    assert surveyed([]) == (UTF_8, 0)


@pytest.mark.parametrize(
    "header",
    [
        b"pesel;givenName",
        b"pesel,givenName\r\n",
        b"\xef\xbb\xbfPESEL;GivenName\n",
        b"pesel;GIVENNAME",
    ],
)
def test_a_header_is_read_in_any_separator_and_capitals(header: bytes) -> None:
    assert layout_of(header, UTF_8, KNOWN).columns == ("pesel", "givenName")


def test_a_file_of_one_column_has_a_header_too() -> None:
    assert layout_of(b"pesel\n", UTF_8, {"pesel": True}).columns == ("pesel",)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (b"", "no_header"),
        (b"Anna;Nowak\n", "no_header"),
        (b"pesel;givenName;shoe size\n", "unknown_column 3"),
        (b"pesel;givenName;pesel\n", "unknown_column 3"),
        (b"pesel;phone\n", "missing_column givenName"),
        (b'pesel;"givenName\n', "unclosed_quote"),
        (b"x" * (LONGEST_LINE + 1), "too_long"),
    ],
)
def test_a_header_that_is_none_is_refused_by_what_is_wrong(header: bytes, says: str) -> None:
    with pytest.raises(BadRow) as refused:
        layout_of(header, UTF_8, KNOWN)
    assert str(refused.value) == says


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"1\n", "wrong_number_of_fields"),
        (b"1;2;3\n", "wrong_number_of_fields"),
        (b'1;"2\n', "unclosed_quote"),
        (b"1;" + b"2" * LONGEST_LINE, "too_long"),
        (b"1;\xff\n", "not_in_encoding"),
        (b"\n", "wrong_number_of_fields"),
    ],
)
def test_a_line_that_is_no_row_is_refused(line: bytes, says: str) -> None:
    with pytest.raises(BadRow) as refused:
        LAYOUT.fields(line)
    assert str(refused.value) == says


def test_fields_may_be_quoted_and_have_spaces_around() -> None:
    assert LAYOUT.fields(b'  1 ; "2 \n') == {"a": "1", "b": '"2'}
    assert LAYOUT.fields(b'"a;""b""";2\r\n') == {"a": 'a;"b"', "b": "2"}


@given(st.binary(max_size=60))
def test_whatever_stands_in_a_line_it_is_a_row_or_refused(line: bytes) -> None:
    try:
        assert set(LAYOUT.fields(line)) == {"a", "b"}
    except BadRow as bad:
        assert bad.reason  # noqa: PT017 - either way is right


def test_every_reason_says_what_it_means() -> None:
    assert set(SAYS) == set(Reason)
