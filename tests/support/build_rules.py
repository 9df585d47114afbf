"""What Cloud Build would refuse in a cloudbuild.yaml, or do otherwise than meant."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# What Cloud Build itself sets, of its documentation's list, as far as it is used here.
BUILT_IN = {"PROJECT_ID", "BUILD_ID", "COMMIT_SHA"}
VARIABLE = re.compile(r"\$\{?([A-Z_][A-Z0-9_]*)")
OWN = re.compile(r"_[A-Z0-9_]+")


def faults(build: Mapping[str, Any]) -> list[str]:
    """Return everything that is wrong with a build, in words."""
    unknown = refused_by_the_api(build)
    return [unknown] if unknown else [*of_order(build), *of_names(build), *of_steps(build)]


def refused_by_the_api(build: Mapping[str, Any]) -> str:
    """Return what Cloud Build's own message does not understand."""
    from google.cloud.devtools import cloudbuild_v1

    message: Any = cloudbuild_v1.Build  # this library is typed in part only
    try:
        message.from_json(json.dumps(build))
    except Exception as error:  # noqa: BLE001 - whatever it raises says that it does not understand
        return str(error).partition(" Available")[0]
    return ""


def of_order(build: Mapping[str, Any]) -> Iterator[str]:
    """Yield ids that are there twice, and waits for what does not come before."""
    seen = {"-"}
    for step in build["steps"]:
        if step["id"] in seen:
            yield f"two steps are called {step['id']}"
        for other in step.get("waitFor", ()):
            if other not in seen:
                yield f"{step['id']} waits for {other}, which is no earlier step"
        seen.add(step["id"])


def of_names(build: Mapping[str, Any]) -> Iterator[str]:
    """Yield substitutions that are used and unknown, or known and unused."""
    declared = set(build["substitutions"])
    options = build["options"]
    set_there = {pair.partition("=")[0] for pair in options.get("env", ())}
    given = " ".join([*options.get("env", ()), build.get("serviceAccount", "")])
    scripts = "\n".join(step["script"] for step in build["steps"])
    used = set(VARIABLE.findall(given)) | set(VARIABLE.findall(scripts))
    yield from (f"${name} is not declared" for name in used - declared - BUILT_IN - set_there)
    yield from (f"{name} is never used" for name in (declared | set_there) - used - TOOLS)
    yield from (f"{name} is no name for a substitution" for name in declared if not OWN.match(name))
    if not options.get("automapSubstitutions"):
        yield "scripts do not see substitutions"


# Read by the programs that the scripts call.
TOOLS = {"GOOGLE_CLOUD_PROJECT", "TF_IN_AUTOMATION", "TF_INPUT", "TF_CLI_ARGS"}


def of_steps(build: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a step has that it should not have, or lacks."""
    for step in build["steps"]:
        tag = step["name"].rpartition("/")[2].partition(":")[2]
        if not tag or tag == "latest":
            yield f"{step['id']}: {step['name']} is another image every day"
        if {"args", "entrypoint"} & set(step):
            yield f"{step['id']}: a script has neither args nor entrypoint"
        if not step["script"].startswith('set -eu; [ "$_ACTION" '):
            yield f"{step['id']} does not say first for which action it is, or goes on after errors"
        if "$$" in step["script"]:
            yield f"{step['id']}: $$ is the shell's process id in a script"
        if step.get("allowFailure") and step["id"] != "smoke":
            yield f"{step['id']} must not fail unseen"
    logging = build["options"].get("logging")
    if build.get("serviceAccount") and logging != "CLOUD_LOGGING_ONLY":
        yield "an own account needs its logs to go to Cloud Logging"
