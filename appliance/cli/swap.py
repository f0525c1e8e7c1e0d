"""``simveil doctor LINE --swap``: one exchange of SIM or socket, and what it says of the fault."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any, Final

import click

from appliance.cli.client import ask
from appliance.cli.common import Choices
from appliance.cli.output import print_json
from appliance.errors import BadInput, NotFound
from appliance.logging import mask_text
from appliance.model.swap import WELL, Exchange, Seen, proposed, verdict
from appliance.words import say
from appliance.words.line_rows import worded

APPEAR_SECONDS: Final = 180.0
SETTLE_SECONDS: Final = 30.0
"""For both to be plugged in, and for what they show then to stay the same."""
LOOK_SECONDS: Final = 1.0

Row = dict[str, Any]


def swap(choices: Choices, name: str | None) -> int:
    """Lead through one exchange and print the verdict.

    Returns 0 with a verdict, 1 when the exchange was not seen. Raises BadInput, NotFound.
    """
    if name is None:
        raise BadInput(say("SWP-006", choices.language))
    lines: list[Row] = ask(choices, "GET", "/lines")
    ill = next((row for row in lines if name in (row["msisdn"], row["iccid"], row["imei"])), None)
    if ill is None:
        raise NotFound(say("CLI-027", choices.language, line=name))
    exchange = proposed(_condition(ill))
    if exchange is None:
        well = Seen(WELL)
        return _end(choices, None, verdict(Exchange.SIM, well, moved=well, stayed=well).value)
    other = next((row for row in lines if _condition(row) == WELL and row["iccid"]), None)
    if other is None:
        raise BadInput(say("SWP-005", choices.language))
    _say(
        choices,
        "SWP-001",
        line=mask_text(name),
        explanation=worded(ill, choices.language)["explanation"],
        other=mask_text(str(other["msisdn"] or other["iccid"])),
    )
    _say(choices, f"SWP-{exchange.value}")
    sys.stdin.readline()
    _say(choices, "SWP-003")
    found = _after(choices, exchange, ill, other)
    if found is None:
        _say(choices, "SWP-004", seconds=int(APPEAR_SECONDS))
        return 1
    moved, stayed = found
    said = verdict(exchange, Seen(_condition(ill)), moved=moved, stayed=stayed)
    return _end(choices, exchange, said.value)


def _end(choices: Choices, exchange: Exchange | None, said: str) -> int:
    if choices.json:
        print_json({"exchange": exchange and exchange.value, "verdict": said})
    else:
        click.echo(say(f"VER-{said}", choices.language))
    return 0


def _say(choices: Choices, code: str, **facts: object) -> None:
    click.echo(say(code, choices.language, **facts), err=choices.json)


def _condition(row: Row) -> str:
    found = row["conditions"]
    return str(found[0]["name"]) if found else str(row["state"])


def _after(choices: Choices, exchange: Exchange, ill: Row, other: Row) -> tuple[Seen, Seen] | None:
    """Wait for the exchange and until what both show has stayed for a while."""
    until = time.monotonic() + APPEAR_SECONDS
    last, since = None, time.monotonic()
    exchanged = False
    while time.monotonic() < until:
        lines: list[Row] = ask(choices, "GET", "/lines")
        exchanged = exchanged or _exchanged(exchange, lines, ill, other)
        now = _both(exchange, lines, ill, other)
        if now != last:
            last, since = now, time.monotonic()
        settled = time.monotonic() - since >= SETTLE_SECONDS
        if exchanged and settled and "starting" not in (now[0].condition, now[1].condition):
            return now
        threading.Event().wait(LOOK_SECONDS)
    return last if exchanged else None


def _exchanged(exchange: Exchange, lines: list[Row], ill: Row, other: Row) -> bool:
    """One thing at its new place is enough: of an ill pair the other may never be read."""
    if exchange is Exchange.SIM:
        wanted = {(other["iccid"], ill["imei"]), (ill["iccid"], other["imei"])}
        seen = {(row["iccid"], row["imei"]) for row in lines}
    else:
        wanted = {(other["imei"], ill["socket"]), (ill["imei"], other["socket"])}
        seen = {(row["imei"], row["socket"]) for row in lines}
    return any(pair in seen for pair in wanted if all(pair))


def _both(exchange: Exchange, lines: list[Row], ill: Row, other: Row) -> tuple[Seen, Seen]:
    """What the thing that was moved shows at its new place, and what its old place shows.

    Both are found by their places: what is ill may not be readable.
    """
    place = "imei" if exchange is Exchange.SIM else "socket"
    return _at(lines, place, other[place]), _at(lines, place, ill[place])


def _at(lines: list[Row], place: str, name: str | None) -> Seen:
    row = next((each for each in lines if name and each[place] == name), None)
    return Seen("lost" if row is None else _condition(row))
