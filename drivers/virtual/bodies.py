"""What HTTP clients send to the control: JSON objects, checked value by value."""

from __future__ import annotations

import base64
import binascii
import json
import math
from typing import Any

from drivers.virtual.errors import BadRequest

LARGEST_BODY = 32 * 1024 * 1024  # octets; ten minutes of 16-bit sound in base64

Json = dict[str, Any]


def parse(octets: bytes) -> Json:
    """Return the JSON object in a request's body; an empty body is an empty object.

    Raises:
        BadRequest: It is no JSON object.
    """
    if not octets.strip():
        return {}
    try:
        value = json.loads(octets.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadRequest("the body is not UTF-8") from None
    except RecursionError:
        raise BadRequest("the body is nested too deeply") from None
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest("the body is not a JSON object")
    return value


def text(body: Json, name: str, longest: int = 40_000) -> str:
    """Return the string under ``name``."""
    value = _present(body, name)
    if not isinstance(value, str) or len(value) > longest:
        raise BadRequest(f'"{name}" must be a string of at most {longest} characters')
    return value


def dialled(body: Json, name: str) -> str:
    """Return a number as a person would type it, without its spaces and dashes."""
    value = text(body, name, 60)
    for mark in " -().":
        value = value.replace(mark, "")
    digits = value.removeprefix("+")
    if not digits or not all(key in "0123456789*#" for key in digits):
        raise BadRequest(f'"{name}" must be a telephone number, not {value[:40]!r}')
    return value


def flag(body: Json, name: str) -> bool:
    """Return the true or false under ``name``."""
    value = _present(body, name)
    if not isinstance(value, bool):
        raise BadRequest(f'"{name}" must be true or false')
    return value


def number(body: Json, name: str, least: float, most: float) -> float:
    """Return the number under ``name``."""
    value = _present(body, name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadRequest(f'"{name}" must be a number')
    if not least <= value <= most:
        raise BadRequest(f'"{name}" must be between {least:g} and {most:g}, not {value:g}')
    return float(value)


def whole(body: Json, name: str, least: int, most: int) -> int:
    """Return the whole number under ``name``."""
    value = number(body, name, least, most)
    if value != int(value):
        raise BadRequest(f'"{name}" must be a whole number')
    return int(value)


def octets(body: Json, name: str) -> bytes:
    """Return the octets that a base64 string under ``name`` stands for."""
    value = text(body, name, LARGEST_BODY)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest(f'"{name}" is not base64') from None


def _present(body: Json, name: str) -> object:
    if name not in body:
        raise BadRequest(f'the body lacks "{name}"')
    return body[name]
