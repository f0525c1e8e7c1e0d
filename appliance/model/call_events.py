"""What can happen to a call: the input of the call machine. Every event says when it happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from appliance.model.call_plan import Asking, Collection, Denial, Plan

Leg = Literal["a", "b"]
"""``a`` came in on the line that owns the call; ``b`` is the one that the box dialled."""


class LegState(StrEnum):
    """How far a leg has come, as the modem tells it (3GPP TS 27.007 §7.18)."""

    NONE = "none"
    RINGING = "ringing"
    DIALLING = "dialling"
    ALERTING = "alerting"
    ACTIVE = "active"
    HELD = "held"
    RELEASING = "releasing"
    GONE = "gone"


class Command(StrEnum):
    """A command to a modem whose outcome the machine waits for."""

    ANSWER = "answer"
    DIAL = "dial"
    HOLD = "hold"
    RETRIEVE = "retrieve"
    JOIN = "join"
    TRANSFER = "transfer"
    HANG_UP = "hang-up"


class Failure(StrEnum):
    """Why a command failed: never possible, refused this time, or no answer in time."""

    UNSUPPORTED = "unsupported"
    REFUSED = "refused"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class NumberKnown:
    """The caller's number in E.164, or None for one who hides it or never became known."""

    at: datetime
    number: str | None


@dataclass(frozen=True, slots=True)
class RouteFound:
    """Answer to FindRoute: the call goes through."""

    at: datetime
    plan: Plan


@dataclass(frozen=True, slots=True)
class RouteRefused:
    """Answer to FindRoute: the call does not go through."""

    at: datetime
    denial: Denial


@dataclass(frozen=True, slots=True)
class AnswerWanted:
    """Answer to FindRoute: the application has to be asked first."""

    at: datetime
    asking: Asking


@dataclass(frozen=True, slots=True)
class DigitsWanted:
    """Answer to FindRoute: the caller has to type an extension first, or once more."""

    at: datetime
    collection: Collection


@dataclass(frozen=True, slots=True)
class CommandDone:
    """A command succeeded."""

    at: datetime
    command: Command
    leg: Leg


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """A command failed. ``cause`` is Q.850 where one is known."""

    at: datetime
    command: Command
    leg: Leg
    failure: Failure
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class LegChanged:
    """A leg's state, as its modem reports it."""

    at: datetime
    leg: Leg
    state: LegState
    multiparty: bool = False


@dataclass(frozen=True, slots=True)
class LegEnded:
    """A leg is over. ``cause`` is Q.850, None when the modem knows none."""

    at: datetime
    leg: Leg
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class LegLost:
    """A leg's line went away: nothing is known of the leg any more, nothing can be done to it."""

    at: datetime
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegTaken:
    """Leg a belongs to another call from now on: its person was about to be called by that one."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class CallsListed:
    """Answer to ListCalls: each leg's state, None where the modem lists no such call."""

    at: datetime
    a: LegState | None
    b: LegState | None
    multiparty: bool = False


@dataclass(frozen=True, slots=True)
class WaitingCame:
    """A second caller waits on the owner's line."""

    at: datetime


@dataclass(frozen=True, slots=True)
class WaitingTaken:
    """The network made the second caller's call active (a hold crossed with its arrival)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class WaitingGone:
    """The second caller's call is not listed any more."""

    at: datetime


@dataclass(frozen=True, slots=True)
class SecondGranted:
    """A second line is reserved. ``shown`` is its number; its modem has facts of its own."""

    at: datetime
    shown: str
    answered_is_true: bool = True


@dataclass(frozen=True, slots=True)
class SecondDenied:
    """No second line is free."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnRouteKept:
    """The return route is on disk, or could not be written (``kept`` False)."""

    at: datetime
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """A play has ended or was cut."""

    at: datetime
    play_id: int


@dataclass(frozen=True, slots=True)
class AudioLost:
    """The voice port of a leg's line cannot be used any more."""

    at: datetime
    leg: Leg


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """A key was pressed at the far end of a port."""

    at: datetime
    leg: Leg
    digit: str


@dataclass(frozen=True, slots=True)
class RecordingDone:
    """The recording's file stands under its name; ``sha256`` is empty when it was too short."""

    at: datetime
    seconds: float
    sha256: str


@dataclass(frozen=True, slots=True)
class RecordingLost:
    """The recording could not be made."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class VoiceNoted:
    """Something is wrong with a leg's voice in the conversation."""

    at: datetime
    leg: Leg
    what: Literal["clipping", "silence", "noise", "stalled", "announcement"]


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer that the machine set, and did not stop, has run out."""

    at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The application, or the box itself (when it stops), ends the call."""

    at: datetime
    by: Literal["application", "box"]


CallEvent = (
    NumberKnown
    | RouteFound
    | RouteRefused
    | AnswerWanted
    | DigitsWanted
    | CommandDone
    | CommandFailed
    | LegChanged
    | LegEnded
    | LegLost
    | LegTaken
    | CallsListed
    | WaitingCame
    | WaitingTaken
    | WaitingGone
    | SecondGranted
    | SecondDenied
    | ReturnRouteKept
    | Said
    | AudioLost
    | DigitPressed
    | RecordingDone
    | RecordingLost
    | VoiceNoted
    | TimerFired
    | StopAsked
)
