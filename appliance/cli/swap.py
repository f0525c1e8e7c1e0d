"""``simveil doctor LINE --swap``: one exchange of SIM or socket, and what it says of the fault."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any, Final

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices
from appliance.cli.output import print_json
from appliance.errors import BadInput, NotFound, Refused
from appliance.logging import mask_text
from appliance.model.swap import (
    OF_CALLS,
    STARTING,
    WELL,
    Exchange,
    Seen,
    Verdict,
    proposed,
    verdict,
)
from appliance.words import say
from appliance.words.line_rows import worded

APPEAR_SECONDS: Final = 180.0
SETTLE_SECONDS: Final = 45.0
"""For both to be plugged in, and for what they say together then to stay the same."""
LOOK_SECONDS: Final = 1.0
RING_SECONDS: Final = 180.0

Row = dict[str, Any]


def swap(choices: Choices, name: str | None, partner: str | None = None) -> int:
    """Lead through one exchange and print the verdict.

    Args:
        name: The ill line.
        partner: The well one that it exchanges with; None: one that is well and has no call.

    Returns 0 with a verdict, 1 when the exchange was not seen. Raises BadInput, NotFound.
    """
    if name is None:
        raise BadInput(say("SWP-006", choices.language))
    lines: list[Row] = ask(choices, "GET", "/lines")
    ill = _named(choices, lines, name)
    before = Seen(_condition(ill))
    exchange = proposed(before.condition)
    if exchange is None:
        return _end(choices, None, verdict(Exchange.SIM, before, moved=before, stayed=before))
    other = _partner(choices, lines, partner)
    _say(
        choices,
        "SWP-001",
        line=mask_text(name),
        explanation=worded(ill, choices.language)["explanation"],
        other=mask_text(str(other["msisdn"] or other["iccid"])),
        socket=other["socket"],
    )
    phone = None
    if before.condition in OF_CALLS:
        phone = click.prompt(say("SWP-007", choices.language), err=True).strip()
    _say(choices, f"SWP-{exchange.value}")
    sys.stdin.readline()
    _say(choices, "SWP-003")
    found = _after(choices, exchange, ill, other, before)
    if found is None:
        _say(choices, "SWP-004", seconds=int(APPEAR_SECONDS))
        return 1
    if phone is not None:
        found = _tried(choices, found, before, phone)
    moved, stayed = (seen for seen, _ in found)
    return _end(choices, exchange, verdict(exchange, before, moved=moved, stayed=stayed))


def _named(choices: Choices, lines: list[Row], name: str) -> Row:
    names = ("msisdn", "iccid", "imei", "socket")
    for row in lines:
        if name in [row[each] for each in names]:
            return row
    raise NotFound(say("CLI-027", choices.language, line=name))


def _partner(choices: Choices, lines: list[Row], name: str | None) -> Row:
    """Return the line to exchange with: pulling it costs its call, so one without is taken."""
    named = lines if name is None else [_named(choices, lines, name)]
    well = [row for row in named if _condition(row) == WELL and row["iccid"]]
    if not well:
        raise BadInput(say("SWP-005", choices.language))
    return min(well, key=lambda row: row["call"] is not None)


def _end(choices: Choices, exchange: Exchange | None, said: Verdict) -> int:
    if choices.json:
        print_json({"exchange": exchange and exchange.value, "verdict": said.value})
    else:
        click.echo(say(f"VER-{said.value}", choices.language))
    return 0


def _say(choices: Choices, code: str, **facts: object) -> None:
    click.echo(say(code, choices.language, **facts), err=choices.json)


def _condition(row: Row) -> str:
    found = row["conditions"]
    return str(found[0]["name"]) if found else str(row["state"])


Both = tuple[tuple[Seen, Row | None], tuple[Seen, Row | None]]


def _after(choices: Choices, exchange: Exchange, ill: Row, other: Row, before: Seen) -> Both | None:
    """Wait for the exchange, and until what both show has meant the same for a while.

    What they show may go on changing: a modem without power comes and goes.
    """
    until = time.monotonic() + APPEAR_SECONDS
    said: Verdict | None = None
    since = time.monotonic()
    found: Both | None = None
    while time.monotonic() < until:
        lines: list[Row] = ask(choices, "GET", "/lines")
        if found is not None or _exchanged(exchange, lines, ill, other):
            found = _both(exchange, lines, ill, other)
            moved, stayed = found[0][0], found[1][0]
            starting = STARTING in (moved.condition, stayed.condition)
            now = None if starting else verdict(exchange, before, moved=moved, stayed=stayed)
            if now is not said:
                said, since = now, time.monotonic()
            if now is not None and time.monotonic() - since >= SETTLE_SECONDS:
                return found
        threading.Event().wait(LOOK_SECONDS)
    return found


def _exchanged(exchange: Exchange, lines: list[Row], ill: Row, other: Row) -> bool:
    """One thing at its new place is enough: of an ill pair the other may never be read."""
    if exchange is Exchange.SIM:
        wanted = {(other["iccid"], ill["imei"]), (ill["iccid"], other["imei"])}
        seen = {(row["iccid"], row["imei"]) for row in lines}
    else:
        wanted = {(other["imei"], ill["socket"]), (ill["imei"], other["socket"])}
        seen = {(row["imei"], row["socket"]) for row in lines}
    return any(pair in seen for pair in wanted if all(pair))


def _both(exchange: Exchange, lines: list[Row], ill: Row, other: Row) -> Both:
    """What the thing that was moved shows at its new place, and what its old place shows.

    Both are found by their places: what is ill may not be readable.
    """
    place = "imei" if exchange is Exchange.SIM else "socket"
    return _at(lines, place, other[place]), _at(lines, place, ill[place])


def _at(lines: list[Row], place: str, name: str | None) -> tuple[Seen, Row | None]:
    row = next((each for each in lines if name and each[place] == name), None)
    return Seen("lost" if row is None else _condition(row)), row


def _tried(choices: Choices, both: Both, before: Seen, phone: str) -> Both:
    """Have those that look well ring the owner's phone: what ails calls shows in calls alone."""
    tried = []
    for seen, row in both:
        rings = seen.well and row is not None and _rings(choices, row, phone)
        tried.append((seen if rings or not seen.well else before, row))
    return tried[0], tried[1]


def _rings(choices: Choices, row: Row, phone: str) -> bool:
    path = path_of("lines", row["iccid"] or row["socket"], "ring")
    _say(choices, "SWP-008", line=mask_text(str(row["msisdn"] or row["iccid"])), phone=phone)
    try:
        return bool(ask(choices, "POST", path, {"phone": phone}, timeout=RING_SECONDS)["rang"])
    except Refused:
        return False
