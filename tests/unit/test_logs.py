"""Nobody's data in the logs: secrets are poured in by every way there is, and none comes out."""

import json
import logging
import string
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja import logs
from erejestracja.logs import MASK, redacted, request_id_of

NOBODY = "34671512344"
SECRETS = [
    NOBODY,
    "346715 12344",
    "346715-12344",
    "３４６７１５１２３４４",
    "600700800",
    "600 700 800",
    "600-700-800",
    "+48600700800",
    "+48 600 700 800",
    "0048 600 700 800",
    "%2B48600700800",
    "48600700800",
    "+380 67 123 45 67",
    "anna.przykladowa+x@poczta.example.pl",
    "anna@żółw.pl",
    "Bearer c2VjcmV0LXRva2Vu",
    "bearer abc.def.ghi",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
]
HARMLESS = [
    "2026-12-01T08:15:00Z",
    "2026-12-01 08:15:00",
    "slot p1042-20261201-1-3",
    "took 12.345678 s for 1800000 slots",
    "request 7f3a9c21e0b54d6f8a1c2e3f4a5b6c7d",
    "port 8080, pid 12345678",
    "00-950 Warszawa",
    "version 1796112900123456",
]


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    logs.configure("booking", project="p-1")
    yield
    handler = logs._Lines.handler
    assert handler is not None
    root.removeHandler(handler)
    logs._Lines.handler = None
    root.setLevel(level)
    logs.begin("")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_comes_out_by_any_way(capsys: pytest.CaptureFixture[str], secret: str) -> None:
    log = logging.getLogger("any")
    log.info("told %s", secret)
    log.warning(f"told ({secret})")  # noqa: G004 - as careless code would write it
    log.info("told", extra={"facts": {"a": secret, secret: [secret, {"b": (secret,)}], "n": None}})
    log.error("failed for %r", {"who": secret}, exc_info=ValueError(secret))
    text = capsys.readouterr().out
    assert len(text.splitlines()) == 4
    assert secret not in text
    assert secret not in text.encode().decode("unicode_escape", "replace")
    assert "ValueError" in text


@given(st.sampled_from(SECRETS), st.text(string.punctuation.replace("%", "") + " ąż", max_size=5))
def test_a_secret_is_masked_whatever_stands_around_it(secret: str, around: str) -> None:
    assert secret not in redacted(f"x {around}{secret} {around}")


def test_a_number_in_place_of_a_text_is_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    facts = {"pesel": int(NOBODY), "count": 5, "share": 0.5, "yes": True}
    logging.getLogger("any").info("told", extra={"facts": facts})
    assert lines(capsys)[0]["facts"] == {"pesel": MASK, "count": 5, "share": 0.5, "yes": True}


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_nobodys_stays_readable(text: str) -> None:
    assert redacted(text) == text


def test_an_entry_belongs_to_its_request(capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin("web-7f3a9c21", "105445aa7843bc8bf206b12000100000/1;o=1")
    logging.getLogger("any").error("nothing works")
    assert lines(capsys) == [
        {
            "severity": "ERROR",
            "message": "nothing works",
            "logger": "any",
            "requestId": "web-7f3a9c21",
            "logging.googleapis.com/trace": "projects/p-1/traces/105445aa7843bc8bf206b12000100000",
            "function": "booking",
        }
    ]


def test_a_trace_that_is_none_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin("web-7f3a9c21", f"{NOBODY}/1")
    logging.getLogger("any").info("well")
    assert "trace" not in capsys.readouterr().out


def test_the_access_line_names_the_template_and_no_path(capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin("web-7f3a9c21")
    logs.access("GET", "/v1/visits/{visit}", 200, 0.0123456)
    logs.access(f"BREW-{NOBODY}", "(unknown)", 503, 1)
    good, bad = lines(capsys)
    assert good["httpRequest"] == {
        "requestMethod": "GET",
        "requestUrl": "/v1/visits/{visit}",
        "status": 200,
        "latency": "0.012346s",
    }
    assert (good["severity"], bad["severity"]) == ("INFO", "ERROR")
    assert NOBODY not in json.dumps(bad)


def test_configuring_again_does_not_write_twice(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("search")
    logging.getLogger("any").info("once")
    assert [line["function"] for line in lines(capsys)] == ["search"]


def test_before_configuring_access_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    handler, logs._Lines.handler = logs._Lines.handler, None
    logs.access("GET", "/", 200, 0)
    logs._Lines.handler = handler
    assert capsys.readouterr().out == ""


def test_what_cannot_be_rendered_shows_nothing_of_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    record = logging.LogRecord("any", logging.INFO, "", 1, "a %d", (NOBODY,), None)
    assert logs._Lines.handler is not None
    logs._Lines.handler.handle(record)
    out, err = capsys.readouterr()
    assert json.loads(out)["message"] == logs.UNWRITABLE
    assert NOBODY not in out + err


def test_a_closed_pipe_fails_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, _: str) -> None:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Closed())
    logging.getLogger("any").info("told")
    logs.access("GET", "/", 200, 0)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("0f6e1a52-8a8f-4a4e-9d0e-3f1f3b1c2d4e", True),
        ("7f3a9c21e0b54d6f8a1c2e3f4a5b6c7d", True),
        ("a1234567890b", True),
        (None, False),
        ("", False),
        ("abc", False),
        ("a" * 65, False),
        ("line\nbreak", False),
        (NOBODY, False),
        (f"r-{NOBODY}-1", False),
        ("<script>alert</script>", False),
    ],
)
def test_a_request_id_is_kept_when_it_is_sane(sent: str | None, kept: bool) -> None:
    assert (request_id_of(sent) is not None) is kept
