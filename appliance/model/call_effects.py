"""What the call machine wants done: its output. Nothing here waits; outcomes come as events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from appliance.model.call_events import Leg

Kind = Literal["callin", "collectInfo", "callout", "alerting", "answer", "disconnect", "fee"]
KINDS: tuple[Kind, ...] = (
    "callin",
    "collectInfo",
    "callout",
    "alerting",
    "answer",
    "disconnect",
    "fee",
)
"""The events of a call in the only order in which they may be told; ``collectInfo`` once for every
extension that the caller typed, the others once."""


@dataclass(frozen=True, slots=True)
class FindRoute:
    """Read the facts and route.

    RouteFound, RouteRefused, AnswerWanted or DigitsWanted follows.
    """

    caller: str | None


@dataclass(frozen=True, slots=True)
class AskApplication:
    """Ask the application where the call goes; RouteFound or RouteRefused follows, in time."""


@dataclass(frozen=True, slots=True)
class FindExtension:
    """Route by the digits that were typed, empty for none; answered as FindRoute is.

    Args:
        tries: How often the caller has typed by now.
    """

    digits: str
    tries: int


@dataclass(frozen=True, slots=True)
class RememberCaller:
    """Keep the caller as whom A reaches by calling back. Not answered."""

    subscription_id: str
    caller: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer leg a."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Dial leg b, on the second line or on the owner's own."""

    number: str
    second: bool


@dataclass(frozen=True, slots=True)
class Hold:
    """Put leg a on hold."""


@dataclass(frozen=True, slots=True)
class Retrieve:
    """Make the held leg a the active one."""


@dataclass(frozen=True, slots=True)
class Join:
    """Join both legs in a multiparty."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Connect both legs and leave."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Release one leg and no other."""

    leg: Leg


@dataclass(frozen=True, slots=True)
class RefuseWaiting:
    """Refuse the second caller as busy; asked for only while no call is held."""


@dataclass(frozen=True, slots=True)
class ListCalls:
    """Ask the owner's modem what it carries; CallsListed follows."""


@dataclass(frozen=True, slots=True)
class ReserveSecond:
    """Find a free second line, best first; SecondGranted or SecondDenied follows."""

    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseSecond:
    """Give the second line back."""


@dataclass(frozen=True, slots=True)
class KeepReturnRoute:
    """Write that ``callee``, calling ``shown``, reaches the caller; ReturnRouteKept follows.

    Args:
        subscription_id: The relation that leads back; None in X mode, where the application of
            ``bind_number`` is asked again.
        caller: The other person, for relations that do not name it.
    """

    shown: str
    callee: str
    subscription_id: str | None
    bind_number: str
    caller: str | None


@dataclass(frozen=True, slots=True)
class OpenAudio:
    """Open the voice port of a leg's line."""

    leg: Leg


@dataclass(frozen=True, slots=True)
class CloseAudio:
    """Close the voice port of a leg's line."""

    leg: Leg


@dataclass(frozen=True, slots=True)
class Play:
    """Play to the port of a leg's line; Said follows with the same ``play_id``."""

    leg: Leg
    play_id: int
    sources: tuple[str, ...]
    loop: bool = False
    mix: bool = False
    interruptible: bool = False


@dataclass(frozen=True, slots=True)
class StopPlay:
    """Cut what plays there."""

    leg: Leg


@dataclass(frozen=True, slots=True)
class Bridge:
    """Let both ports hear each other, or not."""

    on: bool


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record the call under this name; RecordingDone follows its end."""

    name: str


@dataclass(frozen=True, slots=True)
class Listen:
    """Detect digits on a port, or stop to."""

    leg: Leg
    on: bool


@dataclass(frozen=True, slots=True)
class SendDigit:
    """Press a key on a leg, by its modem (``AT+VTS``): what the other side pressed."""

    leg: Leg
    digit: str


@dataclass(frozen=True, slots=True)
class CloseMedia:
    """End everything of the call in the media room, recording included."""


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Set a timer anew.

    Args:
        name: One of each name runs at most.
        seconds: Until TimerFired.
        radio: The time belongs to the radio, so that a faster virtual radio shortens it.
    """

    name: str
    seconds: float
    radio: bool = False


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Stop a timer; harmless when it does not run."""

    name: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Write the record and this event of it in one transaction."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Save:
    """Write the record."""


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep with the SIM that the network refused a service for good: ``hold`` or ``multiparty``."""

    service: Literal["hold", "multiparty"]


@dataclass(frozen=True, slots=True)
class Finish:
    """The call is over and told: forget it. The last effect of every call."""


CallEffect = (
    FindRoute
    | AskApplication
    | FindExtension
    | RememberCaller
    | Answer
    | Dial
    | Hold
    | Retrieve
    | Join
    | Transfer
    | HangUp
    | RefuseWaiting
    | ListCalls
    | ReserveSecond
    | ReleaseSecond
    | KeepReturnRoute
    | OpenAudio
    | CloseAudio
    | Play
    | StopPlay
    | Bridge
    | StartRecording
    | Listen
    | SendDigit
    | CloseMedia
    | StartTimer
    | StopTimer
    | Tell
    | Save
    | Remember
    | Finish
)
