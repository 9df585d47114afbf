"""Texts for comparison, so that whoever searches need not write accents or capitals."""

from unicodedata import combining, normalize


def folded(text: str) -> str:
    """Return a text without accents and capitals, and with one space between words."""
    bare = normalize("NFKD", text.casefold().replace("ł", "l"))
    return " ".join("".join(one for one in bare if not combining(one)).split())
