"""Text messages: what they cost, how Polish fits into them, and how to keep them short."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

# GSM 03.38, the default alphabet and its extension table, whose characters take two septets.
GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = "^{}\\[~]|€\f"
SEPTETS = dict.fromkeys(GSM, 1) | dict.fromkeys(GSM_EXTENDED, 2)

# What the alphabet lacks and Unicode does not take apart by itself.
PLAIN = str.maketrans(
    {
        "ł": "l",
        "Ł": "L",
        "„": '"',
        "”": '"',
        "“": '"',
        "’": "'",
        "‘": "'",
        "–": "-",
        "—": "-",
        "‑": "-",
        "…": "...",
        "\u00a0": " ",
    }
)

# What a firm's name can do without, and how a street is shortened.
LEGAL_FORM = re.compile(
    r"\b(spółka z ograniczoną odpowiedzialnością|spółka cywilna|spółka jawna"
    r"|sp\.\s?z\s?o\.\s?o\.|s\.\s?c\.|s\.\s?a\.|sp\.\s?[jkp]\.)",
    re.IGNORECASE,
)
STREETS = (("ulica ", "ul. "), ("aleja ", "al. "), ("aleje ", "al. "), ("osiedle ", "os. "))
LONGEST_NAME = 24
QUOTES = frozenset('„”“"')
SHORTEST_NAME = 12
SHORTEST_ADDRESS = 10


class Encoding(Enum):
    """An alphabet: what one message holds, and each part of a longer one beside its header."""

    GSM7 = (160, 153)
    UCS2 = (70, 67)


@dataclass(frozen=True, slots=True)
class Size:
    """What a text takes: `units` are septets or 16-bit units, `segments` is what is paid for."""

    encoding: Encoding
    units: int
    segments: int


def size(text: str) -> Size:
    """Return what a text takes. One character outside GSM 03.38 makes the whole of it UCS-2."""
    units = [SEPTETS.get(character, 0) for character in text]
    encoding = Encoding.GSM7 if all(units) else Encoding.UCS2
    if encoding is Encoding.UCS2:
        units = [_ucs2_units(character) for character in text]
    single, part = encoding.value
    total = sum(units)
    return Size(encoding, total, 1 if total <= single else _parts(units, part))


def plain(text: str) -> str:
    """Return a text within GSM 03.38: letters without what it lacks, `?` for what has no letter."""
    return "".join(_plain(character) for character in unicodedata.normalize("NFC", text))


def fitted(template: str, facts: Mapping[str, str], *, accents: bool = False) -> str:
    """Return a template filled with facts, in one segment if shortening allows it.

    Only `point` and `address` are shortened, in this order and no further than needed: the legal
    form is dropped, the kind of street abbreviated, the name cut to 24 characters and then to no
    less than 12, for a place is found by its address; the address cut to no less than 10. Dates,
    times and telephone numbers stay whole. What is still too long goes out in as few segments as
    that allows. Unless `accents`, the text is made plain.
    """
    keep = str if accents else plain
    shorter = _shortened(facts.get("point", ""), facts.get("address", ""))
    texts = []
    for point, address in shorter:
        texts.append(keep(template.format_map({**facts, "point": point, "address": address})))
        if size(texts[-1]).segments == 1:
            return texts[-1]
    return min(texts, key=lambda text: size(text).segments)


def _shortened(point: str, address: str) -> Iterator[tuple[str, str]]:
    """Yield a point's name and address, ever shorter."""
    yield point, address
    point = " ".join(LEGAL_FORM.sub("", point).split()).rstrip(" ,")
    yield point, address
    for long, short in STREETS:
        address = re.sub(rf"\b{long}", short, address, flags=re.IGNORECASE)
    yield point, address
    for length in range(LONGEST_NAME, SHORTEST_NAME - 1, -1):
        yield _cut(point, length), address
    point = _cut(point, SHORTEST_NAME)
    words = address.split(" ")
    # A number that is cut is another number: whole words go first.
    whole = (" ".join(words[:count]).rstrip(" ,.-") for count in range(len(words) - 1, 0, -1))
    yield from ((point, one) for one in whole if len(one) >= SHORTEST_ADDRESS)
    for length in range(len(address) - 1, SHORTEST_ADDRESS - 1, -1):
        yield point, _cut(address, length)


def _cut(text: str, length: int) -> str:
    """Return the beginning of a text; a quotation that lost its end is none any more."""
    short = text[:length]
    quotes = [at for at, letter in enumerate(short) if letter in QUOTES]
    if len(quotes) % 2:
        short = short[: quotes[-1]] + short[quotes[-1] + 1 :]
    return short.rstrip(" ,.-")


def _plain(character: str) -> str:
    if character in SEPTETS:
        return character
    simpler = character.translate(PLAIN)
    if simpler == character:
        simpler = unicodedata.normalize("NFKD", character)
        simpler = "".join(part for part in simpler if not unicodedata.combining(part))
    return "".join(part if part in SEPTETS else "?" for part in simpler)


def _ucs2_units(character: str) -> int:
    return len(character.encode("utf-16-be")) // 2


def _parts(units: list[int], room: int) -> int:
    """Count the parts: no character is torn between two."""
    parts, used = 1, 0
    for unit in units:
        if used + unit > room:
            parts, used = parts + 1, 0
        used += unit
    return parts
