"""Search over HTTP: public, cacheable, stamped with the time its answers were true."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from flask import Request

from erejestracja.domain.criteria import Candidate
from erejestracja.domain.errors import InvalidRequest, NotFound, Overloaded
from erejestracja.domain.ids import PointId, SlotKey
from erejestracja.domain.point import Point
from erejestracja.services.search import Cursor, Search
from erejestracja.web.conditional import etag_of
from erejestracja.web.openapi import get_openapi
from erejestracja.web.routing import Answer, Call, Route, Routes
from erejestracja.web.search_models import (
    AvailabilityAnswer,
    AvailabilityQuery,
    PointAnswer,
    PointsAnswer,
    PointsQuery,
    ProposalAnswer,
    ProposeQuery,
    SlotsAnswer,
    SlotsQuery,
)
from erejestracja.web.slots import instant, slot_document

CACHED = "public, s-maxage=5, max-age=0"
# An answer is given again for as long as the index behind it is not polled more than twice.
LIFE_S = 1.0
MOST_ANSWERS, MOST_BYTES = 2_000, 16_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# In the 23rd century: a made-up token must not take the calendar to its end.
LATEST_S = 2**33


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    answer: Answer
    size: int


class AnswerCache:
    """Answers of this process by path and query, each for a second."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._answers: dict[tuple[str, bytes], _Kept] = {}
        # Never less than what is there: an answer that takes another's place counts twice.
        self._size = 0

    def recall(self, request: Request) -> Answer | None:
        """Return the answer to this very request, while it is young."""
        known = self._answers.get((request.path, request.query_string))
        return known.answer if known is not None and known.until > self._monotonic() else None

    def keep(self, request: Request, answer: Answer, size: int) -> Answer:
        """Remember an answer of so many bytes for a second, if there is room."""
        now = self._monotonic()
        if self._is_full(size):
            self._answers = {a: one for a, one in self._answers.items() if one.until > now}
            self._size = sum(one.size for one in self._answers.values())
        if not self._is_full(size):
            asked = request.path, request.query_string
            self._answers[asked] = _Kept(now + LIFE_S, answer, size)
            self._size += size
        return answer

    def _is_full(self, more: int) -> bool:
        return len(self._answers) >= MOST_ANSWERS or self._size + more > MOST_BYTES


def recall(request: Request, suite: Any) -> Answer | None:
    """Return this process's answer of the last second."""
    answers: AnswerCache = suite.answers
    return answers.recall(request)


def kept(make: Callable[[Call], Any]) -> Callable[[Call], Answer]:
    """Answer with JSON and a tag, and keep the answer for whoever asks the same next."""

    def handle(call: Call) -> Answer:
        body = orjson.dumps(make(call))
        answers: AnswerCache = call.suite.answers
        answer = Answer(body, headers={"ETag": etag_of(body)})
        return answers.keep(call.request, answer, len(body))

    handle.__doc__, handle.__name__ = make.__doc__, make.__name__
    return handle


def get_slots(call: Call) -> Any:
    """Return a page of free slots."""
    search: Search = call.suite.search
    query: SlotsQuery = call.query
    cursor = _cursor(query.page_token) if query.page_token else None
    found = search.slots(query.criteria(), query.page_size + 1, cursor)
    page = found[: query.page_size]
    answer: dict[str, Any] = {"slots": _slots(search, page), "asOf": instant(search.as_of())}
    if len(found) > len(page):
        answer["nextPageToken"] = _token(Cursor.at(page[-1]))
    return answer


def propose_slots(call: Call) -> Any:
    """Return the best five for a place."""
    search: Search = call.suite.search
    query: ProposeQuery = call.query
    proposal = search.propose(query.criteria())
    answer: dict[str, Any] = {
        "slots": _slots(search, proposal.slots),
        "asOf": instant(search.as_of()),
    }
    if proposal.widened_to_km is not None:
        answer["widenedToKm"] = proposal.widened_to_km
    return answer


def get_availability(call: Call) -> Any:
    """Return counts by day, and by point, day, vaccine and dose."""
    search: Search = call.suite.search
    query: AvailabilityQuery = call.query
    counts = search.counts(query.criteria())
    answer: dict[str, Any] = {
        "days": [
            {"date": c.day.isoformat(), "free": c.free, "points": c.points} for c in counts.days
        ],
        "points": [
            {
                "point": c.point,
                "date": c.day.isoformat(),
                "vaccine": c.vaccine,
                "dose": c.dose,
                "free": c.free,
            }
            for c in counts.points
        ],
        "asOf": instant(search.as_of()),
    }
    if counts.cut:
        answer["truncated"] = True
    return answer


def get_points(call: Call) -> Any:
    """Return a page of points, the nearest first where a place was named."""
    search: Search = call.suite.search
    query: PointsQuery = call.query
    found = search.points(query.criteria())
    start = _position(found, query.page_token)
    page = found[start : start + query.page_size]
    answer: dict[str, Any] = {"points": [point_document(point, km) for point, km in page]}
    if start + len(page) < len(found):
        answer["nextPageToken"] = page[-1][0].id
    return answer


def get_point(call: Call) -> Any:
    """Return one point."""
    search: Search = call.suite.search
    point = search.point(PointId(call.params["point"]))
    if point is None:
        raise NotFound
    return point_document(point, None)


def point_document(point: Point, distance_km: float | None) -> dict[str, Any]:
    """Return a point as callers see it, ready for JSON."""
    document: dict[str, Any] = {
        "id": point.id,
        "name": point.name,
        "address": f"{point.address}, {point.town}",
        "postalCode": point.postal_code,
        "gmina": point.gmina,
        "powiat": point.powiat,
        "voivodeship": point.voivodeship,
        "location": {"lat": point.location.lat, "lon": point.location.lon},
        "kind": point.kind,
        "access": sorted(point.access),
        "phone": point.phone,
        "vaccines": sorted(point.vaccines),
    }
    if distance_km is not None:
        document["distanceKm"] = round(distance_km, 1)
    return document


def _slots(search: Search, candidates: list[Candidate]) -> list[dict[str, Any]]:
    documents = []
    for candidate in candidates:
        session = candidate.state.session
        point = search.point(session.key.point)
        if point:
            free = candidate.state.free(candidate.index)
            documents.append(
                slot_document(
                    session,
                    candidate.index,
                    free,
                    point,
                    candidate.distance_km,
                    vaccine=candidate.vaccine,
                )
            )
    return documents


def _position(found: list[tuple[Point, float | None]], token: str | None) -> int:
    if token is None:
        return 0
    ids = [point.id for point, _ in found]
    if token not in ids:
        raise InvalidRequest({"pageToken": "is of another question, or too old"})
    return ids.index(PointId(token)) + 1


def _token(cursor: Cursor) -> str:
    text = f"{int(cursor.start.timestamp())}|{cursor.distance_km!r}|{cursor.fit}|{cursor.slot}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _cursor(token: str) -> Cursor:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        # Tokens told before places could serve several vaccines have no fit.
        start, far, *fit, slot = text.split("|")
        began = EPOCH + timedelta(seconds=max(0, min(int(start), LATEST_S)))
        return Cursor(began, float(far), int("".join(fit) or 1), SlotKey.parse(slot))
    except ValueError:
        raise InvalidRequest({"pageToken": "is no token of ours"}) from None


def _public(path: str, handle: Callable[[Call], Any], summary: str, **more: Any) -> Route:
    return Route(
        "GET", path, kept(handle), summary, recall=recall, limit="search", cache=CACHED,
        refusals=(Overloaded, *more.pop("refusals", ())), **more,
    )  # fmt: skip


ROUTES = Routes(
    "search",
    (
        _public(
            "/v1/points",
            get_points,
            "Vaccination points",
            answers={200: PointsAnswer},
            query=PointsQuery,
        ),
        _public(
            "/v1/points/{point}",
            get_point,
            "One vaccination point",
            answers={200: PointAnswer},
            refusals=(NotFound,),
        ),
        _public(
            "/v1/availability",
            get_availability,
            "Free places by day, and by point, day, vaccine and dose",
            answers={200: AvailabilityAnswer},
            query=AvailabilityQuery,
        ),
        _public(
            "/v1/slots",
            get_slots,
            "Free slots by start, then distance",
            answers={200: SlotsAnswer},
            query=SlotsQuery,
        ),
        _public(
            "/v1/slots:propose",
            propose_slots,
            "The best five for a place: soonest within the nearest ring that has any",
            answers={200: ProposalAnswer},
            query=ProposeQuery,
        ),
        Route(
            "GET",
            "/openapi.json",
            get_openapi,
            "This description",
            answers={200: None},
            cache="public, max-age=300",
        ),
    ),
)
