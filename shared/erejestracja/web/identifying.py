"""Whom a form means: a PESEL, or a passport with its country."""

from flask import g, request

from erejestracja.domain.errors import InvalidRequest
from erejestracja.domain.ids import PatientId
from erejestracja.services.desk import Desk
from erejestracja.services.record import identify
from erejestracja.web.record import DocumentBody, IdentifyBody, meant
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor

LONGEST_PESEL, LONGEST_NUMBER, COUNTRY_LETTERS = 20, 30, 2


def looked_up() -> PatientId:
    """Return whom the form means; staff's asking is counted, and written down for the person.

    Raises InvalidRequest with keys of texts, NotFound, RateLimited.
    """
    suite().limiter.admit("identify", actor().subject)
    desk: Desk = suite().desk
    return identify(desk, actor(), meant_by_form(desk), g.request_id).id


def meant_by_form(desk: Desk) -> PatientId:
    """Return whom the form means. Raises InvalidRequest with keys of texts, NotFound."""
    pesel = request.form.get("pesel", "").strip()
    number = request.form.get("number", "").strip()
    if bool(pesel) == bool(number):
        raise InvalidRequest({"pesel": "ui.person.one_of_both"})
    if pesel:
        return meant(desk, IdentifyBody(pesel=pesel[:LONGEST_PESEL]))
    country = request.form.get("country", "").strip().upper()
    if len(country) != COUNTRY_LETTERS or not (country.isascii() and country.isalpha()):
        raise InvalidRequest({"country": "ui.person.no_country"})
    document = DocumentBody(kind="passport", country=country, number=number[:LONGEST_NUMBER])
    return meant(desk, IdentifyBody(document=document))
