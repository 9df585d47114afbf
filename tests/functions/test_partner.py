"""What a point's own software may do: all of the writes open to it, at its own point alone."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.actor import Actor, Role
from erejestracja.services.closing import Hits
from erejestracja.services.forecast import Forecaster
from erejestracja.services.replanning import Replans
from erejestracja.services.schedule import Board
from erejestracja.services.webhooks import Switchboard
from erejestracja.web import schedule, vaccination
from erejestracja.web.health import Health
from erejestracja.web.routing import CSV, Route
from tests.functions.test_schedule import BODY
from tests.support import functions
from tests.support.builders import PFIZER, POINT, an_actor
from tests.support.clinic_case import ClinicCase
from tests.support.courses_contract import FakeCourses
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.exports import FakeExports
from tests.support.schedule_case import Case
from tests.support.webhooks import OTHER, URL, FakeDeliveries, FakeVault, FakeWebhooks

NOON = "2026-12-07T12:00:00Z"
SERIES, SLOTS = "/v1/points/{point}/series", "/v1/points/{point}/slots"
WEBHOOKS = "/v1/points/{point}/webhooks"
# What a caller sends where a body is wanted: a route that is missing here fails below.
BODIES: dict[str, Any] = {
    f"POST {SERIES}": BODY,
    f"PATCH {SERIES}/{{series}}": {"places": 3},
    f"POST {SERIES}/{{series}}:undo": {"undoToken": "1"},
    f"PATCH {SLOTS}/{{slot}}": {"places": 0},
    "POST /v1/points/{point}/closures": {
        "from": NOON,
        "to": "2026-12-07T14:00:00Z",
        "reason": "breakdown",
        "strategy": "cancel",
    },
    "POST /v1/points/{point}/closures/{closure}:undo": {"undoToken": "1"},
    "POST /v1/points/{point}/bulkEdits": {
        "from": "2026-12-07",
        "to": "2026-12-11",
        "blocked": True,
    },
    "POST /v1/points/{point}/copies": {"from": "2026-12-07", "to": "2026-12-14"},
    "PATCH /v1/points/{point}/supply": {"weeklyLimit": 60},
    "POST /v1/points/{point}/supply/deliveries": {
        "vaccine": PFIZER,
        "doses": 60,
        "expectedOn": "2026-12-14",
    },
    "PATCH /v1/points/{point}/supply/deliveries/{delivery}": {"doses": 30},
    "POST /v1/points/{point}/supply/replans/{replan}:undo": {"undoToken": "1"},
    "POST /v1/points/{point}/vaccineChanges": {
        "day": "2026-12-07",
        "from": PFIZER,
        "to": "EU/1/20/1507",
    },
    f"POST {WEBHOOKS}": {"url": URL},
    f"POST {WEBHOOKS}/{{webhook}}:replay": {"from": NOON},
    "POST /v1/points/{point}/stock": {
        "movement": "delivery",
        "lot": "ABC123",
        "doses": 6,
        "vaccine": PFIZER,
        "expiresOn": "2027-01-31",
        "dosesPerVial": 6,
    },
}
# It has no etag of its own: an edit of a slot clashes with any other of its series.
WITHOUT_A_VERSION = {f"{SLOTS}/{{slot}}"}
PARTNER = an_actor(Role.PARTNER)
ACTORS = {"partner": PARTNER, "other": an_actor(Role.PARTNER, points=frozenset({OTHER}))}
OPEN = [
    route
    for routes in (schedule.ROUTES, vaccination.ROUTES)
    for route in routes.all
    if route.roles and Role.PARTNER in route.roles
]


class KnownTokens:
    def actor(self, token: str) -> Actor:
        return ACTORS[token]


@dataclass
class PartnerSuite:
    """A point's week and its day, of the same point."""

    case: Case = field(default_factory=Case)
    day: ClinicCase = field(default_factory=ClinicCase)
    tokens: Any = field(default_factory=KnownTokens)
    limiter: NoLimiter = field(default_factory=NoLimiter)
    health: Health = field(default_factory=lambda: Health({}))

    @property
    def board(self) -> Board:
        return self.case.board

    @property
    def hits(self) -> Hits:
        return self.case.schedules

    @property
    def replans(self) -> Replans:
        return self.case.schedules.replans()

    @property
    def switchboard(self) -> Switchboard:
        parts = (FakeWebhooks(), FakeDeliveries(), FakeVault())
        return Switchboard(*parts, RememberingPublisher(), SetClock())

    @property
    def clinic(self) -> Any:
        return self.day.clinic

    @property
    def desk(self) -> Any:
        return self.day.desk

    @property
    def forecaster(self) -> Forecaster:
        return Forecaster(self.day.clinic, FakeCourses(self.day.store), FakeExports())


class Software:
    """Asks each function for what is its own, as the front door does."""

    def __init__(self) -> None:
        self.suite = PartnerSuite()
        names = ("schedule", "vaccination", "booking")
        self._clients = {name: functions.load(name, self.suite) for name in names}

    def __call__(self, method: str, path: str, who: str = "partner", **sent: Any) -> Any:
        of_the_day = "vaccination" if path.endswith(("/stock", "/day", "/forecast")) else "schedule"
        name = "booking" if path.startswith("/v1/visits") else of_the_day
        headers = {"Authorization": f"Bearer {who}"} | sent.pop("headers", {})
        return self._clients[name].open(path, method=method, headers=headers, **sent)

    def visit(self, verb: str = "", method: str = "POST", **sent: Any) -> Any:
        return self(method, f"/v1/visits/{self.suite.day.anna.id}{verb}", **sent)


@pytest.fixture
def software() -> Software:
    return Software()


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", OPEN, ids=named)
def test_whatever_is_open_to_it_is_not_at_another_point(software: Software, route: Route) -> None:
    of_the_route = dict.fromkeys(
        ("series", "closure", "copy", "change", "edit", "delivery", "replan", "webhook"), "1"
    )
    path = route.path.format(point=OTHER, slot=f"{OTHER}-20261207-0-0", **of_the_route)
    headers = {"If-Match": '"1"', "Idempotency-Key": "k"}
    sent: dict[str, Any] = {"json": BODIES[named(route)]} if route.body else {}
    if route.consumes == CSV:
        sent = {"data": "key;weekdays\n", "content_type": CSV}
    assert code(software(route.method, path, headers=headers, **sent)) == (403, "not_allowed")


@pytest.mark.parametrize(
    "route", [one for one in OPEN if one.method in {"PATCH", "DELETE"}], ids=named
)
def test_what_has_a_version_is_changed_by_whoever_names_it(route: Route) -> None:
    wants = {header.name for header in route.headers if header.required}
    assert ("If-Match" in wants) == (route.path not in WITHOUT_A_VERSION)


def test_a_series_is_changed_once_for_each_version_of_it(software: Software) -> None:
    path = SERIES.format(point=POINT)
    made = software("POST", path, json=BODY).get_json()["series"]
    one = f"{path}/{made['id']}"
    assert software("PATCH", one, json={"places": 3}).status_code == 400
    seen = {"If-Match": made["etag"]}
    changed = software("PATCH", one, json={"places": 3}, headers=seen)
    assert changed.get_json()["series"]["etag"] != made["etag"]
    assert code(software("PATCH", one, json={"places": 4}, headers=seen)) == (
        412,
        "version_mismatch",
    )
    assert code(software("DELETE", one, headers=seen)) == (412, "version_mismatch")


def test_a_visit_of_its_point_is_seen_and_cancelled_as_it_was_seen(software: Software) -> None:
    seen = software.visit(method="GET")
    assert (seen.status_code, seen.headers["ETag"]) == (200, '"1"')
    late = software.visit(":cancel", json={"reason": "point"}, headers={"If-Match": '"7"'})
    assert code(late) == (412, "version_mismatch")
    headers = {"If-Match": seen.headers["ETag"]}
    cancelled = software.visit(":cancel", json={"reason": "point"}, headers=headers)
    assert (cancelled.status_code, cancelled.headers["ETag"]) == (200, '"2"')


@pytest.mark.parametrize(
    ("method", "verb", "body"),
    [
        ("GET", "", None),
        ("GET", ".ics", None),
        ("POST", ":move", {"slotId": f"{OTHER}-20261207-0-0"}),
        ("POST", ":cancel", {"reason": "point"}),
        ("POST", ":arrive", None),
        ("POST", ":noShow", None),
    ],
)
def test_a_visit_of_another_point_is_neither_seen_nor_changed(
    software: Software, method: str, verb: str, body: Any
) -> None:
    answer = software.visit(verb, method, who="other", json=body)
    assert code(answer) == (403, "not_allowed")
    assert software.suite.day.visit().version == 1


def test_it_says_who_came_of_the_day_it_sees(software: Software) -> None:
    day = software("GET", f"/v1/points/{POINT}/day")
    [visit] = day.get_json()["visits"]
    stale = software.visit(":arrive", headers={"If-Match": '"7"'})
    assert code(stale) == (412, "version_mismatch")
    arrived = software.visit(":arrive", headers={"If-Match": visit["etag"]})
    assert (arrived.status_code, arrived.headers["ETag"]) == (200, '"2"')


def test_it_sees_which_doses_its_point_will_need(software: Software) -> None:
    path = f"/v1/points/{POINT}/forecast"
    found = software("GET", path, query_string={"weeks": "2"}).get_json()
    assert (found["point"], found["whole"], found["asOf"]) == (POINT, True, "2026-12-07T07:05:00Z")
    [vaccine] = found["vaccines"]
    assert (vaccine["vaccine"], vaccine["stock"], len(vaccine["weeks"])) == (PFIZER, 0, 2)
    assert vaccine["weeks"][0] == {
        "week": "2026-W50",
        "from": "2026-12-07",
        "to": "2026-12-13",
        "due": 0,
        "latest": 0,
        "bookedNext": 0,
        "bookedFirst": 1,
        "needed": 1,
        "coming": 0,
        "missing": 1,
    }
    assert code(software("GET", path, query_string={"weeks": "27"})) == (400, "invalid_request")


@pytest.mark.parametrize("verb", ["complete", "defer"])
def test_doses_are_for_medics_to_say(software: Software, verb: str) -> None:
    assert code(software.visit(f":{verb}")) == (403, "not_allowed")
