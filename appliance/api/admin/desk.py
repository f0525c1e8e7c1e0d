"""Lines set up, looked after and found; codes of operators; what was sent by hand; the pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appliance.api.admin import schemas_desk as schemas
from appliance.api.admin.context import Box, operation
from appliance.api.admin.schemas import Done, LineChoice, Nothing
from appliance.errors import BadInput, NotFound
from appliance.exchange.registry import LineStatus
from appliance.model import saved_codes
from appliance.model.numbers import dial_check
from appliance.model.subscription import Check
from appliance.operations.pool import pool
from appliance.store.upkeep import Balance, ByHandEntry, SavedCode, Upkeep
from appliance.words import say

TEXT_SECONDS = 60.0


def named(box: Box, name: str) -> LineStatus:
    """Return a line by its MSISDN, ICCID, IMEI or socket. Raises NotFound."""
    for line in box.exchange.lines():
        if name in (line.msisdn, line.iccid, line.imei, getattr(line, "socket", None)):
            found: LineStatus = line
            return found
    raise NotFound(f"there is no line {name}")


def address(line: LineStatus) -> str:
    """Return the name of a line by which the exchange finds it whatever is in it."""
    return str(line.msisdn or line.iccid or getattr(line, "socket", None) or line.imei)


def _phone(box: Box, text: str) -> str:
    """Return the owner's phone as E.164; it may not be a line of the box, nor an emergency."""
    phone = box.number(text)
    own = {line.msisdn for line in box.exchange.lines() if line.msisdn}
    dial_check(phone, own, box.settings.box.region)
    return phone


def ring(box: Box, given: schemas.RingNew) -> schemas.Rung:
    """Let the owner's phone ring from a line: it shows the SIM's number."""
    line, phone = named(box, given.line), _phone(box, given.phone)
    rung = box.exchange.desk.ring(address(line), phone, given.seconds)
    return schemas.Rung(rang=rung.rang, answered=rung.answered, hold=rung.hold, why=rung.why)


def text(box: Box, given: schemas.TextNew) -> schemas.TextSent:
    """Send the owner's phone a text from a line: it shows the SIM's number."""
    line, phone = named(box, given.line), _phone(box, given.phone)
    sent = box.exchange.send_text(address(line), phone, say("SET-021"), TEXT_SECONDS)
    return schemas.TextSent(reference=sent)


def check(box: Box, given: schemas.ChecksNew) -> schemas.Checks:
    """Read a line's subscription now, and mend what may be mended."""
    line = named(box, given.line)
    found = box.exchange.desk.checks.run(address(line), mend=given.mend, centre=given.centre)
    return schemas.Checks(at=box.clock.now(), checks=_checks(found))


def checked(box: Box, given: LineChoice) -> schemas.Checks:
    """Show what a line's subscription was found to be last."""
    line = named(box, given.line)
    last = box.exchange.desk.checks.last(line.iccid) if line.iccid else None
    if last is None:
        return schemas.Checks(at=None, checks=[])
    return schemas.Checks(at=last[0], checks=_checks(last[1]))


def _checks(found: Sequence[Check]) -> list[schemas.Check]:
    return [
        schemas.Check(**check.as_json(), text=say(check.code, "en", **check.facts))
        for check in found
    ]


def locate(box: Box, given: schemas.LocateNew) -> schemas.Located:
    """Wait until a stick is pulled out, and tell which line it was."""
    gone = box.exchange.desk.pulled(given.seconds)
    if gone is None:
        return schemas.Located(socket=None, msisdn=None, iccid=None, imei=None)
    return schemas.Located(socket=gone.socket, msisdn=gone.msisdn, iccid=gone.iccid, imei=gone.imei)


def blink(box: Box, given: LineChoice) -> schemas.Blinked:
    """Switch a line's radio off and on, so that its light changes."""
    return schemas.Blinked(times=box.exchange.desk.blink(address(named(box, given.line))))


def balance(box: Box, given: LineChoice) -> schemas.Balance:
    """Ask a line's operator for the credit by the saved code."""
    return _balance(box.exchange.desk.balance(address(named(box, given.line))))


def balances(box: Box, _given: Nothing) -> list[schemas.Balance]:
    """List the credit of the SIMs as last told."""
    return [_balance(each) for each in Upkeep(box.store.reader).balances()]


def _balance(kept: Balance) -> schemas.Balance:
    return schemas.Balance(iccid=kept.iccid, at=kept.at, amount=kept.amount, told=kept.told)


def codes(box: Box, _given: Nothing) -> list[schemas.CodeNew]:
    """List the saved codes."""
    return [_code(each) for each in Upkeep(box.store.reader).codes()]


def save(box: Box, given: schemas.CodeNew) -> schemas.CodeNew:
    """Save a code of an operator, in place of the former one of that name."""
    code = SavedCode(
        given.operator,
        given.name,
        saved_codes.checked_code(given.code),
        saved_codes.checked_pattern(given.pattern),
    )
    upkeep = Upkeep(box.store.reader)
    box.store.write(lambda db: upkeep.put_code(db, code))
    return _code(code)


def forget(box: Box, given: schemas.CodeChoice) -> Done:
    """Forget a saved code."""
    upkeep = Upkeep(box.store.reader)
    if not box.store.write(lambda db: upkeep.drop_code(db, given.operator, given.name)):
        raise NotFound(f"no code {given.name!r} is saved for {given.operator!r}")
    return Done()


def _code(code: SavedCode) -> schemas.CodeNew:
    return schemas.CodeNew(
        operator=code.operator, name=code.name, code=code.code, pattern=code.pattern
    )


def by_hand(box: Box, given: schemas.ByHandFilter) -> list[schemas.ByHand]:
    """List what was sent to modems by hand, the newest first."""
    iccid = named(box, given.line).iccid if given.line else None
    if given.line and iccid is None:
        raise BadInput("the SIM of this line is not known")
    found = Upkeep(box.store.reader).by_hand(given.limit, iccid=iccid)
    return [_by_hand(entry) for entry in found]


def _by_hand(entry: ByHandEntry) -> schemas.ByHand:
    return schemas.ByHand(
        at=entry.at, iccid=entry.iccid, imei=entry.imei, command=entry.command,
        danger=entry.danger, answer=list(entry.answer),
    )  # fmt: skip


def hours(box: Box, given: schemas.PoolChoice) -> list[schemas.PoolHour]:
    """List the traffic of the second lines, hour by hour."""
    return [
        schemas.PoolHour(
            hour=each.hour, calls=each.calls, erlang=each.erlang, blocked=each.blocked,
            none=each.none,
        )
        for each in pool(box.store, box.clock.now(), given.hours)
    ]  # fmt: skip


def read(box: Box, given: schemas.InboxRead) -> Done:
    """Mark texts of the operator's inbox as read."""
    now, messages = box.clock.now(), box.store.messages
    done: Any = box.store.write(lambda db: messages.mark_read(db, given.inbox_ids, now))
    return Done(done=int(done))


OPERATIONS = (
    operation("POST", "/lines/{line}/ring", "Ring a phone", schemas.RingNew, schemas.Rung, ring),
    operation(
        "POST", "/lines/{line}/text", "Text a phone", schemas.TextNew, schemas.TextSent, text
    ),
    operation(
        "POST",
        "/lines/{line}/checks",
        "Check its subscription",
        schemas.ChecksNew,
        schemas.Checks,
        check,
    ),
    operation(
        "GET", "/lines/{line}/checks", "Its last checks", LineChoice, schemas.Checks, checked
    ),
    operation("POST", "/lines/{line}/blink", "Let it blink", LineChoice, schemas.Blinked, blink),
    operation(
        "POST", "/lines/{line}/balance", "Ask for credit", LineChoice, schemas.Balance, balance
    ),
    operation("POST", "/locate", "Find one", schemas.LocateNew, schemas.Located, locate),
    operation("GET", "/balances", "List them", Nothing, list[schemas.Balance], balances),
    operation("GET", "/ussd-codes", "List them", Nothing, list[schemas.CodeNew], codes),
    operation("PUT", "/ussd-codes", "Save one", schemas.CodeNew, schemas.CodeNew, save),
    operation(
        "DELETE", "/ussd-codes/{operator}/{name}", "Forget one", schemas.CodeChoice, Done, forget
    ),
    operation(
        "GET",
        "/at-by-hand",
        "List commands by hand",
        schemas.ByHandFilter,
        list[schemas.ByHand],
        by_hand,
    ),
    operation(
        "GET", "/pool", "Second lines by hour", schemas.PoolChoice, list[schemas.PoolHour], hours
    ),
    operation("POST", "/inbox/read", "Mark as read", schemas.InboxRead, Done, read),
)
