"""Lines: how each is, and what an operator may do with one by hand."""

from __future__ import annotations

from typing import Any

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.api.admin.desk import address, named
from appliance.api.admin.line_conditions import conditions, steps
from appliance.errors import BadInput, Refused
from appliance.logging import mask_text
from appliance.model import by_hand
from appliance.model.subscription import RADIO_NAMES, Radio
from appliance.store.upkeep import ByHandEntry, Upkeep
from appliance.words import say
from drivers.errors import DriverError


def _answer(box: Box, line: Any) -> schemas.Line:
    radio = box.exchange.desk.radio().get(line.iccid or "", Radio())
    return schemas.Line(
        msisdn=line.msisdn,
        iccid=line.iccid,
        imei=line.imei,
        family=line.family,
        role=None if line.role is None else getattr(line.role, "value", line.role),
        state=str(getattr(line.state, "value", line.state)),
        explanation=line.explanation,
        operator=line.operator,
        signal_dbm=line.signal_dbm,
        call=line.call,
        queue=line.queue,
        socket=getattr(line, "socket", None),
        conditions=conditions(line),
        steps=steps(line),
        findings=[
            schemas.LineFinding(
                subject=found.subject,
                code=found.code,
                facts=dict(found.facts),
                since=found.since,
                text=say(found.code, "en", **found.facts),
            )
            for found in line.findings
        ],
        rat=RADIO_NAMES.get(radio.act) if radio.act is not None else None,
        area=radio.area,
        cell=radio.cell,
        rsrp_dbm=radio.rsrp,
        celsius=line.celsius,
        enrolled=line.role is not None,
        own_number=line.own_number,
    )


def every(box: Box, _given: schemas.Nothing) -> list[schemas.Line]:
    """List the lines."""
    return [_answer(box, line) for line in box.exchange.lines()]


def show(box: Box, given: schemas.LineChoice) -> schemas.Line:
    """Show one line."""
    return _answer(box, named(box, given.line))


def at(box: Box, given: schemas.LineCommand) -> schemas.Reply:
    """Send one AT command; dialling and sending are not done by hand."""
    command = by_hand.checked(given.command)
    line, danger = named(box, given.line), by_hand.danger(command)
    if danger is not None and not given.dangerous:
        name, what = danger
        raise BadInput(say("ATG-001", command=name, danger=say(f"ATG-{what}")))
    answer: list[str] = []
    try:
        answer = box.exchange.raw_at(address(line), command, given.timeout)
    except (Refused, DriverError) as error:
        answer = [str(error)]
        raise
    finally:
        _note(box, line, command, danger[1] if danger else None, answer)
    return schemas.Reply(lines=answer)


def _note(box: Box, line: Any, command: str, danger: str | None, answer: list[str]) -> None:
    """Keep what was sent by hand, numbers and secrets masked."""
    entry = ByHandEntry(
        box.clock.now(),
        line.iccid,
        line.imei,
        by_hand.without_secrets(mask_text(command)),
        danger,
        tuple(mask_text(each) for each in answer),
    )
    upkeep = Upkeep(box.store.reader)
    box.store.write(lambda db: upkeep.add_by_hand(db, entry))


def ussd(box: Box, given: schemas.LineUssd) -> schemas.Reply:
    """Ask the operator of one line by USSD."""
    line = named(box, given.line)
    return schemas.Reply(lines=[box.exchange.ussd(address(line), given.code, given.timeout)])


def reset(box: Box, given: schemas.LineChoice) -> schemas.Done:
    """Start a line's modem anew."""
    box.exchange.reset(address(named(box, given.line)))
    return schemas.Done()


OPERATIONS = (
    operation("GET", "/lines", "List them", schemas.Nothing, list[schemas.Line], every),
    operation("GET", "/lines/{line}", "Show one", schemas.LineChoice, schemas.Line, show),
    operation(
        "POST", "/lines/{line}/at", "Send an AT command", schemas.LineCommand, schemas.Reply, at
    ),
    operation("POST", "/lines/{line}/ussd", "Ask by USSD", schemas.LineUssd, schemas.Reply, ussd),
    operation("POST", "/lines/{line}/reset", "Start anew", schemas.LineChoice, schemas.Done, reset),
)
