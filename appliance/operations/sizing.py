"""Recorded calls, read from the box's export or the cloud's, for the question how many SIMs."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from appliance.errors import BadInput
from appliance.model.traffic import Call
from appliance.operations import tables

_ARRIVED = ("call_in_at", "callInTime")
_FORWARDED = ("forward_at", "fwdStartTime")
_ANSWERED = ("answered_at", "fwdAnswerTime")
_ENDED = ("ended_at", "callEndTime")
_RELATION = ("subscription_id", "subscriptionId")
_X = ("bind_number", "bindNum")
_CALLER = ("caller", "callerNum")
_CALLEE = ("callee", "fwdDstNum")


def calls(path: Path) -> tuple[list[Call], int]:
    """Return the calls of a CSV or xlsx file, and how many rows had no times of a call.

    The columns are those of ``simveil cdr export`` or, by the cloud's names, of its call records.

    Raises:
        BadInput: It cannot be read, or has no column of arrivals and ends.
    """
    found, passed = [], 0
    for row in _rows(path):
        arrived, ended = _moment(row, _ARRIVED), _moment(row, _ENDED)
        if arrived is None or ended is None:
            passed += 1
            continue
        found.append(
            Call(
                pair=_pair(row),
                arrived=arrived,
                ended=max(ended, arrived),
                forwarded=_moment(row, _FORWARDED),
                answered=_moment(row, _ANSWERED),
            )
        )
    if not found:
        raise BadInput(f"{path.name}: no row has {_ARRIVED[1]} and {_ENDED[1]} of a call")
    return found, passed


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    try:
        if path.suffix.lower() == ".xlsx":
            yield from tables.read_rows(path.read_bytes(), path.name)
            return
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name}: not CSV in UTF-8") from error


def _pair(row: Mapping[str, str]) -> str:
    """Return what stays on one number: a relation, else its X with those who speak over it."""
    relation = _value(row, _RELATION)
    if relation:
        return relation
    return " ".join([_value(row, _X), *sorted([_value(row, _CALLER), _value(row, _CALLEE)])])


def _value(row: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((row[name] for name in names if row.get(name)), "").lstrip("'")


def _moment(row: Mapping[str, str], names: tuple[str, ...]) -> float | None:
    text = _value(row, names)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
