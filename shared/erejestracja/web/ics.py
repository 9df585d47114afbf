"""A visit as a calendar file (RFC 5545), for the person's own calendar."""

from datetime import timedelta

from erejestracja.domain.point import Point
from erejestracja.domain.visit import Visit, VisitStatus

# No vaccine and no disease: calendars are shared with families and employers.
SUMMARY = {"pl": "Wizyta: punkt szczepień", "en": "Appointment", "uk": "Візит: пункт щеплень"}
BRING = {
    "pl": "Weź dokument tożsamości.",
    "en": "Bring an identity document.",
    "uk": "Візьміть документ, що посвідчує особу.",
}


def calendar(visit: Visit, point: Point, language: str) -> bytes:
    """Return the calendar file; a newer version of a visit replaces the older in a calendar."""
    from icalendar import Alarm, Calendar, Event

    event = Event()
    event.add("uid", f"{visit.id}@e-rejestracja")
    event.add("sequence", visit.version)
    event.add("dtstamp", visit.updated_at)
    event.add("dtstart", visit.starts_at)
    event.add("dtend", visit.starts_at + timedelta(minutes=visit.minutes))
    event.add("summary", SUMMARY[language])
    event.add("location", f"{point.name}, {point.address}, {point.postal_code} {point.town}")
    event.add("geo", (point.location.lat, point.location.lon))
    event.add("description", BRING[language])
    event.add("status", "CONFIRMED" if visit.status is VisitStatus.BOOKED else "CANCELLED")
    reminder = Alarm()
    reminder.add("action", "DISPLAY")
    reminder.add("description", SUMMARY[language])
    reminder.add("trigger", timedelta(days=-1))
    event.add_component(reminder)
    file = Calendar()
    file.add("prodid", "-//e-Rejestracja//PL")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add_component(event)
    text: bytes = file.to_ical()
    return text
