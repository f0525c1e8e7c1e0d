"""A mobile station: one SIM in one terminal, its registration and its ends of calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.virtual.dtmf import is_digits, key_frames
from drivers.virtual.reactor import Handle
from drivers.virtual.terminal import Call, CallStatus, Outcome, Sim, Terminal

if TYPE_CHECKING:
    from drivers.virtual.network import Network

OFF, HOME, SEARCHING, DENIED, ROAMING = 0, 1, 2, 3, 5
"""``<stat>`` of ``+CREG`` (3GPP TS 27.007 §7.2) as far as this network gives it."""

_MOST_CALLS = 7  # transaction identifiers of one side (3GPP TS 24.007 §11.2.3.1.3)


@dataclass(eq=False, kw_only=True)
class Leg(Call):
    """One end of a call, with what the switch needs to know about it.

    Args:
        owner: Whose end it is.
        peer: The other end; None while it is routed and once the other end has gone.
        hide: The caller withholds the number.
        timers: What is to happen to this end, cancelled with it.
        waited: Frames of ringing tone that this end has heard.
        told_end: Its terminal knows that it is over.
    """

    owner: Station
    peer: Leg | None = None
    hide: bool = False
    timers: list[Handle] = field(default_factory=list)
    waited: int = 0
    told_end: bool = False

    @property
    def over(self) -> bool:
        """True once released."""
        return self.status is CallStatus.RELEASED

    @property
    def open(self) -> bool:
        """True while voice passes: answered and held by neither side."""
        return (
            self.status is CallStatus.ACTIVE
            and self.peer is not None
            and self.peer.status is CallStatus.ACTIVE
        )

    def stop_timers(self) -> None:
        """Cancel everything that was to happen to this end."""
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()


class Station:
    """A :class:`~drivers.virtual.terminal.Subscriber`, made by :meth:`Network.attach`.

    Args:
        network: Where it is attached.
        sim: Its identity and services.
        terminal: What is told of everything.
        kind: ``line`` or ``phone``, the key of its number in the journal.
    """

    def __init__(self, network: Network, sim: Sim, terminal: Terminal, kind: str) -> None:
        self.sim, self.terminal, self.kind = sim, terminal, kind
        self.calls: list[Call] = []
        self.first_index = 1  # some makes count from higher
        self.status = OFF
        self.vanished = False  # the network was not told: it pages in vain before it gives up
        self.requests: deque[tuple[str, Outcome]] = deque()
        self.keys: deque[tuple[Leg, str]] = deque()
        self._network = network
        self._key: deque[bytes] = deque()
        self._on = False
        self._covered = True
        self._allowed = True
        self._abroad = False
        self.refusal: int | None = None  # cause of every call and text that it begins
        self._registering: Handle | None = None

    # --- what it is -------------------------------------------------------------------------------

    @property
    def msisdn(self) -> str:
        """Its number, ``+`` and digits."""
        return self.sim.msisdn

    @property
    def who(self) -> dict[str, str]:
        """Its number under ``line`` or ``phone``, for the journal."""
        return {self.kind: self.sim.msisdn}

    @property
    def registered(self) -> bool:
        """True while calls and texts reach it."""
        return self.status in {HOME, ROAMING}

    @property
    def legs(self) -> list[Leg]:
        """Its ends of calls, by index."""
        return [call for call in self.calls if isinstance(call, Leg)]

    def in_state(self, *states: CallStatus) -> list[Leg]:
        """Return its ends of calls that are in one of ``states``."""
        return [leg for leg in self.legs if leg.status in states]

    @property
    def active(self) -> list[Leg]:
        """The active call, or all of an active multiparty."""
        return self.in_state(CallStatus.ACTIVE)

    @property
    def held(self) -> list[Leg]:
        """The held call, or all of a held multiparty."""
        return self.in_state(CallStatus.HELD)

    @property
    def outgoing(self) -> list[Leg]:
        """The call that is being set up from here."""
        return self.in_state(CallStatus.DIALLING, CallStatus.ALERTING)

    @property
    def offered(self) -> Leg | None:
        """The call that rings or waits here."""
        legs = self.in_state(CallStatus.INCOMING, CallStatus.WAITING)
        return legs[0] if legs else None

    def free_index(self) -> int | None:
        """Return the smallest free call index, None if all up to the seventh are taken."""
        used = {call.index for call in self.calls}
        every = range(self.first_index, _MOST_CALLS + 1)
        return next((index for index in every if index not in used), None)

    def own(self, call: Call) -> Leg | None:
        """Return ``call`` if it is one of this station's and not over."""
        return call if isinstance(call, Leg) and call in self.calls else None

    # --- radio ------------------------------------------------------------------------------------

    def radio(self, on: bool, *, abrupt: bool = False) -> None:
        """Switch the radio on or off; see :class:`~drivers.virtual.terminal.Subscriber`."""
        if on == self._on:
            return
        self._on = on
        if on:
            self._search()
        else:
            self._leave(OFF, abrupt=abrupt)

    def register_at_once(self) -> None:
        """Switch the radio on where it has been on for long: registered without a search."""
        self._on = True
        self._search(at_once=True)

    def cover(self, covered: bool) -> None:
        """Bring the station into the network's reach or out of it."""
        if covered == self._covered:
            return
        self._covered = covered
        if not self._on:
            return
        if covered:
            self._search()
        else:
            self._leave(SEARCHING, abrupt=True)

    def allow(self, allowed: bool) -> None:
        """Accept the SIM at registration, or deny it."""
        if allowed == self._allowed:
            return
        self._allowed = allowed
        if self._on and self._covered:
            self._leave(SEARCHING, abrupt=False)
            self._search()

    def abroad(self, abroad: bool) -> None:
        """Take the station abroad, where it roams, or home again."""
        if abroad == self._abroad:
            return
        self._abroad = abroad
        if self._on and self._covered:
            self._leave(SEARCHING, abrupt=False)
            self._search()

    def _search(self, *, at_once: bool = False) -> None:
        self._become(SEARCHING)
        if not self._covered:
            return
        if at_once:
            self._register()
            return
        wait = self._network.pace.span(self._network.pace.times.registration)
        self._registering = self._network.reactor.after(wait, self._register)

    def _register(self) -> None:
        self._registering = None
        self.vanished = False
        home = ROAMING if self._abroad else HOME
        self._become(home if self._allowed else DENIED)
        if self.registered:
            self._network.smsc.reachable(self)

    def _leave(self, status: int, *, abrupt: bool) -> None:
        if self._registering is not None:
            self._registering.cancel()
            self._registering = None
        self.vanished = abrupt and (self.registered or self.vanished)
        self._become(status)
        self._network.switch.lose(self, abrupt=abrupt)

    def _become(self, status: int) -> None:
        if status == self.status:
            return
        self.status = status
        self._network.journal.add("registration", **self.who, status=status)
        self.terminal.registration_changed(status)

    # --- calls and texts --------------------------------------------------------------------------

    def dial(self, number: str, *, withhold: bool = False) -> Call:
        """Start a call; see :class:`~drivers.virtual.terminal.Subscriber`."""
        return self._network.switch.dial(self, number, withhold)

    def answer(self, call: Call) -> None:
        """Answer a ringing or waiting call; anything else is left as it is."""
        if leg := self.own(call):
            self._network.switch.answer(leg)

    def release(self, call: Call, cause: int = 16) -> None:
        """Release a call in any state; a call that is over is left as it is."""
        if leg := self.own(call):
            self._network.switch.release(leg, cause)

    def supplementary(self, code: str, done: Outcome) -> None:
        """Do ``code`` of ``+CHLD``; see :class:`~drivers.virtual.terminal.Subscriber`."""
        self._network.supplementary.request(self, code, done)

    def send_digits(self, call: Call, digits: str) -> None:
        """Press keys, one after the other.

        Raises:
            ValueError: One of them is no key.
        """
        if not is_digits(digits):
            raise ValueError(f"{digits[:40]!r} has something that is no key: 0-9 * # A-D are")
        if leg := self.own(call):
            self.keys.extend((leg, digit) for digit in digits)

    def submit(self, tpdu: bytes, done: Callable[[int | None], None]) -> None:
        """Hand a SUBMIT to the SMSC; see :class:`~drivers.virtual.terminal.Subscriber`."""
        self._network.smsc.submit(self, tpdu, done)

    def memory_available(self) -> None:
        """Tell the SMSC that refused texts can come now."""
        self._network.smsc.reachable(self)

    def key_frame(self) -> bytes | None:
        """Return the next frame of the key that is being sent, None if none is."""
        while not self._key and self.keys:
            leg, digit = self.keys.popleft()
            if leg.open:
                self._key.extend(key_frames(digit))
                self._network.switch.press(leg, digit)
        return self._key.popleft() if self._key else None
