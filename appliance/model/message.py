"""The relay of one text as a machine: ``step(relay, event) -> (relay, effects)``.

A part is written to the network at most once unless an attempt certainly failed. An attempt whose
outcome is open (a timeout or a crash between Ctrl-Z and the answer) waits for its status report; if
none comes it is declared unknown and never repeated. The parts after it still go: what the person
has then is as much as there can be. Exactly one :class:`Finish` ends a relay.

Effects are carried out in order; each says which event answers it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class PartState(StrEnum):
    """Where one part is."""

    WAITING = "waiting"
    NOTING = "noting"
    """The journal is being written."""
    SENDING = "sending"
    """Given to the modem."""
    OPEN = "open"
    """The modem may have sent it: only a report can tell."""
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


SETTLED = frozenset({PartState.SENT, PartState.FAILED, PartState.UNKNOWN})
UNDER_WAY = frozenset({PartState.NOTING, PartState.SENDING, PartState.OPEN})


class Outcome(StrEnum):
    """How a relay ended; the values are states of the store's ``texts``."""

    SENT = "sent"
    PARTLY = "partly"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """One part: ``attempts`` counts those that were noted in the journal."""

    state: PartState = PartState.WAITING
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Relay:
    """A text on its way out; ``parts`` in the order of sending."""

    parts: tuple[Part, ...]
    finished: bool = False

    @property
    def waiting(self) -> int:
        """How many parts still have to be written."""
        return sum(part.state is PartState.WAITING for part in self.parts)

    @property
    def under_way(self) -> bool:
        """True while a part's outcome is open: nothing else goes to the same person."""
        return any(part.state in UNDER_WAY for part in self.parts)


# --- events: ``part`` counts from 1 ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """The line has room for one part of this text."""


@dataclass(frozen=True, slots=True)
class Noted:
    """The journal row of a part is on the disk."""

    part: int


@dataclass(frozen=True, slots=True)
class NotNoted:
    """The journal could not be written: nothing was sent."""

    part: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service centre has taken the part."""

    part: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The part was certainly not sent. ``final``: no further attempt."""

    part: int
    final: bool


@dataclass(frozen=True, slots=True)
class OutcomeOpen:
    """Nobody knows whether the part was sent: no answer came after Ctrl-Z, or the box died then."""

    part: int


@dataclass(frozen=True, slots=True)
class Reported:
    """A status report shows that the service centre has the part."""

    part: int


@dataclass(frozen=True, slots=True)
class NoReport:
    """The wait for a report of an open part is over."""

    part: int


@dataclass(frozen=True, slots=True)
class Expired:
    """The text is too old to be sent on."""


Event = Turn | Noted | NotNoted | Accepted | Refused | OutcomeOpen | Reported | NoReport | Expired

# --- effects -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Note:
    """Put the attempt in the journal; answered by Noted or NotNoted."""

    part: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Submit:
    """Give the part to the modem; answered by Accepted, Refused or OutcomeOpen."""

    part: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Settle:
    """Put the attempt's outcome in the journal. Not answered."""

    part: int
    attempt: int
    state: PartState


@dataclass(frozen=True, slots=True)
class AwaitReport:
    """Wait for a report of the open part; answered by Reported or NoReport."""

    part: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Record the outcome and tell the application. Not answered."""

    outcome: Outcome
    sent: int


Effect = Note | Submit | Settle | AwaitReport | Finish


def relay_of(parts: int) -> Relay:
    """Return a relay of ``parts`` parts (1-255), none of them begun."""
    return Relay(tuple(Part() for _ in range(parts)))


def step(relay: Relay, event: Event) -> tuple[Relay, tuple[Effect, ...]]:
    """Return what a relay becomes by an event and what has to be done.

    An event that does not fit the part's state (a late answer to what a report has settled) changes
    nothing.
    """
    if relay.finished:
        return relay, ()
    match event:
        case Turn():
            return _turn(relay)
        case Expired():
            return _conclude(_give_up(relay), ())
        case _:
            return _of_part(relay, event)


def _turn(relay: Relay) -> tuple[Relay, tuple[Effect, ...]]:
    if relay.under_way:
        return relay, ()
    for number, part in enumerate(relay.parts, start=1):
        if part.state is PartState.WAITING:
            noting = Part(PartState.NOTING, part.attempts + 1)
            return _put(relay, number, noting), (Note(number, noting.attempts),)
    return _conclude(relay, ())


def _of_part(
    relay: Relay,
    event: Noted | NotNoted | Accepted | Refused | OutcomeOpen | Reported | NoReport,
) -> tuple[Relay, tuple[Effect, ...]]:
    if not 1 <= event.part <= len(relay.parts):
        return relay, ()
    part = relay.parts[event.part - 1]
    move = _move(part, event)
    if move is None:
        return relay, ()
    moved, effects = move
    relay = _put(relay, event.part, moved)
    if moved.state is PartState.FAILED:
        relay = _give_up(relay)
    return _conclude(relay, effects)


def _move(part: Part, event: Event) -> tuple[Part, tuple[Effect, ...]] | None:
    """Return the part after the event with its effects, or None when the event does not fit."""
    at = part.attempts
    match event, part.state:
        case Noted(number), PartState.NOTING:
            return replace(part, state=PartState.SENDING), (Submit(number, at),)
        case NotNoted(), PartState.NOTING:
            return Part(PartState.WAITING, at - 1), ()
        case Accepted(number), PartState.SENDING:
            return _settled(part, number, PartState.SENT)
        case Refused(number, final), PartState.SENDING:
            after = PartState.FAILED if final else PartState.WAITING
            return replace(part, state=after), (Settle(number, at, PartState.FAILED),)
        case OutcomeOpen(number), PartState.SENDING:
            return replace(part, state=PartState.OPEN), (AwaitReport(number),)
        case Reported(number), PartState.SENDING | PartState.OPEN:
            return _settled(part, number, PartState.SENT)
        case NoReport(number), PartState.OPEN:
            return _settled(part, number, PartState.UNKNOWN)
        case _:
            return None


def _settled(part: Part, number: int, state: PartState) -> tuple[Part, tuple[Effect, ...]]:
    return replace(part, state=state), (Settle(number, part.attempts, state),)


def _give_up(relay: Relay) -> Relay:
    """Parts that were not begun will not be."""
    parts = tuple(
        replace(part, state=PartState.FAILED) if part.state is PartState.WAITING else part
        for part in relay.parts
    )
    return replace(relay, parts=parts)


def _conclude(relay: Relay, effects: tuple[Effect, ...]) -> tuple[Relay, tuple[Effect, ...]]:
    if not all(part.state in SETTLED for part in relay.parts):
        return relay, effects
    states = {part.state for part in relay.parts}
    sent = sum(part.state is PartState.SENT for part in relay.parts)
    if PartState.UNKNOWN in states:
        outcome = Outcome.UNKNOWN
    elif states == {PartState.SENT}:
        outcome = Outcome.SENT
    else:
        outcome = Outcome.PARTLY if sent else Outcome.FAILED
    return replace(relay, finished=True), (*effects, Finish(outcome, sent))


def _put(relay: Relay, number: int, part: Part) -> Relay:
    parts = list(relay.parts)
    parts[number - 1] = part
    return replace(relay, parts=tuple(parts))
