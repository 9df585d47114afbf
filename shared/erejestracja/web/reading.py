"""Requests read into models: bounded, strict, and never echoed but for the names of fields."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, get_origin
from urllib.parse import parse_qsl

from flask import Request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from erejestracja.domain.errors import InvalidRequest
from erejestracja.logs import redacted
from erejestracja.web.routing import FORM, JSON, Header

LARGEST_BODY = 64 * 1024
MOST_PARAMETERS = 50
MOST_FIELDS = 20
LONGEST_FIELD_NAME = 60
LONGEST_TEXT = 200
LONGEST_HEADER = 200
WHOLE_BODY = "body"
WHOLE_QUERY = "query"
PRINTABLE = re.compile(r"[\x21-\x7e]+( [\x21-\x7e]+)*")

# What a caller reads for what pydantic found; `{}` from its context, which is our model's, never
# the input. What is not here is "not valid": some of pydantic's own texts repeat what was sent.
WRONG = {
    "missing": "required",
    "extra_forbidden": "unknown field",
    "json_invalid": "not valid JSON",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "frozen_set_type": "must be a list",
    "string_type": "must be text",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "date_type": "must be a date, YYYY-MM-DD",
    "date_parsing": "must be a date, YYYY-MM-DD",
    "date_from_datetime_parsing": "must be a date, YYYY-MM-DD",
    "date_from_datetime_inexact": "must be a date, YYYY-MM-DD",
    "time_parsing": "must be a time, HH:MM",
    "value_error": "{error}",
    "too_long": "at most {max_length} items",
    "too_short": "at least {min_length} items",
}


def read_body(
    request: Request, model: type[BaseModel] | None, *, may_lack: bool = False
) -> BaseModel | None:
    """Return the body as its model, with all defaults for none where it `may_lack`.

    Raises InvalidRequest; without a model only `{}` may come.
    """
    data = _bytes(request)
    if model is None:
        if data.strip() not in (b"", b"{}"):
            raise InvalidRequest({WHOLE_BODY: "nothing is expected here"})
        return None
    if not data:
        if may_lack:
            return model()
        raise InvalidRequest({WHOLE_BODY: "required"})
    if request.mimetype != JSON:
        raise InvalidRequest({"Content-Type": f"must be {JSON}"})
    _check_json(data)
    try:
        return model.model_validate_json(data, strict=True)
    except ValidationError as bad:
        raise invalid(bad, WHOLE_BODY) from None


def read_file(request: Request, kind: str) -> bytes:
    """Return a body of a kind that is no JSON, as it came. Raises InvalidRequest."""
    data = _bytes(request)
    if not data:
        raise InvalidRequest({WHOLE_BODY: "required"})
    if request.mimetype != kind:
        raise InvalidRequest({"Content-Type": f"must be {kind}"})
    return data


def read_form(request: Request, model: type[BaseModel]) -> BaseModel:
    """Return a form's fields as their model, of each name the first. Raises InvalidRequest.

    What is not UTF-8 is replaced: people's telephones decide what they send.
    """
    text = read_file(request, FORM).decode(errors="replace")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise InvalidRequest({WHOLE_BODY: "not a form"}) from None
    try:
        return model.model_validate(dict(reversed(pairs)))
    except ValidationError as bad:
        raise invalid(bad, WHOLE_BODY) from None


def read_query(query: bytes, model: type[BaseModel] | None) -> BaseModel | None:
    """Return the query as its model; an empty value counts as absent. Raises InvalidRequest."""
    if not query and model is None:
        return None
    found = _parameters(query)
    if model is None:
        if found:
            raise InvalidRequest({_shown(name): "unknown field" for name in [*found][:MOST_FIELDS]})
        return None
    lists = _list_fields(model)
    repeated = [name for name, values in found.items() if len(values) > 1 and name not in lists]
    if repeated:
        raise InvalidRequest({_shown(name): "given more than once" for name in repeated})
    values = {n: (v if n in lists else v[0]) for n, v in found.items()}
    try:
        return model.model_validate(values)
    except ValidationError as bad:
        raise invalid(bad, WHOLE_QUERY) from None


def read_headers(request: Request, wanted: tuple[Header, ...]) -> Mapping[str, str]:
    """Return the declared headers that came. Raises InvalidRequest."""
    found: dict[str, str] = {}
    for header in wanted:
        value = request.headers.get(header.name)
        if value is None:
            if header.required:
                raise InvalidRequest({header.name: "required"})
        elif len(value) > LONGEST_HEADER or not PRINTABLE.fullmatch(value):
            raise InvalidRequest({header.name: f"1 to {LONGEST_HEADER} printable characters"})
        else:
            found[header.name] = value
    return found


def invalid(bad: ValidationError, whole: str) -> InvalidRequest:
    """Return what pydantic found, by field, in our words and without the input."""
    fields: dict[str, str] = {}
    for error in bad.errors(include_url=False, include_input=False)[:MOST_FIELDS]:
        name = ".".join(_shown(str(part)) for part in error["loc"]) or whole
        text = WRONG.get(error["type"], "not valid").format(**error.get("ctx", {}))
        # Our own validators' words pass too; redacted, lest one of them repeats what was sent.
        fields[name] = redacted(text)[:LONGEST_TEXT]
    return InvalidRequest(fields)


def _bytes(request: Request) -> bytes:
    length = request.content_length
    if length is not None and length > LARGEST_BODY:
        raise InvalidRequest({WHOLE_BODY: f"at most {LARGEST_BODY} bytes"})
    try:
        if length is not None:
            return request.get_data(cache=True)
        data: bytes = request.stream.read(LARGEST_BODY + 1)
    except HTTPException:
        raise InvalidRequest({WHOLE_BODY: "cut off"}) from None
    if len(data) > LARGEST_BODY:
        raise InvalidRequest({WHOLE_BODY: f"at most {LARGEST_BODY} bytes"})
    return data


def _check_json(data: bytes) -> None:
    """Refuse what a model would let pass: repeated keys, NaN, invalid UTF-8, endless nesting."""
    try:
        json.loads(data.decode(), object_pairs_hook=_object, parse_constant=_no_constant)
    except InvalidRequest:
        raise
    except (ValueError, RecursionError):
        raise InvalidRequest({WHOLE_BODY: "not valid JSON"}) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = {_shown(name) for name in names if names.count(name) > 1}
        raise InvalidRequest(dict.fromkeys(sorted(twice)[:MOST_FIELDS], "given more than once"))
    return found


def _no_constant(_: str) -> None:
    raise ValueError


def _parameters(query: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=False,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError:
        raise InvalidRequest({WHOLE_QUERY: "not valid"}) from None
    for name, value in pairs:
        if not value.isprintable():
            raise InvalidRequest({_shown(name): "printable characters only"})
        found.setdefault(name, []).append(value)
    return found


@cache
def _list_fields(model: type[BaseModel]) -> frozenset[str]:
    """Return the fields a query may give several times."""
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) in (list, tuple, set, frozenset)
    )


def _shown(name: str) -> str:
    return name[:LONGEST_FIELD_NAME]
