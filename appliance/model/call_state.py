"""The state of a call between two events, and the turn in which one event changes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from appliance.model import causes
from appliance.model.call_effects import CallEffect, Kind, Play, Save, StartTimer, StopTimer, Tell
from appliance.model.call_events import Leg, LegState
from appliance.model.call_plan import Collection, Denial, Limits, Plan, Strategy
from appliance.model.records import CallRecord


class Phase(StrEnum):
    """What the call is waiting for."""

    NUMBER = "number"
    ROUTING = "routing"
    ASKING = "asking"
    COLLECTING = "collecting"
    ANSWERING = "answering"
    SAYING = "saying"
    HOLDING = "holding"
    BLOCKED = "blocked"
    RESERVING = "reserving"
    DIALLING = "dialling"
    CONFIRMING = "confirming"
    NOTICE = "notice"
    JOINING = "joining"
    TALKING = "talking"
    APOLOGY = "apology"
    RETRIEVING = "retrieving"
    TELLING = "telling"
    ENDING = "ending"
    DONE = "done"


class Step(StrEnum):
    """A step that a waiting call keeps from being taken (3GPP TS 22.030 §6.5.5)."""

    HOLD = "hold"
    DIAL = "dial"
    RETRIEVE = "retrieve"
    JOIN = "join"


GONE = frozenset({LegState.NONE, LegState.GONE})
"""States in which a leg needs no hang-up."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Args:
        record: What the store holds of it; the machine alone changes it.
        collection: How the caller is asked for an extension, None where it is not; ``digits`` is
            what was typed so far, ``typed`` how often an extension was typed.
        strategy: The one being tried; ``untried`` are left.
        answering: Leg a was told to be answered.
        b_second: Leg b is, or will be, on the second line.
        second: The number of the reserved second line.
        route_kept: The return route that this strategy needs is on disk, or none is needed.
        waiting: A second caller's call is on the owner's line; ``taken``: it became active.
        after_waiting: What is done once it is gone.
        then: What follows when leg a is back: ``tell`` or ``attempt``.
        saying: Play ids by leg's port: what has to end before the call goes on.
        waits: Play id of the waiting tone while leg a hears it, else 0.
        a_told: Leg a has heard what it has to hear; ``b_told`` likewise.
        failure: Why the second leg failed, while leg a is told; ``failure_by`` whose doing it was.
        regret: Why the strategies tried so far did not work, told if none is left.
        tried: Second lines that could not dial.
        told: The events told so far.
        joined: The conversation is up.
        recording: The media room records.
        fee_due: The disconnect is told and its fee waits for the recording's file.
        tries: How often the release of a leg was asked for.
    """

    record: CallRecord
    limits: Limits
    phase: Phase = Phase.NUMBER
    plan: Plan | None = None
    denial: Denial | None = None
    collection: Collection | None = None
    digits: str = ""
    typed: int = 0
    strategy: Strategy | None = None
    untried: tuple[Strategy, ...] = ()
    a: LegState = LegState.RINGING
    b: LegState = LegState.NONE
    answering: bool = False
    b_second: bool = False
    second: str | None = None
    route_kept: bool = True
    waiting: bool = False
    taken: bool = False
    after_waiting: Step | None = None
    then: str = "tell"
    saying: tuple[tuple[Leg, int], ...] = ()
    plays: int = 0
    waits: int = 0
    a_told: bool = False
    b_told: bool = False
    audio_a: bool = False
    audio_b: bool = False
    failure: causes.Outcome | None = None
    failure_by: str = "callee"
    regret: causes.Outcome | None = None
    tried: tuple[str, ...] = ()
    told: tuple[Kind, ...] = ()
    joined: bool = False
    recording: bool = False
    fee_due: bool = False
    tries: int = 0

    @property
    def conference(self) -> bool:
        """Both legs are, or will be, on the owner's line."""
        return self.strategy is not None and not self.b_second

    @property
    def how_far(self) -> causes.Phase:
        """How far the call has come, in the words of the causes."""
        if self.joined:
            return causes.Phase.ANSWERED
        if self.record.alerting_at is not None:
            return causes.Phase.RINGING
        if self.record.forward_at is not None:
            return causes.Phase.DIALLING
        return causes.Phase.INCOMING

    @property
    def port_b(self) -> Leg:
        """The port through which leg b is spoken to: in a conference it is the line's only one."""
        return "b" if self.b_second else "a"

    def audio(self, port: Leg) -> bool:
        """Return whether that port is open."""
        return self.audio_a if port == "a" else self.audio_b

    def state(self, leg: Leg) -> LegState:
        """Return a leg's state."""
        return self.a if leg == "a" else self.b


class Turn:
    """One event being dealt with: the call as it becomes, and what is to be done, in order."""

    __slots__ = ("at", "call", "effects", "retry")

    def __init__(self, call: Call, at: datetime) -> None:
        self.call = call
        self.at = at
        self.effects: list[CallEffect] = []
        self.retry = False  # the next strategy is to be tried before the turn is over

    def do(self, *effects: CallEffect) -> None:
        """Add effects."""
        self.effects.extend(effects)

    def set(self, **fields: Any) -> None:
        """Change fields of the call."""
        self.call = replace(self.call, **fields)

    def leg(self, leg: Leg, state: LegState) -> None:
        """Change a leg's state."""
        self.call = replace(self.call, a=state) if leg == "a" else replace(self.call, b=state)

    def write(self, **fields: Any) -> None:
        """Change fields of the record."""
        self.call = replace(self.call, record=replace(self.call.record, **fields))

    def note(self, text: str) -> None:
        """Add a sentence to the box's own record of the call, once."""
        if text not in self.call.record.notes:
            self.write(notes=(*self.call.record.notes, text))

    def tell(self, kind: Kind) -> bool:
        """Tell an event unless it was told; return whether it is told now."""
        if kind in self.call.told and kind != "collectInfo":
            return False
        if kind not in self.call.told:
            self.set(told=(*self.call.told, kind))
        self.do(Tell(kind))
        return True

    def save(self) -> None:
        """Write the record unless nothing can be changed any more."""
        if "fee" not in self.call.told:
            self.do(Save())

    def timer(self, name: str, seconds: float, *, radio: bool = False) -> None:
        """Set a timer."""
        self.do(StartTimer(name, seconds, radio))

    def stop_timers(self, *names: str) -> None:
        """Stop timers."""
        self.do(*(StopTimer(name) for name in names))

    def play(
        self,
        port: Leg,
        sources: tuple[str, ...],
        *,
        loop: bool = False,
        mix: bool = False,
        interruptible: bool = False,
    ) -> int:
        """Play on a port and return the play's id."""
        number = self.call.plays + 1
        self.set(plays=number)
        self.do(Play(port, number, sources, loop, mix, interruptible))
        return number

    def say(self, port: Leg, sources: tuple[str, ...], *, interruptible: bool = False) -> bool:
        """Say what has to be heard before the call goes on; False when there is nothing to say."""
        if not sources or not self.call.audio(port):
            return False
        number = self.play(port, sources, interruptible=interruptible)
        others = tuple(item for item in self.call.saying if item[0] != port)
        self.set(saying=(*others, (port, number)))
        return True

    def hush(self, port: Leg) -> None:
        """Wait no more for what is said on a port."""
        self.set(saying=tuple(item for item in self.call.saying if item[0] != port))


def new_call(record: CallRecord, limits: Limits) -> Call:
    """Return a call that rings."""
    return Call(record=record, limits=limits)
