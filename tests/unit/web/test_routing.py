"""Which route answers at which path."""

import pytest

from erejestracja.web.routing import Answer, Call, Route, Routes


def nothing(_: Call) -> Answer:
    return Answer()


def a_route(method: str, path: str) -> Route:
    return Route(method, path, nothing, "Nothing", answers={200: None})


ROUTES = Routes(
    "booking",
    [
        a_route("GET", "/v1/visits/{visit}"),
        a_route("POST", "/v1/visits"),
        a_route("GET", "/v1/visits/{visit}.ics"),
        a_route("POST", "/v1/visits/{visit}:move"),
        a_route("POST", "/v1/points/{point}/series/{series}:undo"),
    ],
)


@pytest.mark.parametrize(
    ("path", "template", "params"),
    [
        ("/v1/visits", "/v1/visits", {}),
        ("/v1/visits/abc234", "/v1/visits/{visit}", {"visit": "abc234"}),
        ("/v1/visits/abc.ics", "/v1/visits/{visit}.ics", {"visit": "abc"}),
        ("/v1/visits/abc:move", "/v1/visits/{visit}:move", {"visit": "abc"}),
        ("/v1/visits/a.b-c_d~e", "/v1/visits/{visit}", {"visit": "a.b-c_d~e"}),
        (
            "/v1/points/p1/series/s2:undo",
            "/v1/points/{point}/series/{series}:undo",
            {"point": "p1", "series": "s2"},
        ),
    ],
)
def test_a_path_finds_its_most_particular_route(
    path: str, template: str, params: dict[str, str]
) -> None:
    match = ROUTES.match(path)
    assert match is not None
    assert {route.path for route in match.methods.values()} == {template}
    assert match.params == params


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/v1/visits/",
        "/v1/visits/abc/",
        "/v1/visits/abc:other",
        "/v1/visits/a/b",
        "/v1/visits/zażółć",
        "/v1/visits/a b",
        "/v1/visits/abc\n",
        "/v1/visits/a\x00",
        "/v1/visits/" + "a" * 301,
        "/V1/visits",
    ],
)
def test_a_path_that_is_no_route_finds_nothing(path: str) -> None:
    assert ROUTES.match(path) is None


def test_allow_names_head_and_options_where_they_work() -> None:
    readable, writable = ROUTES.match("/v1/visits/abc"), ROUTES.match("/v1/visits")
    assert readable is not None
    assert writable is not None
    assert readable.allow == "GET, HEAD, OPTIONS"
    assert writable.allow == "OPTIONS, POST"


def test_one_method_of_a_path_has_one_route() -> None:
    with pytest.raises(ValueError, match="twice"):
        Routes("booking", [a_route("GET", "/v1/me"), a_route("GET", "/v1/me")])


def test_a_public_route_has_no_caller() -> None:
    call = Call(None, {}, None, None, {}, None, "pl", "r", None)  # type: ignore[arg-type]
    with pytest.raises(LookupError):
        _ = call.caller
