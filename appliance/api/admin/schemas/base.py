"""What every operation's arguments and answers are made of: closed objects, bounds, times."""

from __future__ import annotations

import contextlib
import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Limit = Annotated[int, Field(ge=1, le=10_000)]
PRINTABLE = r"^[^\x00-\x1F\x7F]+$"
"""No control characters; to SQLite a text ends at the first NUL."""
Iccid = Annotated[
    str,
    Field(pattern=r"^[0-9A-Fa-f]{10,22}$"),
    AfterValidator(lambda text: text.upper().rstrip("F")),
]
"""As the SIM says it (ITU-T E.118): 19 or 20 digits, with letters on some; an F only fills."""
Identity = Annotated[int, Field(ge=1, le=2**53)]
"""A row's number; beyond that JSON's readers round."""


def _written_out(value: object) -> object:
    """Return a time that is written out; a number, for seconds since 1970, is none."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.match(r"[0-9]{4}-", value):
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(value)
    raise ValueError("is no time such as 2026-03-01T08:00:00Z")


Offset = Annotated[int, Field(ge=0, le=2**53)]
"""Rows to pass over."""
Moment = Annotated[datetime, BeforeValidator(_written_out)]
"""A time that is asked for, ISO 8601; UTC when it has no zone."""


class Schema(BaseModel):
    """A closed object: a key that it does not know is a mistake."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, from_attributes=True, serialize_by_alias=True
    )


class Nothing(Schema):
    """No arguments."""


class Error(Schema):
    """What went wrong, one sentence."""

    error: str


class Done(Schema):
    """That it was done, and how often."""

    done: int = 1


class OfApplication(Schema):
    """Of one application, or of all."""

    app: str | None = None
