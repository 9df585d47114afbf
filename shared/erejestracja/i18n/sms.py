"""What text messages say, in the person's language and as short as it can be said."""

from collections.abc import Mapping
from datetime import datetime

from erejestracja.domain.calendar import local
from erejestracja.domain.message import fitted
from erejestracja.i18n.catalogue import DEFAULT, LANGUAGES, catalogue

# Unaccented Polish is read without effort and costs a third. Ukrainian in Latin letters is not
# read so: it goes out as it is written, in UCS-2, and takes the segments that it takes.
ACCENTED = frozenset({"uk"})


def text_of(template: str, language: str, facts: Mapping[str, str]) -> str:
    """Return a notice's text. Raises KeyError for a template or fact that is not there.

    `facts` are a notice's: `startsAt` (RFC 3339), `point`, `address`, `until` of an offer; or a
    `code`; or those of a dialogue's reply. Days and times are Poland's.
    """
    known = language if language in LANGUAGES else DEFAULT
    blanks = {name: str(fact) for name, fact in facts.items()}
    if "startsAt" in facts:
        starts = local(datetime.fromisoformat(facts["startsAt"]))
        blanks |= {"day": f"{starts:%d.%m.%Y}", "time": f"{starts:%H:%M}"}
        blanks["shortDay"] = f"{starts:%d.%m}"
    if "until" in facts:
        blanks["until"] = f"{local(datetime.fromisoformat(facts['until'])):%H:%M}"
    return fitted(catalogue(known).text(f"sms.{template}"), blanks, accents=known in ACCENTED)
