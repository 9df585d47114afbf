"""When points are open: weekly series per kind of point, and the sessions they mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from random import Random

from emulators.nation.points import MODERNA, PFIZER, random_of
from erejestracja.domain.ids import VaccineCode, derived_id
from erejestracja.domain.point import Point
from erejestracja.domain.series import Hours, Series, SeriesId, expand
from erejestracja.domain.session import ANY_DOSE, Session, Visibility

STEP = 15
ID_LENGTH = 12
WEEKDAYS = range(1, 6)


@dataclass(frozen=True, slots=True)
class Plan:
    """How points of a kind open: on how many of which days, which hours, for how many at once."""

    days: tuple[int, ...]
    fewest_days: int
    hours: tuple[tuple[int, int], ...]
    places: tuple[int, ...]
    on_holidays: bool = False


PLANS = {
    "clinic": Plan(
        (1, 2, 3, 4, 5), 3, ((8, 12), (9, 13), (9, 14), (12, 16), (13, 17)), (1, 1, 1, 2)
    ),
    "pharmacy": Plan((1, 2, 3, 4, 5, 6), 3, ((10, 13), (15, 18), (10, 14)), (1,)),
    "hospital": Plan((1, 2, 3, 4, 5), 5, ((8, 16), (8, 18)), (2, 2, 3)),
    "massPoint": Plan((1, 2, 3, 4, 5, 6, 7), 6, ((8, 18), (8, 20)), (3,), on_holidays=True),
    "mobileTeam": Plan((1, 2, 3, 4, 5), 2, ((9, 14),), (2,)),
}
LUNCH_FROM_HOURS = 8
LUNCH: Hours = (time(12, 30), time(13))
# Beside the main opening: another vaccine on some day, and hours for the point's own people.
SECOND_HOURS = ((14, 17), (16, 18))
INTERNAL_HOURS = ((7, 8), (18, 19))
HAS_INTERNAL = 0.45
# Where each opening has a room of its own.
WITH_ROOMS = frozenset({"clinic", "hospital"})
DOSES = (ANY_DOSE, ANY_DOSE, 1, 2)


def series_of(seed: int, point: Point, first: date, last: date) -> list[Series]:
    """Return a point's weekly openings, the same for a seed; valid from `first` to `last`."""
    random = random_of(seed, "openings", point.id)
    plan = PLANS[point.kind]
    main = PFIZER if PFIZER in point.vaccines else MODERNA
    openings = [_main(random, plan, main)]
    openings += [_second(random, code) for code in sorted(point.vaccines - {main})]
    if random.random() < HAS_INTERNAL:
        openings.append(_internal(random, main))
    has_rooms = point.kind in WITH_ROOMS and len(openings) > 1
    return [
        Series(
            point=point.id,
            powiat=point.powiat,
            id=SeriesId(derived_id("series", point.id, str(number), length=ID_LENGTH)),
            number=number,
            weekdays=opening.weekdays,
            opens=time(opening.hours[0]),
            closes=time(opening.hours[1]),
            step=STEP,
            places=opening.places,
            vaccine=opening.vaccine,
            dose=opening.dose,
            visibility=opening.visibility,
            valid_from=first,
            valid_to=last,
            breaks=opening.breaks,
            on_holidays=plan.on_holidays,
            room=f"Gabinet {number + 1}" if has_rooms else None,
        )
        for number, opening in enumerate(openings)
    ]


def sessions_of(series: list[Series], first: date, days: int) -> Iterator[Session]:
    """Yield the sessions of `days` local days from the first on."""
    for one in series:
        yield from expand(one, first, first + timedelta(days=days - 1))


@dataclass(frozen=True, slots=True)
class _Opening:
    weekdays: frozenset[int]
    hours: tuple[int, int]
    places: int
    vaccine: VaccineCode
    dose: int
    visibility: Visibility
    breaks: tuple[Hours, ...] = ()


def _main(random: Random, plan: Plan, vaccine: VaccineCode) -> _Opening:
    hours = random.choice(plan.hours)
    days = random.sample(plan.days, random.randint(plan.fewest_days, len(plan.days)))
    long = hours[1] - hours[0] >= LUNCH_FROM_HOURS and not plan.on_holidays
    return _Opening(
        weekdays=frozenset(days),
        hours=hours,
        places=random.choice(plan.places),
        vaccine=vaccine,
        dose=ANY_DOSE,
        visibility=Visibility.EXTERNAL,
        breaks=(LUNCH,) if long else (),
    )


def _second(random: Random, vaccine: VaccineCode) -> _Opening:
    return _Opening(
        weekdays=frozenset(random.sample(WEEKDAYS, random.randint(1, 3))),
        hours=random.choice(SECOND_HOURS),
        places=1,
        vaccine=vaccine,
        dose=random.choice(DOSES),
        visibility=Visibility.EXTERNAL,
    )


def _internal(random: Random, vaccine: VaccineCode) -> _Opening:
    return _Opening(
        weekdays=frozenset(random.sample(WEEKDAYS, random.randint(1, 2))),
        hours=random.choice(INTERNAL_HOURS),
        places=1,
        vaccine=vaccine,
        dose=ANY_DOSE,
        visibility=Visibility.INTERNAL,
    )
