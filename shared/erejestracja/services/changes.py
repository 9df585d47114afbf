"""What a visit's change tells: its event, and the notice to the person."""

from dataclasses import replace

from erejestracja.domain.actor import Actor
from erejestracja.domain.change import Change
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, MessageId, derived_id
from erejestracja.domain.notice import Notice, Template
from erejestracja.domain.point import Point
from erejestracja.domain.visit import Visit, VisitChange
from erejestracja.services.desk import Desk
from erejestracja.services.outcomes import request_event
from erejestracja.services.places import WantedPlace

TEMPLATES: dict[VisitChange, Template] = {
    VisitChange.BOOKED: "booked",
    VisitChange.MOVED: "moved",
    VisitChange.CANCELLED: "cancelled",
    VisitChange.RESTORED: "moved",
}


def change_of(
    desk: Desk,
    visit: Visit,
    what: VisitChange,
    actor: Actor,
    *,
    place: WantedPlace | None = None,
    before: Visit | None = None,
) -> Change:
    """Return a change with its events: the visit's own, and the request to send its notice.

    `place` is what the change took, `before` the visit as it was.
    """
    point = desk.read_model.point(visit.place.slot.session.point)
    return change_at(point, visit, what, actor, place=place, before=before)


def change_at(
    point: Point | None,
    visit: Visit,
    what: VisitChange,
    actor: Actor,
    *,
    place: WantedPlace | None = None,
    before: Visit | None = None,
) -> Change:
    """Return the same where the visit's point is known already."""
    sessions = {str(v.place.slot.session) for v in (visit, before) if v}
    took_free_place = place is not None and place.hold is None
    told = Event(
        id=EventId(f"{visit.id}.{visit.version}"),
        topic="visits",
        type=what.value,
        data={
            "visit": visit.id,
            "version": visit.version,
            "patient": visit.patient,
            "programme": visit.programme,
            "sessions": sorted(sessions),
            # A confirmed hold leaves its place taken, and the read model as it is.
            "placesChanged": before is not None or took_free_place,
            "slot": str(visit.place.slot),
            "point": visit.place.slot.session.point,
            "powiat": point.powiat if point else None,
            "voivodeship": point.voivodeship if point else None,
            "vaccine": visit.vaccine,
            "dose": visit.dose,
            "day": visit.place.slot.session.day.isoformat(),
            "startsAt": visit.starts_at.isoformat(),
            "channel": actor.channel().value,
            "consentForm": visit.consent.value if visit.consent else None,
        },
    )
    template = TEMPLATES.get(what)
    if template is None:
        return Change(what, actor, [told])
    notice = _notice(visit, template, point)
    return Change(what, actor, [told, request_event(notice)], notice)


def untold(change: Change) -> Change:
    """Return a change that its person is not told of: what they know is right."""
    events = [event for event in change.events if event.topic == "visits"]
    return replace(change, events=events, notice=None)


def _notice(visit: Visit, template: Template, point: Point | None) -> Notice:
    """Return what the person is to be told; no name and no number stands in it."""
    return Notice(
        id=MessageId(derived_id("notice", visit.id, str(visit.version), template)),
        patient=visit.patient,
        visit=visit.id,
        template=template,
        facts={
            "version": visit.version,
            "startsAt": visit.starts_at.isoformat(),
            "point": point.name if point else "",
            "address": f"{point.address}, {point.town}" if point else "",
        },
    )
