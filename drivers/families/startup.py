"""From an open port to a modem that is ready: who it is, its SIM, and every line switched on."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator
from dataclasses import replace
from typing import Any, Final

from drivers.at.commands import SIM_STATE, Command, Reply
from drivers.at.fields import fields, number_at, rest_of, text_at
from drivers.at.queue import Expect, Pause, Step
from drivers.at.resync import resynchronise
from drivers.errors import CommandFailed, CommandTimeout, PortLost
from drivers.families import spent_pins
from drivers.families.catalogue import FAMILIES, identify
from drivers.families.family import Setting
from drivers.families.reports import number_of
from drivers.families.unit import Steps, Unit, attempt
from drivers.modem import Identity, SimProblem

# Seconds.
ATTACH_PROBE: Final = 2.0
ATTACH_PROBES: Final = 10  # a modem answers up to 20 s after it was enumerated
EARLY_PAUSE: Final = 1.0
EARLY_TRIES: Final = 60
SIM_RETRY: Final = 10.0
SIM_BUSY_RETRY: Final = 1.0
SIM_BUSY_TRIES: Final = 20

MIN_PIN_TRIES: Final = 2
EARLY_CME: Final = frozenset({14})
EARLY_CMS: Final = frozenset({314, 515})
CME_STATES: Final = {
    10: "REMOVED",
    11: "SIM PIN",
    12: "SIM PUK",
    13: "SIM FAILURE",
    15: "SIM WRONG",
}

BEFORE_SIM: Final = ("ATE0", "ATV1", "AT&D0", "AT+CMEE=1")
COMMON: Final[tuple[Setting, ...]] = (
    Setting(("AT+CVHU=0",)),
    Setting(('AT+CSCS="GSM"',)),
    Setting(("AT+CMGF=0",), required=True),
    Setting(("AT+CSMS=0",)),
    Setting(
        (
            'AT+CPMS="ME","ME","ME"',
            'AT+CPMS="SM","SM","SM"',
            'AT+CPMS="MT","MT","MT"',
            'AT+CPMS="ME"',
            'AT+CPMS="SM"',
        )
    ),
    # Many sticks list the first value 2 and refuse it. Reports come directly: stored ones are for
    # SIMs on which reading them was proven.
    Setting(
        (
            "AT+CNMI=2,1,0,1,0",
            "AT+CNMI=1,1,0,1,0",
            "AT+CNMI=2,1,0,0,0",
            "AT+CNMI=1,1,0,0,0",
        ),
    ),
    Setting(("AT+CLIP=1",)),
    Setting(("AT+CRC=1",)),
    Setting(("AT+CSSN=1,1",)),
    Setting(("AT+CREG=2", "AT+CREG=1")),
    Setting(("AT+CEREG=2", "AT+CEREG=1")),
    Setting(("AT+COPS=3,0",)),
)
"""What every modem is told, in this order (27.007, 27.005)."""

ICCID_HEADS: Final = frozenset({"+CCID", "+ICCID", "+CICCID", "+QCCID", "^ICCID"})
"""Heads of the answers: makers ask by one name and answer by another."""

_DIGITS = re.compile(r"\d{10,20}")
_NUMBER = re.compile(r"\+?\d{3,20}")
_ICCID = re.compile(r"\b\d{2}[0-9A-Fa-f]{8,18}\b")
"""Some operators number their SIMs with letters up to E; an F fills the last octet."""
_CALL_ACTIONS = re.compile(r"\b([0-4]x?)\b", re.IGNORECASE)

_log = logging.getLogger(__name__)


_spent_pins = spent_pins.SPENT


def startup(unit: Unit) -> Steps:
    """Procedure: identify and set up the modem; gives its Identity.

    Raises PortLost for a deaf modem, CommandFailed for one that refuses what is required.
    """
    yield from resynchronise(ATTACH_PROBES, ATTACH_PROBE)
    for text in BEFORE_SIM:
        yield from attempt(Command(text, numeric=True))
    manufacturer = yield from _ask("AT+CGMI", "+CGMI")
    model = yield from _ask("AT+CGMM", "+CGMM")
    firmware = yield from _ask("AT+CGMR", "+CGMR")
    imei = yield from _ask("AT+CGSN", "+CGSN")
    _choose_family(unit, manufacturer, model)
    found = _DIGITS.search(imei)
    module = Identity(
        imei=found[0] if found else imei,
        iccid="",
        imsi="",
        manufacturer=manufacturer,
        model=model,
        firmware=firmware,
        family=unit.family.name,
        msisdn=unit.socket.msisdn,
    )
    yield from _radio_on()
    yield from _unlock(unit, module)
    iccid = yield from _iccid(unit)
    imsi = yield from _ask("AT+CIMI", "+CIMI")
    own_number = yield from _own_number()
    yield from _settings(unit)
    yield from _call_actions(unit)
    return replace(module, iccid=iccid, imsi=imsi, own_number=own_number)


def _ask(text: str, head: str) -> Generator[Step, Any, str]:
    reply = yield from attempt(text)
    return (reply.value(head) or "") if reply is not None else ""


def _choose_family(unit: Unit, manufacturer: str, model: str) -> None:
    name = unit.socket.family
    unit.family = identify(manufacturer, model) if name == "auto" else FAMILIES[name]
    unit.facts = unit.family.facts
    _log.info("%s: %s %s is of family %s", unit.socket.name, manufacturer, model, unit.family.name)


def _radio_on() -> Steps:
    reply = yield from attempt("AT+CFUN?")
    if reply is not None and (reply.rest("+CFUN") or "1").split(",")[0] in {"0", "4"}:
        yield from attempt("AT+CFUN=1", timeout=20.0)


# --- the SIM ---


def _unlock(unit: Unit, module: Identity) -> Steps:
    """Wait until the SIM is readable, telling what keeps it; the PIN is given once.

    Args:
        module: Who answers; told with the SIM's ICCID, which many SIMs give without their PIN.
    """
    told = given = None
    busy = 0
    while True:
        state = yield from sim_state()
        if state == "READY":
            _spent_pins.taken(given)
            return
        if state == "SIM PIN" and given is None:
            given = yield from _give_pin(unit)
            if given is not None:
                continue
        # A SIM that has just taken its PIN may ask for it a moment longer.
        if busy < SIM_BUSY_TRIES and (state == "BUSY" or (state == "SIM PIN" and given)):
            busy += 1
            yield Pause(SIM_BUSY_RETRY, keep_port=True)
            continue
        if state != told:
            told = state
            iccid = "" if state == "REMOVED" else (yield from _iccid(unit))
            unit.emit(SimProblem(state, replace(module, iccid=iccid)))
        yield Expect("+CPIN", SIM_RETRY)


def sim_state() -> Generator[Step, Any, str]:
    """Procedure: ask for the SIM's state; gives a ``+CPIN`` word, REMOVED or BUSY."""
    try:
        reply: Reply = yield SIM_STATE
    except CommandFailed as error:
        if error.cme in EARLY_CME:
            return "BUSY"
        return CME_STATES.get(error.cme if error.cme is not None else -1, "SIM FAILURE")
    word = (reply.rest("+CPIN") or reply.value("+CPIN") or "").strip('"').upper()
    if word in {"NOT INSERTED", "SIM REMOVED"}:
        return "REMOVED"
    return "BUSY" if word in {"", "NOT READY"} else word


def _give_pin(unit: Unit) -> Generator[Step, Any, str | None]:
    """Give the PIN if it may be given; returns what it is remembered by, or None."""
    pin = unit.socket.pin
    if pin is None or not pin.isascii() or not pin.isdigit():
        return None
    tries = yield from _pin_tries(unit)
    if tries is not None and tries < MIN_PIN_TRIES:
        _log.error("%s: %d PIN tries left; none of them is ours", unit.socket.name, tries)
        return None
    sim = (yield from _iccid(unit)) or unit.socket.name
    key = _spent_pins.spend(sim, pin)
    if key is None:
        return None
    try:
        yield Command(f'AT+CPIN="{pin}"', timeout=20.0)
    except CommandFailed as error:
        _log.error("%s: the SIM refused its PIN (CME %s)", unit.socket.name, error.cme)
        _spent_pins.refused(key)
        return None
    return key


def _pin_tries(unit: Unit) -> Generator[Step, Any, int | None]:
    if unit.family.pin_counter is None:
        return None
    reply = yield from attempt(unit.family.pin_counter)
    return None if reply is None else unit.family.pin_tries(reply)


def _iccid(unit: Unit) -> Generator[Step, Any, str]:
    for text in unit.family.iccid:
        reply = yield from attempt(text, heads=ICCID_HEADS)
        found = _ICCID.search(" ".join(reply.lines)) if reply is not None else None
        if found:
            return _in_order(found[0].upper()).rstrip("F")
    return ""


def _in_order(iccid: str) -> str:
    """Return the digits as they are printed on the card, so that every make calls a SIM the same.

    They begin with 89 (ITU-T E.118). Some makes give the octets as they lie in EF-ICCID, each with
    its digits changed over (ETSI TS 102 221 §13.2).
    """
    if not iccid.startswith("98") or len(iccid) % 2:
        return iccid
    return "".join(iccid[at + 1] + iccid[at] for at in range(0, len(iccid), 2))


def _own_number() -> Generator[Step, Any, str | None]:
    """Return the number that the SIM says is its own, None for most SIMs."""
    reply = yield from attempt("AT+CNUM")
    for line in reply.lines if reply is not None else ():
        # +CNUM: [<alpha>],<number>,<type>[,…]; a SIM with several gives a line for each.
        values = fields(rest_of(line))
        number = number_of(text_at(values, 1), number_at(values, 2))
        if number is not None and _NUMBER.fullmatch(number):
            return number
    return None


# --- settings ---


def _settings(unit: Unit) -> Steps:
    plan = unit.family.audio.get(unit.socket.audio.kind) if unit.socket.audio else None
    waiting = "AT+CCWA=1,1" if unit.facts.call_waiting else "AT+CCWA=0,0,1"
    audio = tuple(Setting((text,)) for text in plan.at_start) if plan else ()
    patience = EARLY_TRIES
    for setting in (*COMMON, Setting((waiting,)), *unit.family.settings, *audio):
        accepted, patience = yield from _set(setting, patience)
        if accepted is None and setting.required:
            raise CommandFailed(f"{setting.tries[-1]}: refused, and nothing works without it")
        if setting.fact is not None:
            unit.note_fact(setting.fact, accepted is not None)
    reply = yield from attempt("AT+CPMS?")
    if reply is not None and (rest := reply.rest("+CPMS")):
        unit.home_storage = unit.storage = fields(rest)[0] or unit.home_storage


def _set(setting: Setting, patience: int) -> Generator[Step, Any, tuple[str | None, int]]:
    """Try the commands of a setting; a modem that is still booting is asked again."""
    for text in setting.tries:
        while True:
            try:
                yield Command(text, timeout=10.0)
            except CommandTimeout:
                break
            except CommandFailed as error:
                if error.cme not in EARLY_CME and error.cms not in EARLY_CMS:
                    break
                if patience <= 0:
                    raise PortLost(f"{text}: still busy after {EARLY_TRIES} tries") from error
                patience -= 1
                yield Pause(EARLY_PAUSE, keep_port=True)
            else:
                return text, patience
    return None, patience


def _call_actions(unit: Unit) -> Steps:
    if unit.family.one_call:
        return
    reply = yield from attempt("AT+CHLD=?")
    rest = reply.rest("+CHLD") if reply is not None else None
    if rest is None:
        return
    actions = {action.lower() for action in _CALL_ACTIONS.findall(rest)}
    unit.note_fact("hold", "2" in actions and unit.facts.hold)
    unit.note_fact("multiparty", "3" in actions and unit.facts.multiparty)
    unit.note_fact("transfer", "4" in actions)


def registration(unit: Unit) -> Steps:
    """Procedure: ask for registration in both domains, signal and operator."""
    for text, head, packet in (("AT+CREG?", "+CREG", False), ("AT+CEREG?", "+CEREG", True)):
        reply = yield from attempt(text)
        values = fields((reply.rest(head) if reply is not None else None) or "")
        status = number_at(values, 1)
        if status is not None:
            unit.note_registration(status, packet=packet)
    if unit.in_service:
        reply = yield from attempt("AT+COPS?", timeout=20.0)
        values = fields((reply.rest("+COPS") if reply is not None else None) or "")
        unit.note_operator(values[2] if len(values) > 2 and values[2] else None)
