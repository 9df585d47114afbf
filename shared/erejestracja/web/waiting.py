"""Waiting over HTTP: leave a wish, see how it stands, take or decline what is offered, withdraw."""

from typing import Annotated

from pydantic import Field

from erejestracja.domain.criteria import Criteria
from erejestracja.domain.errors import (
    AlreadyBooked,
    HoldExpired,
    InvalidRequest,
    NotAllowed,
    NotEligible,
    NotFound,
    Overloaded,
    SlotTaken,
    VersionMismatch,
)
from erejestracja.domain.waiting import Ahead, Entry, EntryId, Offer
from erejestracja.services import waiting
from erejestracja.services.record import note_access
from erejestracja.services.waiting import Standing, WaitingRoom
from erejestracja.web.criteria import CriteriaBody
from erejestracja.web.holds import BOOKERS, PatientField, PatientQuery, patient_of
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Route
from erejestracja.web.slots import SlotAnswer, instant, slot_answer
from erejestracja.web.visits import VisitAnswer, visit_answer

EntryField = Annotated[str, Field(pattern=r"^[a-z2-7]{20}$")]


class WaitingBody(RequestModel):
    """What is wished for; it names a point, a place, a powiat or a voivodeship."""

    criteria: CriteriaBody
    patient_id: PatientField | None = None


class WithdrawQuery(PatientQuery):
    """Which entry; all of them where none is named."""

    entry: EntryField | None = None


class WishAnswer(AnswerModel):
    """What is wished for, as it was asked."""

    point: str | None = None
    near: str | None = None
    teryt: str | None = None
    radius_km: float | None = None
    vaccine: str | None = None
    from_: Annotated[str | None, Field(alias="from")] = None
    to: str | None = None
    hour_from: str | None = None
    hour_to: str | None = None
    access: tuple[str, ...] = ()


class AheadAnswer(AnswerModel):
    """How many are before somebody: a range, without `most` where it is more than we count."""

    least: int
    most: int | None = None


class OfferAnswer(AnswerModel):
    """A place kept for who waits, and until when they may take it."""

    slot: SlotAnswer
    expires_at: str


class EntryAnswer(AnswerModel):
    """Somebody who waits.

    `waitLonger` are those who wait longer: nobody who comes later is ever among them. `lostVisit`
    are those whose visit a point took away: they come first, and may become more. `visit` is the
    one a place is to be had instead of.
    """

    id: str
    programme: str
    dose: int
    criteria: WishAnswer
    since: str
    has_lost_visit: bool
    visit: str | None = None
    wait_longer: AheadAnswer
    lost_visit: AheadAnswer
    offer: OfferAnswer | None = None


class EntriesAnswer(AnswerModel):
    """For what a person waits."""

    entries: tuple[EntryAnswer, ...]


def post_waiting(call: Call) -> Answer:
    """Wait, or wish otherwise."""
    room: WaitingRoom = call.suite.waiting
    body: WaitingBody = call.body
    patient = patient_of(call, body.patient_id)
    entry = waiting.ask(room, call.caller, patient, body.criteria.criteria())
    return Answer(_answer(room, waiting.standing(room, entry)), 201)


def get_waiting(call: Call) -> Answer:
    """Show for what a person waits, and write down that it was looked at."""
    room: WaitingRoom = call.suite.waiting
    patient = patient_of(call, call.query.patient_id)
    note_access(room.desk, call.caller, patient, "waiting.viewed", call.request_id)
    found = waiting.standings(room, patient)
    return Answer(EntriesAnswer(entries=tuple(_answer(room, one) for one in found)))


def delete_waiting(call: Call) -> Answer:
    """Wait no more."""
    query: WithdrawQuery = call.query
    patient = patient_of(call, query.patient_id)
    only = EntryId(query.entry) if query.entry else None
    waiting.withdraw(call.suite.waiting, call.caller, patient, only)
    return Answer(None, 204)


def accept_offer(call: Call) -> Answer:
    """Take the place that is offered."""
    room: WaitingRoom = call.suite.waiting
    patient = patient_of(call, call.query.patient_id)
    visit = waiting.accept(room, call.caller, patient, EntryId(call.params["entry"]))
    return Answer(visit_answer(room.desk, visit))


def decline_offer(call: Call) -> Answer:
    """Say no to it."""
    room: WaitingRoom = call.suite.waiting
    patient = patient_of(call, call.query.patient_id)
    entry = waiting.decline(room, call.caller, patient, EntryId(call.params["entry"]))
    return Answer(_answer(room, waiting.standing(room, entry)))


def _answer(room: WaitingRoom, standing: Standing) -> EntryAnswer:
    entry = standing.entry
    return EntryAnswer(
        id=entry.id,
        programme=entry.programme,
        dose=entry.dose,
        criteria=_wish(entry.criteria),
        since=instant(entry.since),
        has_lost_visit=entry.lost,
        visit=entry.moves.visit if entry.moves else None,
        wait_longer=_ahead(standing.longer),
        lost_visit=_ahead(standing.lost),
        offer=_offer(room, entry, entry.offer) if entry.offer else None,
    )


def _ahead(ahead: Ahead) -> AheadAnswer:
    return AheadAnswer(least=ahead.least, most=ahead.most)


def _offer(room: WaitingRoom, entry: Entry, offer: Offer) -> OfferAnswer | None:
    """Return what is offered now; what has run out is no offer, though nobody has said so yet."""
    slot = offer.place.slot
    point = room.desk.read_model.point(slot.session.point)
    state = room.desk.read_model.state(slot.session)
    hold = waiting.kept_for(room.desk, entry)
    if hold is None or point is None or state is None:
        return None
    free = state.free(slot.index)
    shown = slot_answer(state.session, slot.index, free, point, hold.vaccine)
    return OfferAnswer(slot=shown, expires_at=instant(offer.until))


def _wish(wish: Criteria) -> WishAnswer:
    area = wish.area
    dates = {"from_": wish.from_.isoformat() if wish.from_ else None}
    return WishAnswer(
        point=area.point,
        near=f"{area.near.lat},{area.near.lon}" if area.near else None,
        teryt=area.teryt,
        radius_km=area.radius_km,
        vaccine=wish.vaccine,
        **dates,
        to=wish.to.isoformat() if wish.to else None,
        hour_from=f"{wish.hour_from:%H:%M}" if wish.hour_from else None,
        hour_to=f"{wish.hour_to:%H:%M}" if wish.hour_to else None,
        access=tuple(sorted(wish.access)),
    )


ROUTES = (
    Route(
        "POST",
        "/v1/waiting",
        post_waiting,
        "Wait for a place, or wish otherwise; the place in the order is kept",
        answers={201: EntryAnswer},
        roles=BOOKERS,
        body=WaitingBody,
        refusals=(InvalidRequest, NotEligible, NotAllowed, Overloaded),
        limit="bookings",
    ),
    Route(
        "GET",
        "/v1/waiting",
        get_waiting,
        "For what one waits, how many are before, and what is offered now",
        answers={200: EntriesAnswer},
        roles=BOOKERS,
        query=PatientQuery,
        refusals=(NotAllowed, Overloaded),
        limit="record",
    ),
    Route(
        "DELETE",
        "/v1/waiting",
        delete_waiting,
        "Wait no more: for one dose, or for any",
        answers={204: None},
        roles=BOOKERS,
        query=WithdrawQuery,
        refusals=(NotAllowed, Overloaded),
        limit="bookings",
    ),
    Route(
        "POST",
        "/v1/waiting/{entry}:accept",
        accept_offer,
        "Take the place that is offered: a visit of it, or the visit there is moved to it",
        answers={200: VisitAnswer},
        roles=BOOKERS,
        query=PatientQuery,
        refusals=(
            NotFound,
            HoldExpired,
            SlotTaken,
            AlreadyBooked,
            NotEligible,
            VersionMismatch,
            NotAllowed,
            Overloaded,
        ),
        limit="bookings",
    ),
    Route(
        "POST",
        "/v1/waiting/{entry}:decline",
        decline_offer,
        "Say no to what is offered: the next is asked, and one's own place in the order is kept",
        answers={200: EntryAnswer},
        roles=BOOKERS,
        query=PatientQuery,
        refusals=(NotFound, HoldExpired, NotAllowed, Overloaded),
        limit="bookings",
    ),
)
