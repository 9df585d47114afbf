"""No request at all makes an answer of 500: any method, path, header, query and body."""

from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.web.routing import Routes
from tests.unit.web import test_edge, test_reading
from tests.unit.web.fakes import caller

TABLE = Routes(
    "booking",
    [
        *(route for route in test_edge.ROUTES.all if "fault" not in route.path),
        *test_reading.ROUTES.all,
    ],
)
KNOWN = st.sampled_from([route.path for route in TABLE.all])
PATHS = KNOWN | st.text(max_size=30).map(lambda text: f"/v1/{quote(text)}")
LATIN = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\x00"), max_size=40)
NAMES = st.sampled_from(
    [
        "Accept-Language",
        "Authorization",
        "Content-Type",
        "Content-Length",
        "If-None-Match",
        "X-Cloud-Trace-Context",
        "X-Forwarded-For",
        "X-May",
        "X-Must",
        "X-Request-Id",
    ]
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
ANYTHING = st.fixed_dictionaries(
    {
        "method": METHODS,
        "path": PATHS,
        "headers": st.dictionaries(NAMES, LATIN, max_size=4),
        "data": st.binary(max_size=100),
        "query_string": LATIN,
    }
)


@given(ANYTHING)
def test_no_request_is_a_fault_of_ours(request: dict[str, Any]) -> None:
    response = caller(TABLE).open(**request)
    assert response.status_code < 500
    assert response.headers["X-Request-Id"]
    if response.status_code >= 400 and request["method"] != "HEAD":
        assert response.get_json()["status"] == response.status_code
