"""A programme's rules as a JSON document and back: what is not understood is refused."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from erejestracja.domain.actor import Channel
from erejestracja.domain.programme import Basis, Interval, Minors, Opening, Programme, Vaccine
from erejestracja.domain.referral import ReferralKind

Read = Callable[[Any], Any]


class MalformedDocument(ValueError):  # noqa: N818 - named by what it says of the document
    """A document that is no programme; the message names the place, never the value."""


@dataclass(frozen=True, slots=True)
class Field:
    """How one field of a document is read and written; unless `needed` it may be absent or null."""

    name: str
    read: Read
    write: Read = lambda value: value
    needed: bool = False


def from_document(document: Mapping[str, Any]) -> Programme:
    """Read a programme. Raises MalformedDocument."""
    programme: Programme = _record(Programme, PROGRAMME)(document)
    for place, is_wrong in _contradictions(programme):
        if is_wrong:
            raise MalformedDocument(place)
    return programme


def to_document(programme: Programme) -> dict[str, Any]:
    """Return the document that `from_document` reads."""
    return _written(PROGRAMME)(programme)


def _contradictions(programme: Programme) -> Iterator[tuple[str, bool]]:
    """Yield what each field can say and the whole cannot mean."""
    codes = [vaccine.code for vaccine in programme.vaccines]
    names = [opening.id for opening in programme.openings]
    yield "vaccines: the same code twice", len(set(codes)) < len(codes)
    yield "openings: the same id twice", len(set(names)) < len(names)
    for vaccine in programme.vaccines:
        yield (
            f"{vaccine.code}: ages end before they begin",
            _ends_early(vaccine.min_age, vaccine.max_age),
        )
        yield f"{vaccine.code}: a series without doses", vaccine.doses < 1
        yield f"{vaccine.code}: a vial without doses", vaccine.doses_per_vial == 0
    for at, rule in enumerate(programme.intervals):
        yield f"intervals[{at}]: ends before it begins", _ends_early(rule.valid_from, rule.valid_to)
        yield (
            f"intervals[{at}]: licensed for longer than it lasts",
            _ends_early(rule.licensed_days, rule.min_days),
        )
        yield f"intervals[{at}]: after an unknown vaccine", rule.after not in (None, *codes)
    for at, ages in enumerate(programme.minors):
        yield f"minors[{at}]: ends before it begins", _ends_early(ages.valid_from, ages.valid_to)
        yield f"minors[{at}]: signs when of age", ages.signs_from > ages.under
    for opening in programme.openings:
        yield f"{opening.id}: births end early", _ends_early(opening.born_from, opening.born_to)
        yield f"{opening.id}: slots end early", _ends_early(opening.slots_from, opening.slots_to)


def _ends_early(first: Any, last: Any) -> bool:
    return first is not None and last is not None and bool(last < first)


def _record(kind: type, fields: Mapping[str, Field]) -> Read:
    """Return a reader of a mapping with exactly these fields."""

    def read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise MalformedDocument("not an object")
        if unknown := sorted(set(value) - set(fields)):
            raise MalformedDocument(f"{unknown[0]}: unknown")
        given: dict[str, Any] = {}
        for key, field in fields.items():
            if value.get(key) is not None:
                given[field.name] = _at(key, field.read, value[key])
            elif field.needed:
                raise MalformedDocument(f"{key}: missing")
        return kind(**given)

    return read


def _written(fields: Mapping[str, Field]) -> Callable[[Any], dict[str, Any]]:
    """Return a writer of those fields that are not None."""

    def write(record: Any) -> dict[str, Any]:
        values = {key: (field, getattr(record, field.name)) for key, field in fields.items()}
        return {
            key: field.write(value) for key, (field, value) in values.items() if value is not None
        }

    return write


def _at(place: str, read: Read, value: Any) -> Any:
    """Read a value, and name its place should that fail."""
    try:
        return read(value)
    except MalformedDocument as inner:
        separator = "" if str(inner).startswith("[") else "."
        raise MalformedDocument(f"{place}{separator}{inner}") from None
    except ValueError:
        raise MalformedDocument(f"{place}: not understood") from None


def _only(kind: type, value: Any) -> Any:
    """Return a value of exactly this type: True is no number here, and 1.0 is no whole one."""
    if type(value) is not kind:
        raise ValueError(kind.__name__)
    return value


def _text(value: Any) -> str:
    if not _only(str, value).strip():
        raise ValueError("empty")
    return str(value)


def _count(value: Any) -> int:
    if _only(int, value) < 0:
        raise ValueError("negative")
    return int(value)


def _flag(value: Any) -> bool:
    return bool(_only(bool, value))


def _day(value: Any) -> date:
    day = date.fromisoformat(_only(str, value))
    if day.isoformat() != value:
        raise ValueError("another notation")
    return day


def _instant(value: Any) -> datetime:
    instant = datetime.fromisoformat(_only(str, value))
    if not value.endswith("Z"):
        raise ValueError("not UTC")
    return instant


def _zulu(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _each(read: Read) -> Read:
    """Return a reader of a list."""

    def read_all(values: Any) -> tuple[Any, ...]:
        return tuple(_at(f"[{at}]", read, value) for at, value in enumerate(_only(list, values)))

    return read_all


def _set(read: Read) -> Read:
    return lambda values: frozenset(_each(read)(values))


def _map(key: Read, read: Read) -> Read:
    """Return a reader of an object whose field names are data."""
    return lambda value: {key(name): _at(name, read, value[name]) for name in _only(dict, value)}


def _sorted(values: Collection[Any]) -> list[str]:
    return sorted(str(value) for value in values)


def _many(fields: Mapping[str, Field]) -> Callable[[Collection[Any]], list[dict[str, Any]]]:
    return lambda records: [_written(fields)(record) for record in records]


VACCINE = {
    "code": Field("code", _text, needed=True),
    "name": Field("name", _text, needed=True),
    "maker": Field("maker", _text, needed=True),
    "doses": Field("doses", _count, needed=True),
    "minAge": Field("min_age", _count, needed=True),
    "maxAge": Field("max_age", _count),
    "boosts": Field("boosts", _flag),
    "dosesPerVial": Field("doses_per_vial", _count),
}
INTERVAL = {
    "kind": Field("kind", ReferralKind, str, needed=True),
    "minDays": Field("min_days", _count, needed=True),
    "validFrom": Field("valid_from", _day, date.isoformat, needed=True),
    "validTo": Field("valid_to", _day, date.isoformat),
    "basis": Field("basis", Basis, str),
    "advisedDays": Field("advised_days", _count),
    "licensedDays": Field("licensed_days", _count),
    "after": Field("after", _text),
    "dose": Field("dose", _count),
}
OPENING = {
    "id": Field("id", _text, needed=True),
    "kinds": Field("kinds", _set(ReferralKind), _sorted, needed=True),
    "opensAt": Field(
        "opens_at",
        _map(Channel, _instant),
        lambda times: {str(channel): _zulu(at) for channel, at in times.items()},
        needed=True,
    ),
    "enabled": Field("enabled", _flag, needed=True),
    "bornFrom": Field("born_from", _day, date.isoformat),
    "bornTo": Field("born_to", _day, date.isoformat),
    "patients": Field("patients", _set(_text), _sorted),
    "slotsFrom": Field("slots_from", _day, date.isoformat),
    "slotsTo": Field("slots_to", _day, date.isoformat),
}
MINORS = {
    "under": Field("under", _count, needed=True),
    "signsFrom": Field("signs_from", _count, needed=True),
    "physicianUnder": Field("physician_under", _count, needed=True),
    "validFrom": Field("valid_from", _day, date.isoformat, needed=True),
    "validTo": Field("valid_to", _day, date.isoformat),
}
PROGRAMME = {
    "id": Field("id", _text, needed=True),
    "names": Field("names", _map(str, _text), dict, needed=True),
    "vaccines": Field("vaccines", _each(_record(Vaccine, VACCINE)), _many(VACCINE), needed=True),
    "intervals": Field(
        "intervals", _each(_record(Interval, INTERVAL)), _many(INTERVAL), needed=True
    ),
    "openings": Field("openings", _each(_record(Opening, OPENING)), _many(OPENING), needed=True),
    "paused": Field("paused", _set(Channel), _sorted),
    "minors": Field("minors", _each(_record(Minors, MINORS)), _many(MINORS)),
}
