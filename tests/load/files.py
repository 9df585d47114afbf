"""Files of many rows, one kind each; the first line is the header."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice

from emulators.nation.atlas import powiaty
from emulators.nation.points import a_point
from erejestracja.domain import calendar
from erejestracja.domain.pesel import generate
from erejestracja.storage.spanner.catalogue import Catalogue
from erejestracja.storage.spanner.database import open_database

# Nobody alive was born on these days: PESELs of the next century are not given out yet.
FIRST_DAY = date(2100, 1, 1)
PEOPLE_A_DAY = 10_000
SEED = 20_261
RULES_A_POINT = 5


def referrals() -> Iterator[bytes]:
    """Yield referrals of as many people."""
    yield b"referral,pesel,givenName,familyName,programme,kind,issuedOn,expiresOn,phone\n"
    for number in count():
        day = FIRST_DAY + timedelta(days=number // PEOPLE_A_DAY)
        pesel = generate(day, number % PEOPLE_A_DAY)
        yield (
            f"LOAD-{number:08},{pesel},Osoba,Obciążeniowa,covid-19,primary,"
            f"2026-11-02,2027-01-31,+4860{number % 10**7:07}\n"
        ).encode()


def points() -> Iterator[bytes]:
    """Yield points, one of each powiat in turn."""
    yield (b"point;name;address;postalCode;town;gmina;lat;lon;kind;access;phone;vaccines\n")
    for number in count():
        each, powiat = divmod(number, len(powiaty()))
        one = a_point(SEED, powiaty()[powiat], each)
        fields = (
            *(f"load{number:08}", one.name, one.address, one.postal_code, one.town, one.gmina),
            *(f"{one.location.lat}", f"{one.location.lon}", one.kind, " ".join(one.access)),
            *(f"22 {6_210_000 + number % 10_000}", " ".join(one.vaccines)),
        )
        yield (";".join(fields) + "\n").encode()


def schedules(weeks: int = 1) -> Iterator[bytes]:
    """Yield new rules of the points that the suite has: some of one point, then of the next."""
    yield b"point;key;weekdays;from;to;step;places;vaccine;validFrom;validTo\n"
    listed = Catalogue(open_database()).points()
    now = datetime.now(UTC)
    tomorrow, run = calendar.local_day(now) + timedelta(days=1), f"{now:%m%d%H%M%S}"
    until = tomorrow + timedelta(days=7 * weeks - 1)
    for number in count():
        nth, rule = divmod(number, RULES_A_POINT)
        each, nth = divmod(nth, len(listed))
        one = listed[nth]
        yield (
            f"{one.id};load-{run}-{each}-{rule};{rule + 1};18:00;20:00;10;1;{min(one.vaccines)};"
            f"{tomorrow};{until}\n"
        ).encode()


def again(row: bytes) -> bytes:
    """Return a row as it is."""
    return row


def roomier(row: bytes) -> bytes:
    """Return a row of a schedule with one place more in each slot."""
    *first, places, vaccine, since, until = row.split(b";")
    return b";".join([*first, b"%d" % (int(places) + 1), vaccine, since, until])


def rows_of(kind: str, number: int, weeks: int) -> Iterator[bytes]:
    """Yield the header and rows of a kind; rules of schedules hold for so many weeks."""
    rows = schedules(weeks) if kind == "schedules" else KINDS[kind]()
    return islice(rows, number + 1)


KINDS: Mapping[str, Callable[[], Iterator[bytes]]] = {
    "referrals": referrals,
    "points": points,
    "schedules": schedules,
}
# What the next file may make of each row of the one before.
SHAPES: Mapping[str, Callable[[bytes], bytes]] = {"again": again, "changed": roomier}
