"""People with referrals: ages as in the country, PESELs made now and never written down here.

A PESEL comes from this installation's own secret, so the repository and the seed do not tell it,
and loading the same nation twice into one installation still means the same people.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import accumulate
from random import Random

from emulators.nation import points, wording
from emulators.nation.atlas import powiaty
from erejestracja.auth.patients import patient_id
from erejestracja.domain import calendar
from erejestracja.domain.ids import PatientId, ProgrammeId, ReferralId, VaccineCode, derived_id
from erejestracja.domain.person import Person
from erejestracja.domain.pesel import SERIALS, Pesel, generate
from erejestracja.domain.referral import DoseGiven, Referral, ReferralKind, ReferralStatus
from erejestracja.settings import PatientSettings

COVID = ProgrammeId("covid-19")
# Inhabitants from 12 on by five years of age, per mille of the country's; the first is 12 to 14.
AGES = {
    12: 33, 15: 49, 20: 48, 25: 56, 30: 69, 35: 82, 40: 83, 45: 76, 50: 63, 55: 58, 60: 64,
    65: 66, 70: 57, 75: 37, 80: 23, 85: 14, 90: 8,
}  # fmt: skip
BAND_YEARS = {12: 3}
YEARS = 5
VALID_FOR = timedelta(days=90)
WITHOUT_PHONE, WITH_LANDLINE = 0.05, 0.05
LANGUAGES = {"pl": 950, "uk": 40, "en": 10}
ADULT = 18
WOMEN = 0.52


@dataclass(frozen=True, slots=True)
class Registered:
    """A person as registered: with PESEL, sex and referrals."""

    person: Person
    pesel: Pesel
    referrals: tuple[Referral, ...]

    def rows(self) -> int:
        """Return how many rows this is."""
        return 1 + len(self.referrals)


@dataclass(frozen=True, slots=True)
class Case:
    """What a referral looks like: issued, bookable and last dosed so many days from today."""

    share: int
    kind: ReferralKind
    status: ReferralStatus
    issued: tuple[int, int]
    bookable: tuple[int, int] | None = None
    doses: tuple[tuple[int, int], ...] = ()


# Per cent. In order: ready; second dose due soon or now; booster due; booster too early yet;
# expired unused; loaded ahead of its opening day; cancelled.
READY = Case(66, ReferralKind.PRIMARY, ReferralStatus.ISSUED, (-80, -1))
SECOND = Case(9, ReferralKind.PRIMARY, ReferralStatus.IN_USE, (-70, -50), doses=((-48, -20),))
BOOSTER = Case(
    12, ReferralKind.BOOSTER, ReferralStatus.ISSUED, (-60, -1), doses=((-420, -300), (-290, -150))
)
EARLY = Case(
    3, ReferralKind.BOOSTER, ReferralStatus.ISSUED, (-20, -1), doses=((-110, -90), (-75, -40))
)
EXPIRED = Case(5, ReferralKind.PRIMARY, ReferralStatus.ISSUED, (-200, -92))
AHEAD = Case(3, ReferralKind.PRIMARY, ReferralStatus.ISSUED, (-5, 0), bookable=(3, 21))
CANCELLED = Case(2, ReferralKind.PRIMARY, ReferralStatus.CANCELLED, (-60, -10))
CASES = (READY, SECOND, BOOSTER, EARLY, EXPIRED, AHEAD, CANCELLED)
TWO_DOSE_VACCINES = (points.PFIZER, points.PFIZER, points.MODERNA)


def people(seed: int, numbers: range, today: date) -> Iterator[Registered]:
    """Yield the people of these numbers."""
    for number in numbers:
        yield a_person(seed, number, today)


def a_person(seed: int, number: int, today: date) -> Registered:
    """Return the `number`-th person, the same within one year and installation."""
    random = points.random_of(seed, "person", number)
    woman = random.random() < WOMEN
    powiat = random.choices(powiaty(), cum_weights=_inhabitants())[0]
    pesel = pesel_of(seed, number, born(random, today), woman=woman)
    person = Person(
        id=patient_id(str(pesel)),
        given_name=wording.given_name(random, woman=woman),
        family_name=wording.family_name(random, woman=woman),
        birth_date=pesel.birth_date,
        phone=phone(random),
        email=None,
        language=random.choices(list(LANGUAGES), list(LANGUAGES.values()))[0],
        postal_code=points.postal_code(random, powiat),
    )
    grown = age(person.birth_date, today) >= ADULT
    case = random.choices(CASES, [one.share for one in CASES])[0] if grown else READY
    return Registered(person, pesel, (referral(random, person, case, today),))


def pesel_of(seed: int, number: int, born: date, *, woman: bool) -> Pesel:
    """Return the PESEL that this installation gives to a person it made up."""
    key = PatientSettings().patient_key.get_secret_value().encode()
    drawn = hmac.digest(key, f"nation/{seed}/{number}".encode(), sha256)
    serial = int.from_bytes(drawn[:8], "big") % (SERIALS // 2) * 2
    return generate(born, serial + (0 if woman else 1))


def born(random: Random, today: date) -> date:
    """Return a date of birth; ages are those of the middle of this year, so that they stay."""
    youngest = random.choices(list(AGES), cum_weights=list(accumulate(AGES.values())))[0]
    days = random.randrange(365 * BAND_YEARS.get(youngest, YEARS))
    return date(today.year - youngest, 7, 1) - timedelta(days=days)


def age(born: date, on: date) -> int:
    """Return a person's age in whole years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def phone(random: Random) -> str | None:
    """Return a number, mostly a mobile one; only the simulated gateway is ever given it."""
    drawn = random.random()
    if drawn < WITHOUT_PHONE:
        return None
    if drawn < WITHOUT_PHONE + WITH_LANDLINE:
        return f"+4822{random.randrange(2_000_000, 9_999_999)}"
    return f"+48{random.choice((50, 60, 66, 69, 78, 88))}{random.randrange(10**7):07}"


def referral(random: Random, person: Person, case: Case, today: date) -> Referral:
    """Return a person's referral as the case has it."""

    def day(within: tuple[int, int]) -> date:
        return today + timedelta(days=random.randint(*within))

    issued = day(case.issued)
    begun = random.choice(TWO_DOSE_VACCINES)
    opens = datetime.combine(day(case.bookable), datetime.min.time()) if case.bookable else None
    return Referral(
        id=ReferralId(derived_id("referral", person.id, case.kind)),
        patient=PatientId(person.id),
        programme=COVID,
        kind=case.kind,
        status=case.status,
        issued_on=issued,
        expires_on=issued + VALID_FOR,
        bookable_from=(opens.replace(tzinfo=UTC) if opens else calendar.start_of_day(issued)),
        window=(None, None),
        birth_date=person.birth_date,
        given=tuple(
            DoseGiven(dose, day(within), VaccineCode(begun))
            for dose, within in enumerate(case.doses, 1)
        ),
    )


@cache
def _inhabitants() -> tuple[float, ...]:
    return tuple(accumulate(powiat.thousands for powiat in powiaty()))
