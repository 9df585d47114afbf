"""A person's own record: what they may have and from when, their visits, who looked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, g, render_template, request

from erejestracja.domain import calendar
from erejestracja.domain.actor import Role
from erejestracja.domain.eligibility import Offer
from erejestracja.domain.errors import Reason
from erejestracja.domain.ids import PatientId, VaccineCode
from erejestracja.domain.programme import Programme
from erejestracja.domain.referral import Referral, ReferralStatus
from erejestracja.domain.visit import Visit
from erejestracja.services import waiting
from erejestracja.services.desk import Desk
from erejestracja.services.record import Record, accesses, note_access, record_of
from erejestracja.web.patient.reserved import reserved
from erejestracja.web.patient.shown import Shown, shown
from erejestracja.web.patient.whose import in_reach, whose
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.language import language
from erejestracja.web.ui.visitors import actor, only, signed_in

PAGES = Blueprint("record", __name__)
LIMIT = "record"
SAID = frozenset({"reserve", "reserve_left"})


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A referral, what it allows now or when it will, and the visit that stands on it."""

    referral: Referral
    programme: str
    offers: Sequence[tuple[Offer, str]]
    visit: Shown | None

    @property
    def bookable(self) -> bool:
        """Tell whether something may be booked on it today."""
        return self.visit is None and any(offer.reason is None for offer, _ in self.offers)

    @property
    def reasons(self) -> Sequence[Offer]:
        """Return why nothing may be booked, the soonest end first."""
        return [offer for offer, _ in self.offers if offer.reason]


@PAGES.get("/moje")
@only(Role.PATIENT, may_be_limited=True)
def mine() -> str:
    """Show what one may have and from when, and what is booked."""
    found = own_record()
    desk: Desk = suite().desk
    standing = [visit for visit in found.visits if visit.status.is_active]
    over = [visit for visit in found.visits if not visit.status.is_active]
    done = request.args.get("done")
    return render_template(
        "patient/mine.html",
        record=found,
        entitlements=_entitlements(desk, found),
        standing=[shown(desk, visit) for visit in standing],
        over=[shown(desk, visit) for visit in reversed(over)],
        waits=() if signed_in().referral else waiting.waits_of(suite().waiting, found.patient),
        reserve=() if signed_in().referral else reserved(suite().reserve, found.patient),
        done=done if done in SAID else None,
        today=calendar.local_day(desk.clock.now()),
    )


@PAGES.get("/moje/dane")
@only(Role.PATIENT)
def data() -> str:
    """Show what is known of the person, and who looked."""
    found = own_record()
    return render_template(
        "patient/data.html", record=found, accesses=accesses(suite().desk, found.patient)
    )


def own_record() -> Record:
    """Return the record of whom the page is for, as far as is reached; the look is written down."""
    who = actor()
    suite().limiter.admit(LIMIT, who.subject)
    found = record_of(suite().desk, who, whose(), g.request_id)
    return replace(
        found,
        referrals=[one for one in found.referrals if in_reach(one.id)],
        visits=[one for one in found.visits if in_reach(one.referral)],
    )


def note_look(action: str, patient: PatientId) -> None:
    """Write down that somebody looked at something of a person's record."""
    note_access(suite().desk, actor(), patient, action, g.request_id)


def vaccine_name(programme: Programme, code: VaccineCode) -> str:
    """Return what people call a vaccine."""
    known = programme.vaccine(code)
    return known.name if known else code


def _entitlements(desk: Desk, found: Record) -> list[Entitlement]:
    live = [one for one in found.referrals if one.status not in _ENDED]
    return [_entitlement(desk, found, referral) for referral in live]


_ENDED = (ReferralStatus.USED, ReferralStatus.CANCELLED)


def _entitlement(desk: Desk, found: Record, referral: Referral) -> Entitlement:
    programme = desk.programmes.get(referral.programme)
    standing: Visit | None = next(
        (v for v in found.visits if v.referral == referral.id and v.status.is_active), None
    )
    offers = found.offers.get(referral.id, ())
    return Entitlement(
        referral=referral,
        programme=programme.names[language()],
        offers=[
            (offer, ", ".join(vaccine_name(programme, code) for code in offer.vaccines))
            for offer in offers
            if offer.reason is not Reason.VACCINE_MISMATCH
        ],
        visit=shown(desk, standing) if standing else None,
    )
