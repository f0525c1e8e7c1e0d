"""What line workers put into each other's inboxes, beside the events of modems and media."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appliance.model.call_events import Command, Failure, LegState
from drivers.modem import AudioSpec, Modem
from drivers.rack import Health


class Inbox(Protocol):
    """Where a message can be left: never blocks, may be called on any thread."""

    def post(self, message: object) -> None:
        """Leave a message."""


@dataclass(frozen=True, slots=True)
class TimerDue:
    """A timer of the line has run out; ``serial`` tells it from one that replaced it."""

    owner: str
    name: str
    serial: int


@dataclass(frozen=True, slots=True)
class StoreDone:
    """A write was committed, or failed: ``then`` is to be called on the line's thread."""

    then: Callable[[object, BaseException | None], None]
    value: object
    error: BaseException | None


@dataclass(frozen=True, slots=True)
class Ask:
    """Something to be run on the line's thread for an outsider who waits with a deadline."""

    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class StopCall:
    """End a call on the application's demand."""

    session_id: str
    answer: Callable[[bool], None]


@dataclass(frozen=True, slots=True)
class AdoptText:
    """A text that arrived on another line leaves from this one."""

    text_id: int


@dataclass(frozen=True, slots=True)
class ModemAdded:
    """The line's modem is there, anew."""

    modem: Modem


@dataclass(frozen=True, slots=True)
class ModemRemoved:
    """The line's modem was pulled out."""


@dataclass(frozen=True, slots=True)
class RecoveryTold:
    """How the recovery of the line's socket stands."""

    health: Health


@dataclass(frozen=True, slots=True)
class Wake:
    """An operator says that a resting line is well again."""


@dataclass(frozen=True, slots=True)
class Restart:
    """An operator wants the modem started anew."""


@dataclass(frozen=True, slots=True)
class EnrolmentChanged:
    """A SIM was enrolled, released or replaced: look again whose this one is."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """Somebody has been at the modem by hand: what its SIM has with the network may be new."""


@dataclass(frozen=True, slots=True)
class DrainCalls:
    """No new calls; those that are up are ended, or left to live on."""

    leave: bool


@dataclass(frozen=True, slots=True)
class Quit:
    """End the worker."""


# --- a second line, lent to a call that another worker owns ---------------------------------------


@dataclass(frozen=True, slots=True)
class Reserve:
    """Lend your line to a call, if it is free. Answered by Reserved with the same ticket.

    Args:
        callee: Who will be called on it, where that person's own call to this line would be about
            the same conversation (AXYB): the two calls are joined.
        since: When the asking call came in.
    """

    ticket: int
    session_id: str
    owner: Inbox
    callee: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """Answer to Reserve.

    Args:
        line: The MSISDN of the line, None when it is not free.
        audio: Where its voice is.
        answered_is_true: As in the modem's facts.
        lender: Where Guest messages go.
    """

    ticket: int
    session_id: str
    line: str | None
    audio: AudioSpec | None = None
    answered_is_true: bool = True
    lender: Inbox | None = None


@dataclass(frozen=True, slots=True)
class GuestDial:
    """Dial the second leg."""

    ticket: int
    number: str


@dataclass(frozen=True, slots=True)
class GuestPress:
    """Press a key on the second leg."""

    ticket: int
    digit: str


@dataclass(frozen=True, slots=True)
class GuestHangUp:
    """Release the second leg."""

    ticket: int


@dataclass(frozen=True, slots=True)
class GuestRelease:
    """The line is not needed any more; a leg that is still up is released."""

    ticket: int


@dataclass(frozen=True, slots=True)
class GuestOutcome:
    """To the owner: what became of a command to the second leg; ``failure`` None is success."""

    ticket: int
    session_id: str
    command: Command
    failure: Failure | None = None
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class GuestLeg:
    """To the owner: the second leg has this state, GONE with its Q.850 cause.

    ``index`` is the call's index on its own line, for the journal.
    """

    ticket: int
    session_id: str
    state: LegState
    cause: int | None = None
    index: int = 0


@dataclass(frozen=True, slots=True)
class GuestDigit:
    """To the owner: the modem of the second leg reports a key."""

    ticket: int
    session_id: str
    digit: str


@dataclass(frozen=True, slots=True)
class GuestLost:
    """To the owner: the second line is gone."""

    ticket: int
    session_id: str
