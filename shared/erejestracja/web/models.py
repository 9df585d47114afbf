"""What all models of the wire have in common."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

LONGEST_TEXT = 300


class RequestModel(BaseModel):
    """A body or a query as callers may send it: camelCase, nothing unknown, nothing endless.

    Bodies are read strictly (`"1"` is no number); queries are text, so numbers are read from it.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        str_max_length=LONGEST_TEXT,
    )


class AnswerModel(BaseModel):
    """A body as we send it: camelCase; what is None is left out."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )
