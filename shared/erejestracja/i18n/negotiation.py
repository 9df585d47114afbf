"""Which of our languages a caller wants (Accept-Language, RFC 9110 section 12.5.4)."""

from functools import lru_cache

from erejestracja.i18n.catalogue import DEFAULT, LANGUAGES

LONGEST_HEADER = 200


def language_of(accept: str | None) -> str:
    """Return the language a header asks for; Polish where it asks for none that we have."""
    if not accept or len(accept) > LONGEST_HEADER:
        return DEFAULT
    return _negotiated(accept)


@lru_cache(maxsize=512)
def _negotiated(accept: str) -> str:
    best, best_weight = DEFAULT, 0.0
    for part in accept.split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        weight = _weight(parameter)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
