"""A FHIR R4 server: PUT /Immunization/{id}, the same version as often as it takes.

What it writes of a refusal may repeat what we sent, a PESEL among it, so only our own words leave
this module: a business code that we know, or `refused`.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from erejestracja.domain.exports import Refused, Superseded
from erejestracja.domain.sending import AccountTrouble, TryLater
from erejestracja.national_record.settings import RecordSettings

if TYPE_CHECKING:
    from requests import Response, Session

CONNECT_S = 3.0
THREADS = 16
CONTENT_TYPE = "application/fhir+json"
TAKEN = frozenset({200, 201})
# The whole of a document is judged by these two; what comes with them is an OperationOutcome.
REFUSED = frozenset({400, 422})
SUPERSEDED = frozenset({409, 412})
# It knows us, or its address, no more: every record fares alike until somebody mends that.
OURS_TO_MEND: Mapping[int, str] = {
    401: "token_refused",
    403: "not_permitted",
    404: "address_refused",
    405: "address_refused",
    410: "address_refused",
}
# issue.details.coding.code of a refusal: the reason as we say it.
REASONS: Mapping[str, str] = {
    "unknown-patient": "unknown_patient",
    "patient-deceased": "patient_deceased",
    "dose-inconsistent": "dose_inconsistent",
    "unknown-vaccine": "unknown_vaccine",
    "unknown-lot": "unknown_lot",
    "unknown-performer": "unknown_performer",
    "unknown-location": "unknown_location",
    "invalid-document": "invalid_document",
}


class FhirRecord:
    """Sends one document at a time; the caller owns retries."""

    def __init__(self, session: "Session", settings: RecordSettings) -> None:
        self._session = session
        self._url = f"{settings.url.rstrip('/')}/Immunization"
        self._timeout = (min(CONNECT_S, settings.timeout_s), settings.timeout_s)

    def put(self, document: Mapping[str, Any]) -> str:
        """Send a document; return what the record knows it by. Raises NotSent in its kinds."""
        from requests import RequestException

        try:
            answer = self._session.put(
                f"{self._url}/{document['id']}",
                data=orjson.dumps(document),
                headers={"Content-Type": CONTENT_TYPE, "Accept": CONTENT_TYPE},
                timeout=self._timeout,
                # Whoever could send us elsewhere would be given the document.
                allow_redirects=False,
            )
        except RequestException as away:
            raise TryLater(type(away).__name__) from None
        return _reference(answer)


def open_session(settings: RecordSettings) -> "Session":
    """Return a session with our token; connections are kept for every thread."""
    from requests import Session
    from requests.adapters import HTTPAdapter

    session = Session()
    # Proxies and netrc of the environment could lead records elsewhere.
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=THREADS))
    session.headers["Authorization"] = f"Bearer {settings.token.get_secret_value()}"
    return session


def _reference(answer: "Response") -> str:
    """Return the version of the record's own, from the ETag that FHIR has for it."""
    status = answer.status_code
    if status in TAKEN:
        return answer.headers.get("ETag", "").removeprefix("W/").strip('"')[:64]
    if status in REFUSED:
        raise Refused(_reason(answer))
    if status in SUPERSEDED:
        raise Superseded("newer_there")
    if status in OURS_TO_MEND:
        raise AccountTrouble(OURS_TO_MEND[status])
    raise TryLater(f"http_{status}")


def _reason(answer: "Response") -> str:
    try:
        outcome = answer.json()
    except ValueError:
        return "refused"
    return next((REASONS[code] for code in _codes(outcome) if code in REASONS), "refused")


def _codes(outcome: Any) -> Iterator[str]:
    """Yield the business codes of an OperationOutcome, as far as it is one."""
    for issue in _items(outcome, "issue"):
        details = issue.get("details")
        for coding in _items(details, "coding"):
            yield str(coding.get("code"))


def _items(of: Any, name: str) -> list[dict[str, Any]]:
    found = of.get(name) if isinstance(of, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
