"""Every variable a process of the suite needs; the only place that names an emulator's.

In the cloud the same code reads the same settings from terraform, and the variables under
EMULATOR_ONLY are not there at all.
"""

import json
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from emulators.suite.places import State
from emulators.suite.ports import HOST, Ports

PROJECT = "erejestracja-local"
# Made anew at each start unless data is kept: what they sign or digest lives as long as they do.
SECRETS = (
    "HOLD_KEY",
    "PATIENT_KEY",
    "REPORTING_KEY",
    "SMS_TOKEN",
    "SMS_RECEIPTS_TOKEN",
    "RECORD_TOKEN",
    "OIDC_CLIENT_SECRET",
    "WEB_KEY",
    "CODE_KEY",
    "WEBHOOK_KEY",
)

Variables = Mapping[str, str]


def build(state: State, ports: Ports, keys: Mapping[str, str]) -> Variables:
    """Return the variables."""
    return {**emulator_only(state, ports), **settings(ports, keys)}


def emulator_only(state: State, ports: Ports) -> Variables:
    """Return what turns Google's clients to the emulators."""
    return {
        **google_clients(ports),
        "BIGQUERY_EMULATOR_HOST": f"http://{HOST}:{ports['bigquery']}",
        "STORAGE_EMULATOR_HOST": f"http://{HOST}:{ports['storage']}",
        # For clients that insist on credentials, as BigQuery's does: see credentials.py.
        "GOOGLE_APPLICATION_CREDENTIALS": str(state.credentials),
        # Receivers of webhooks are on this machine, where in the cloud they never may be.
        "WEBHOOK_LOOPBACK": "true",
    }


def google_clients(ports: Ports) -> Variables:
    """Return the variables of Google's three emulators, for those of them that have a port."""
    hosts = {
        "SPANNER_EMULATOR_HOST": "spanner",
        "PUBSUB_EMULATOR_HOST": "pubsub",
        "FIRESTORE_EMULATOR_HOST": "firestore",
    }
    found = {name: f"{HOST}:{ports[of]}" for name, of in hosts.items() if of in ports}
    return {
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        **found,
        # This emulator takes a multiplexed session for an ordinary one; threads that share it
        # break each other's transactions. Both of the first two are needed.
        "GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS": "false",
        "GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS_FOR_RW": "false",
        "GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS_PARTITIONED_OPS": "false",
        # There is nobody to send them to.
        "SPANNER_DISABLE_BUILTIN_METRICS": "true",
        "SPANNER_INSTANCE": "erejestracja",
        "SPANNER_DATABASE": "erejestracja",
    }


def settings(ports: Ports, keys: Mapping[str, str]) -> Variables:
    """Return the settings of the functions, as terraform sets them in the cloud."""
    public = f"http://{HOST}:{ports['front_door']}"
    issuer = f"http://{HOST}:{ports['openid']}"
    shown = urlencode({"token": keys["SMS_RECEIPTS_TOKEN"]})
    return {
        "BIGQUERY_DATASET": "statistics",
        "IMPORTS_BUCKET": "imports",
        "REDIS_URL": f"redis://{HOST}:{ports['redis']}/0",
        "OIDC_ISSUER": issuer,
        "OIDC_AUDIENCE": "erejestracja",
        "OIDC_JWKS_URL": f"{issuer}/jwks",
        "OIDC_AUTHORIZE_URL": f"{issuer}/auth",
        "OIDC_TOKEN_URL": f"{issuer}/token",
        "OIDC_END_SESSION_URL": f"{issuer}/session/end",
        "SMS_PROVIDER": "smsapi",
        "SMS_URL": f"http://{HOST}:{ports['sms_gateway']}",
        "SMS_RECEIPTS_URL": f"{public}/sms/receipts?{shown}",
        "SMS_INBOUND_URL": f"{public}/sms/inbound?{shown}",
        "RECORD_URL": f"http://{HOST}:{ports['national_record']}/fhir",
        "PUBLIC_URL": public,
        **keys,
    }


def keys_of(state: State) -> Mapping[str, str]:
    """Return this state's secrets, making them where there are none."""
    try:
        found: dict[str, str] = json.loads(state.secrets.read_text())
    except (OSError, ValueError):
        found = {}
    keys = {name: found.get(name) or secrets.token_urlsafe(32) for name in SECRETS}
    if keys != found:
        _write_privately(state, json.dumps(keys))
    return keys


def _write_privately(state: State, text: str) -> None:
    state.secrets.unlink(missing_ok=True)
    state.secrets.touch(mode=0o600)
    state.secrets.write_text(text)


def write(state: State, variables: Variables) -> None:
    """Write the variables for commands beside the suite, as KEY=VALUE lines."""
    state.environment.touch(mode=0o600)
    lines = (f"{name}={value}\n" for name, value in sorted(variables.items()))
    state.environment.write_text("".join(lines))


def load(state: State) -> dict[str, str]:
    """Return the variables that a running suite has written; none if it never ran."""
    try:
        lines = state.environment.read_text().splitlines()
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)
