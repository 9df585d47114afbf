"""What patients see and do in a browser."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.patient.application import patient_application
from erejestracja.web.ui.app import answer


@functions_framework.http
def patient_web(request: Request) -> Response:
    """Answer one request."""
    return answer(request, patient_application(), suite())
