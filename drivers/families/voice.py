"""Host audio switched on when a call is active and put in order after the last one."""

from __future__ import annotations

import logging
import time

from drivers.at.commands import Command
from drivers.at.queue import Pause
from drivers.errors import CommandFailed
from drivers.families.family import AudioPlan
from drivers.families.unit import Steps, Unit, attempt
from drivers.modem import CallState

_log = logging.getLogger(__name__)


def plan_of(unit: Unit) -> AudioPlan | None:
    """Return the plan for this modem's audio port, None without one."""
    return unit.family.audio.get(unit.socket.audio.kind) if unit.socket.audio else None


def switch_on(unit: Unit) -> Steps:
    """Procedure: switch host audio on; what is refused is repeated while a call is active.

    A call that is held before its voice is on leaves ``unit.voice_on`` false: the next active call
    asks again.
    """
    plan = plan_of(unit)
    if plan is None or not plan.when_active:
        return
    *before, last = plan.when_active
    for text in before:
        yield from attempt(text)
    give_up = time.monotonic() + plan.retry_for
    refusals = 0
    while unit.book.any_in(CallState.ACTIVE):
        try:
            yield Command(last)
        except CommandFailed as error:
            refusals += 1
            if time.monotonic() >= give_up:
                _log.error("%s: no voice: %s", unit.socket.name, error)
                return
            yield Pause(plan.retry_every)
        else:
            # Late acceptance is how some firmware announces that its voice is about to fail.
            _log.log(
                logging.WARNING if refusals > 1 else logging.DEBUG,
                "%s: voice on after %d refusals",
                unit.socket.name,
                refusals,
            )
            return
    unit.voice_on = False


def switch_off(unit: Unit) -> Steps:
    """Procedure: after the last call, switch host audio off and prepare the next call's."""
    plan = plan_of(unit)
    for text in (*plan.when_idle, *plan.at_start) if plan else ():
        if len(unit.book):
            return  # the next call has begun: its voice is not ours to touch
        yield from attempt(text)
