"""What sending goes by: settings, quiet hours, the advice for an error, a journal read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from datetime import time as time_of_day

from appliance.model import budget
from appliance.model.allowances import CHINA
from appliance.model.message import Part, PartState, Relay
from appliance.model.sms_causes import NO_ANSWER, NOT_SUPPORTED, NOT_WRITTEN, Advice, advice
from appliance.store.sends import Send
from drivers.errors import (
    Cancelled,
    CommandFailed,
    CommandTimeout,
    DriverError,
    NotSupported,
    PortLost,
)


@dataclass(frozen=True, slots=True)
class DispatchSettings:
    """How texts are sent on.

    Args:
        rules: Allowances by scope (``budget.PER_SIM`` …), in parts; the SIM's is 6 a minute.
        speed: Factor on allowances, pauses and the wait for reports, 1 on real radio.
        report_wait: Seconds, from its beginning, that a send whose outcome is open waits for its
            report.
        expire: A text older than this is not begun any more.
        quiet: From and until when nothing is sent, by the clock of ``zone``; may span midnight.
        parts_left: Returns how many parts a line's SIM may still send this month, None without
            measure; a text of more parts than that fails at once.
    """

    rules: Mapping[str, budget.Rule] = field(
        default_factory=lambda: {budget.PER_SIM: budget.SMS_PARTS}
    )
    speed: float = 1.0
    report_wait: float = 120.0
    expire: timedelta = timedelta(hours=24)
    quiet: tuple[time_of_day, time_of_day] | None = None
    zone: tzinfo = CHINA
    parts_left: Callable[[str], int | None] | None = None


def quiet_for(settings: DispatchSettings, now: datetime) -> float:
    """Return the seconds until the quiet hours end, 0 outside of them."""
    if settings.quiet is None:
        return 0.0
    begin, end = settings.quiet
    local = now.astimezone(settings.zone)
    at = local.time()
    inside = begin <= at < end if begin <= end else at >= begin or at < end
    if not inside:
        return 0.0
    until = datetime.combine(local.date(), end, local.tzinfo)
    return ((until if until > local else until + timedelta(days=1)) - local).total_seconds()


def relay_from(parts: int, sends: Iterable[Send]) -> Relay:
    """Return a relay as the journal left it.

    ``writing`` rows are sends with an open outcome if their modem had asked for the part;
    otherwise the same attempt is still to be made.
    """
    states = {
        "writing": PartState.OPEN,
        "accepted": PartState.SENT,
        "unknown": PartState.UNKNOWN,
        "failed": PartState.WAITING,
    }
    found = [Part() for _ in range(parts)]
    for send in sends:  # in the order of attempts: the last one tells
        if send.state == "writing" and send.prompted_at is None:
            found[send.part - 1] = Part(PartState.WAITING, send.attempt - 1)
        else:
            found[send.part - 1] = Part(states[send.state], send.attempt)
    return Relay(tuple(found))


def advice_for(error: DriverError) -> Advice:
    """Return what to do after a modem's error."""
    match error:
        case NotSupported():
            return NOT_SUPPORTED
        case CommandFailed():
            return advice(error.cms)
        case CommandTimeout():
            return NO_ANSWER if error.outcome_unknown else NOT_WRITTEN
        case Cancelled() | PortLost():
            return NOT_WRITTEN  # had Ctrl-Z gone out, it would be a timeout with open outcome
        case _:
            return NO_ANSWER
