"""The running suite answers any request as its own OpenAPI document says, and never with 500."""

import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

ROOT = Path(__file__).parents[2]
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
# What a store that is away for a moment answers is right, but says nothing about the contract.
OVERLOADED = 503
EXAMPLES = 20
# Several, so that one caller's rate limit does not answer everything; and such as no other test
# needs, since they are over their limits afterwards.
PERSONAS = ("patient-3", "point-medic", "partner", "coordinator")
DOCUMENTED = {
    "/v1/availability",
    "/v1/holds",
    "/v1/holds/{hold}",
    "/v1/holds/{hold}:extend",
    "/v1/me",
    "/v1/patients:identify",
    "/v1/points",
    "/v1/points/{point}",
    "/v1/points/{point}/series",
    "/v1/points/{point}/series/{series}",
    "/v1/points/{point}/series/{series}:undo",
    "/v1/slots",
    "/v1/slots:propose",
    "/v1/visits",
    "/v1/visits/{visit}",
    "/v1/visits/{visit}.ics",
    "/v1/visits/{visit}:cancel",
    "/v1/visits/{visit}:move",
}


@pytest.fixture(scope="module")
def tokens(front_door_url: str) -> list[str]:
    assert front_door_url
    return [_token(persona) for persona in PERSONAS]


def _token(persona: str) -> str:
    command = [str(ROOT / "emulators" / "token"), persona]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return said.stdout.strip()


def test_any_request_is_answered_as_described(front_door_url: str, tokens: list[str]) -> None:
    document = schemathesis.openapi.from_url(f"{front_door_url}/openapi.json")
    answered = Counter[str]()
    for operation in document.get_all_operations():
        assert isinstance(operation, Ok)

        @given(case=operation.ok().as_strategy(), token=st.sampled_from(tokens))
        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        def ask(case: schemathesis.Case[Any], token: str) -> None:
            response = case.call(headers={"Authorization": f"Bearer {token}"})
            answered[f"{case.method} {case.path} {response.status_code}"] += 1
            if response.status_code != OVERLOADED:
                case.validate_response(response, checks=CHECKS)
            assert response.headers["x-request-id"]

        ask()
    print(*sorted(answered.items()), sep="\n")
    assert any(" 200" in known or " 201" in known for known in answered)


def test_the_document_names_the_contracts_routes(front_door_url: str) -> None:
    answer = requests.get(f"{front_door_url}/openapi.json", timeout=10)
    assert set(answer.json()["paths"]) >= DOCUMENTED


def test_the_front_door_and_the_functions_refuse_alike(front_door_url: str) -> None:
    for path in ("/v1/nowhere", "/v1/visits/none-such", "/nowhere"):
        answer = requests.get(front_door_url + path, timeout=10)
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["code"] in {"not_found", "unauthenticated"}
        assert answer.headers["X-Request-Id"]
