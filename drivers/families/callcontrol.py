"""Call control: which command does what is wanted, and nothing else, in the state at hand.

``AT+CHLD`` acts on a waiting call first (3GPP TS 22.030 §6.5.5), so every procedure looks for one
before it chooses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import Any, Final

from drivers.at import commands
from drivers.at.commands import Command, Reply
from drivers.at.queue import Pause, Step
from drivers.at.results import FEATURE_CAUSES
from drivers.errors import CommandFailed, CommandTimeout, NotSupported
from drivers.families.callbook import UNKNOWN, Entry
from drivers.families.causes import cause_of
from drivers.families.reports import call_list, is_sound
from drivers.families.unit import Steps, Unit, attempt
from drivers.modem import CallInfo, CallState

STALE_LISTS: Final = 3  # lists in a row that lines of the modem overtook, or that noise disturbed
CHECKS: Final = 4
CHECK_PAUSE: Final = 0.3  # seconds between looks at what a command brought about
HANG_UP_ROUNDS: Final = 6

_NUMBER = re.compile(r"\+?[0-9]{1,20}")
_DIGITS = re.compile(r"[0-9*#A-D]+")
_CURRENT = (CallState.ACTIVE, CallState.DIALLING, CallState.ALERTING, CallState.INCOMING)
_SETTING_UP = frozenset({CallState.DIALLING, CallState.ALERTING})


def list_calls(unit: Unit, *, certain: bool = False) -> Generator[Step, Any, tuple[CallInfo, ...]]:
    """Procedure: list the calls and bring the book up to date; gives the list.

    What is missing in a list with noise in it is not gone: its line may be what the noise was.

    Args:
        certain: The modem said that something ended: what is missing is gone.
    """
    calls: tuple[CallInfo, ...] = ()
    for _ in range(STALE_LISTS):
        mark = unit.book.changes
        reply: Reply = yield commands.LIST_CALLS
        calls = call_list(reply.lines)
        if unit.book.changes == mark and not _disturbed(reply):
            unit.book.listed(calls, certain=certain)
            break
    return calls


def _disturbed(reply: Reply) -> bool:
    return reply.noise > 0 or not all(is_sound(line) for line in reply.lines)


def ask_cause() -> Generator[Step, Any, int | None]:
    """Procedure: ask why the last call ended; gives the Q.850 cause or None."""
    try:
        reply: Reply = yield commands.WHY_ENDED
    except (CommandFailed, CommandTimeout):
        return None
    return cause_of(reply)


def dial(unit: Unit, number: str) -> Steps:
    """Procedure: dial. Raises CommandFailed with a cause when the call did not come to be."""
    if not _NUMBER.fullmatch(number):
        raise CommandFailed(f"dial takes + and 1 to 20 digits, got {len(number)} characters")
    try:
        yield commands.dial(number)
    except CommandFailed as error:
        if error.cme is not None or error.cause is not None:
            raise
        cause = yield from ask_cause()
        raise CommandFailed(str(error), cause=cause) from error
    unit.book.dialled(number)
    yield from _voice_with_call(unit)
    if not unit.family.tells_calls:
        yield from list_calls(unit)


def answer(unit: Unit) -> Steps:
    """Procedure: answer the call that rings when this is asked for, and no later one."""
    return _answer(unit, unit.book.ringing())


def _answer(unit: Unit, meant: Entry | None) -> Steps:
    if meant is not None and not unit.book.holds(meant):
        raise CommandFailed("the call that was to be answered is over")
    yield commands.ANSWER
    yield from _voice_with_call(unit)
    if not unit.family.tells_calls:
        yield from list_calls(unit)


def _voice_with_call(unit: Unit) -> Steps:
    plan = unit.family.audio.get(unit.socket.audio.kind) if unit.socket.audio else None
    for text in plan.with_call if plan else ():
        yield from attempt(text)


def hang_up(unit: Unit, index: int | None) -> Steps:
    """Procedure: release one call, or all with None; a call that is gone already is success.

    It is the call that has the index when this is asked for. Until the port is free, behind a text
    that is being sent, it may end and another take its index: that one is left alone.
    """
    if index is None:
        return _hang_up_all(unit)
    return _hang_up_one(unit, index, unit.book.entry(index))


def _hang_up_one(unit: Unit, index: int, meant: Entry | None) -> Steps:
    if len(unit.book) != 1 or unit.book.call(index) is None:
        yield from list_calls(unit)
    if meant is not None and not unit.book.holds(meant):
        return
    call = unit.book.call(index) if meant is None else meant.info
    if call is None and index == UNKNOWN and len(unit.book) == 1:
        call = unit.book.calls()[0]
    if call is None:
        return
    unit.book.hung_up()
    yield from _release(unit, call)


def _release(unit: Unit, call: CallInfo) -> Steps:
    others = [other for other in unit.book.calls() if other.index != call.index]
    states = {other.state for other in others}
    if call.state is CallState.WAITING:
        yield from refuse_waiting(unit)
    elif call.state is CallState.HELD:
        if CallState.WAITING in states or CallState.HELD in states:
            yield from _release_index(unit, call)
        else:
            yield commands.hold("0")
    elif not others or call.state is not CallState.ACTIVE:
        yield from _hang_up_current()
    else:
        yield from _release_index(unit, call)


def _release_index(unit: Unit, call: CallInfo) -> Steps:
    if unit.family.release_needs_alerting and unit.book.any_in(CallState.DIALLING):
        raise CommandFailed(
            f"call {call.index} can't be released while another is being dialled: modem would hang"
        )
    yield commands.hold(f"1{call.index}")


def _hang_up_current() -> Steps:
    try:
        yield commands.HANG_UP_ALL
    except CommandFailed:
        yield commands.HANG_UP_OLD


def _hang_up_all(unit: Unit) -> Steps:
    for round_ in range(HANG_UP_ROUNDS):
        calls = yield from list_calls(unit, certain=round_ > 0)
        if not calls:
            if round_ == 0 and len(unit.book):
                yield from _hang_up_current()
                continue
            return
        unit.book.hung_up()
        if any(call.state in _CURRENT for call in calls):
            yield from _hang_up_current()
        else:
            yield commands.hold("0")
        yield Pause(CHECK_PAUSE)
    raise CommandFailed(f"calls are still up after {HANG_UP_ROUNDS} tries to release them")


def refuse_waiting(unit: Unit) -> Steps:
    """Procedure: refuse the waiting call as busy."""
    if unit.book.any_in(CallState.HELD):
        raise CommandFailed("a waiting call is left to ring out while another is held")
    yield commands.hold("0")


def hold(unit: Unit) -> Steps:
    """Procedure: hold the active call, or swap. Raises NotSupported where the network says so."""
    if unit.book.any_in(CallState.WAITING):
        raise CommandFailed("AT+CHLD=2 would answer the waiting call")
    yield from _chld(unit, "2")
    yield from _check(unit, lambda: unit.book.any_in(CallState.HELD), "no call is held")


def retrieve(unit: Unit, index: int) -> Steps:
    """Procedure: make a held call the active one."""
    yield from list_calls(unit)
    call = unit.book.call(index)
    if call is None:
        raise CommandFailed(f"no call {index} to retrieve")
    if call.state is CallState.ACTIVE:
        return
    others = {other.state for other in unit.book.calls() if other.index != index}
    if call.state is not CallState.HELD or others & _SETTING_UP:
        raise CommandFailed(f"call {index} can't be retrieved in the state of the others")
    # With a waiting call, 2 alone would answer that one.
    by_index = CallState.WAITING in others or CallState.HELD in others
    yield from _chld(unit, f"2{index}" if by_index else "2")

    def active() -> bool:
        found = unit.book.call(index)
        return found is None or found.state is CallState.ACTIVE

    yield from _check(unit, active, f"call {index} stays held")


def join(unit: Unit) -> Steps:
    """Procedure: join held and active call. Raises NotSupported where the network says so."""
    if unit.book.any_in(CallState.WAITING):
        raise CommandFailed("a call waits: AT+CHLD=3 would join calls that are not meant")
    yield from _chld(unit, "3")
    yield from _check(unit, lambda: not unit.book.any_in(CallState.HELD), "a call stays held")


def transfer(unit: Unit) -> Steps:
    """Procedure: connect both parties and leave."""
    yield from _chld(unit, "4")
    yield from list_calls(unit)


def _chld(unit: Unit, action: str) -> Steps:
    if unit.family.one_call:
        raise NotSupported(f"AT+CHLD={action}: this family keeps to one call")
    try:
        yield commands.hold(action)
    except NotSupported:
        raise
    except CommandFailed as error:
        cause = yield from ask_cause()
        kind = NotSupported if cause in FEATURE_CAUSES else CommandFailed
        raise kind(str(error), cme=error.cme, cms=error.cms, cause=cause) from error


def _check(unit: Unit, reached: Callable[[], bool], otherwise: str) -> Steps:
    for _ in range(CHECKS):
        yield from list_calls(unit)
        if reached():
            return
        yield Pause(CHECK_PAUSE)
    raise CommandFailed(f"accepted without effect: {otherwise}")


def send_digits(unit: Unit, digits: str) -> Steps:
    """Procedure: send DTMF, one digit a command, with the family's gap."""
    digits = digits.upper()
    if not _DIGITS.fullmatch(digits):
        raise CommandFailed("digits are 0-9, *, # and A-D")
    for place, digit in enumerate(digits):
        if place:
            yield Pause(unit.family.digit_gap)
        active = [call for call in unit.book.calls() if call.state is CallState.ACTIVE]
        index = active[0].index if active else 1
        yield Command(unit.family.digit_command(digit, index or 1))
