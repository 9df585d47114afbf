"""Standby lists as rows of a file: who would come at once to which point, and said so."""

from dataclasses import dataclass
from datetime import date

from erejestracja.domain.delimited import BadRow, Reason
from erejestracja.domain.fields import Columns, Fields, day, needed, some
from erejestracja.domain.ids import PointId, ProgrammeId, VaccineCode
from erejestracja.domain.pesel import Pesel
from erejestracja.domain.point_rows import ID, VACCINE
from erejestracja.domain.referral_rows import PROGRAMME

COLUMNS: Columns = {
    "point": (True, "its id"),
    "pesel": (True, "who waits; with a referral to the programme"),
    "programme": (True, "such as `covid-19`"),
    "vaccines": (True, "codes with spaces between, of those that the point gives"),
    "until": (True, "the last day they wait, YYYY-MM-DD, at most 180 days ahead"),
    "consent": (True, "`yes`: they were asked, and want to be called at short notice"),
}


@dataclass(frozen=True, slots=True, repr=False)
class StandbyRow:
    """A row that can be taken: who waits was asked. Not shown in logs: it holds a person's data."""

    point: PointId
    pesel: Pesel
    programme: ProgrammeId
    vaccines: tuple[VaccineCode, ...]
    until: date


def read(fields: Fields) -> StandbyRow:
    """Read a row. Raises BadRow, for whoever has not agreed as well."""
    needed(fields, "consent", _agreed)
    return StandbyRow(
        point=PointId(needed(fields, "point", ID)),
        pesel=needed(fields, "pesel", Pesel.parse),
        programme=ProgrammeId(needed(fields, "programme", PROGRAMME)),
        vaccines=tuple(map(VaccineCode, sorted(needed(fields, "vaccines", some(VACCINE))))),
        until=needed(fields, "until", day),
    )


def _agreed(text: str) -> None:
    if text == "no":
        raise BadRow(Reason.NO_CONSENT)
    if text != "yes":
        raise BadRow(Reason.INVALID)
