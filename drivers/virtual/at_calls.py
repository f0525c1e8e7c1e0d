"""The modem's calls: what the network says of them, told to the host in its family's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.virtual.at_result import NOT_ALLOWED, NOT_SUPPORTED, AtError, Later
from drivers.virtual.reactor import Handle
from drivers.virtual.terminal import Call, CallStatus, Subscriber

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

RING_PERIOD = 5.0  # seconds between rings, at speed 1
FIRST_WORD = 0.05  # seconds from the OK of ATD or ATA to the first word on its call
NORMAL, BUSY, NO_ANSWERS, REJECTED = 16, 17, frozenset({18, 19}), 21
NOT_PROVISIONED = frozenset({29, 50, 57, 69})

_RINGING = (CallStatus.INCOMING, CallStatus.WAITING)
_SETTING_UP = (CallStatus.DIALLING, CallStatus.ALERTING)


@dataclass(frozen=True)
class Ended:
    """How a call was before it was released.

    Args:
        status: As last shown; None if it was never shown.
        seconds: Since it was connected; None if it never was.
        multiparty: It was part of a multiparty.
    """

    status: CallStatus | None
    seconds: float | None
    multiparty: bool


def type_of(number: str) -> int:
    """Return ``<type>`` of a number: 145 international, 129 other, 128 withheld or unknown."""
    if not number:
        return 128
    return 145 if number.startswith("+") else 129


class CallDesk:
    """Follows the network's calls and answers for those in progress.

    Args:
        modem: Whose calls they are.
        subscriber: Its end of the network.
        false_answer: Claim "answered" as soon as the far end rings.
    """

    def __init__(
        self, modem: VirtualModem, subscriber: Subscriber, *, false_answer: bool = False
    ) -> None:
        self._modem = modem
        self.subscriber = subscriber
        self._false_answer = false_answer
        self._seen: dict[Call, tuple[CallStatus, bool]] = {}
        self._connected: dict[Call, float] = {}
        self._dialling: tuple[Call, Later] | None = None
        self._answering: tuple[Call, Later] | None = None
        self._first_word: tuple[Handle, list[str]] | None = None
        self._ring: Handle | None = None
        self._rings = 0
        self.last_cause: int | None = None
        self.last_number = ""

    # --- what there is ----------------------------------------------------------------------------

    def listed(self) -> list[Call]:
        """Return all calls by index."""
        return sorted(self.subscriber.calls, key=lambda call: call.index)

    def in_state(self, *states: CallStatus) -> list[Call]:
        """Return the calls that are shown in one of ``states``."""
        return [call for call in self.listed() if self.shown(call) in states]

    def shown(self, call: Call) -> CallStatus:
        """Return a call's state as this modem shows it."""
        if self._false_answer and call.outgoing and call.status is CallStatus.ALERTING:
            return CallStatus.ACTIVE
        if call.status is CallStatus.WAITING and len(self.subscriber.calls) == 1:
            return CallStatus.INCOMING
        return call.status

    @property
    def activity(self) -> int:
        """``<pas>`` of ``+CPAS``: 0 ready, 3 ringing, 4 in a call."""
        if self.in_state(CallStatus.INCOMING):
            return 3
        return 4 if self.listed() else 0

    @property
    def voice_path(self) -> bool:
        """True while a call has a voice channel, answered or not."""
        return bool([call for call in self.listed() if self.shown(call) not in _RINGING])

    def line(self, call: Call, status: int | None = None) -> str:
        """Return the fields of ``+CLCC`` from ``<id1>`` to ``<type>``."""
        shown = self.shown(call) if status is None else status
        return (
            f"{call.index},{int(not call.outgoing)},{int(shown)},0,{int(call.multiparty)},"
            f'"{call.number}",{type_of(call.number)}'
        )

    # --- what the host wants ----------------------------------------------------------------------

    def dial(self, number: str, *, withhold: bool) -> Later:
        """Start a call; the result is ``OK`` once it is under way, with ``+COLP=1`` once answered.

        Raises:
            AtError: A call rings or is being set up.
        """
        if self.in_state(*_SETTING_UP, CallStatus.INCOMING):
            raise AtError(cme=NOT_ALLOWED)
        call = self.subscriber.dial(number, withhold=withhold)
        later = Later(abort=lambda: self.subscriber.release(call, NORMAL))
        self._dialling = (call, later)
        self.last_number = number
        return later

    def answer(self) -> Later:
        """Answer the call that rings; the result comes when the voice is through.

        Raises:
            AtError: No call rings.
        """
        offered = self.in_state(*_RINGING)
        if not offered:
            raise AtError(result="NO CARRIER")
        later = Later()
        self._answering = (offered[0], later)
        self.subscriber.answer(offered[0])
        if self.shown(offered[0]) in _RINGING:
            self._answering = None
            later.fail(AtError(result="NO CARRIER"))
        return later

    def hang_up(self, calls: list[Call], cause: int = NORMAL) -> list[str]:
        """Release ``calls``."""
        for call in calls:
            self.subscriber.release(call, cause)
        return []

    def hang_up_current(self) -> list[str]:
        """Do ``+CHUP``: release what is active or being set up, else reject, else release all."""
        current = self.in_state(CallStatus.ACTIVE, *_SETTING_UP)
        if current:
            return self.hang_up(current)
        if offered := self.in_state(*_RINGING):
            return self.hang_up(offered, REJECTED)
        return self.hang_up(self.listed())

    def drop_connected(self) -> None:
        """End every answered call: the host has dropped DTR."""
        self.hang_up(self.in_state(CallStatus.ACTIVE, CallStatus.HELD))

    def hold(self, code: str) -> Later:
        """Do ``+CHLD=<code>``; the result comes after the network's."""
        later = Later()

        def told(cause: int | None) -> None:
            if cause is None:
                later.done()
                return
            self.last_cause = cause
            missing = cause in NOT_PROVISIONED
            later.fail(AtError(cme=NOT_SUPPORTED if missing else NOT_ALLOWED))

        self.subscriber.supplementary(code, told)
        return later

    # --- what the network says --------------------------------------------------------------------

    def changed(self, call: Call) -> None:
        """Take a call's new state."""
        self._speak_first(early=True)
        if call.status is CallStatus.RELEASED:
            self._end(call)
            for other in self.listed():
                self._update(other)
        else:
            self._update(call)

    def forget(self) -> None:
        """Forget everything: the modem restarts, its calls are lost."""
        self._stop_ringing()
        if self._first_word is not None:
            self._first_word[0].cancel()
            self._first_word = None
        self._seen.clear()
        self._connected.clear()
        self._dialling = self._answering = None

    def _update(self, call: Call) -> None:
        before = self._seen.get(call)
        status = self.shown(call)
        if before == (status, call.multiparty):
            return
        self._seen[call] = (status, call.multiparty)
        fresh = before is None or before[0] is not status
        if fresh and status is CallStatus.INCOMING:
            self._start_ringing(call)
        elif before is not None and before[0] is CallStatus.INCOMING:
            self._stop_ringing()
        if status is CallStatus.WAITING and fresh:
            self._announce_waiting(call)
        if status is CallStatus.ACTIVE and call not in self._connected:
            self._connect(call)
            return
        settled = self._settle_dial(call, status)
        self._say(self._modem.personality.call_changed(self._modem, call), soon=settled)

    def _settle_dial(self, call: Call, status: CallStatus) -> bool:
        """End the dial command if it waited for this; tells whether it did."""
        if self._dialling is None or self._dialling[0] is not call:
            return False
        waits = self._modem.settings.number("+COLP") == 1
        if waits and status in _SETTING_UP:
            return False
        later, self._dialling = self._dialling[1], None
        number = f'+COLP: "{call.number}",{type_of(call.number)}'
        later.done(*([number] if waits and status is CallStatus.ACTIVE else []))
        return True

    def _connect(self, call: Call) -> None:
        self._connected[call] = self._modem.reactor.now()
        early, late = self._modem.personality.connected(self._modem, call)
        for line in early:
            self._modem.urc(line, early=True)
        settled = self._settle_dial(call, CallStatus.ACTIVE)
        if self._answering is not None and self._answering[0] is call:
            answering, self._answering = self._answering[1], None
            answering.done()
            settled = True
        self._say(late, soon=settled)

    def _say(self, lines: list[str], *, soon: bool = False) -> None:
        if soon:
            self._speak_first()
            pause = self._modem.reactor.after(FIRST_WORD, self._speak_first)
            self._first_word = (pause, lines)
            return
        for line in lines:
            self._modem.urc(line)

    def _speak_first(self, *, early: bool = False) -> None:
        """Say what waits for its pause; ``early`` before the result of the command at work."""
        if self._first_word is not None:
            (pause, lines), self._first_word = self._first_word, None
            pause.cancel()
            for line in lines:
                self._modem.urc(line, early=early)

    def _end(self, call: Call) -> None:
        status, multiparty = self._seen.pop(call, (None, False))
        since = self._connected.pop(call, None)
        seconds = None if since is None else self._modem.reactor.now() - since
        ended = Ended(status, seconds, multiparty)
        if status is CallStatus.INCOMING:
            self._stop_ringing()
        self.last_cause = call.cause
        personality = self._modem.personality
        others = bool(self.listed())
        early, late = personality.ended(self._modem, call, ended)
        result = personality.result(call, ended, others=others)
        for line in early:
            self._modem.urc(line, early=True)
        if self._fail_pending(call, result or "NO CARRIER"):
            result = None
        self._say(late)
        if result is not None:
            self._modem.urc(result, late=True)
        personality.after_call(self._modem, others=others)

    def _fail_pending(self, call: Call, result: str) -> bool:
        for name in ("_dialling", "_answering"):
            waiting: tuple[Call, Later] | None = getattr(self, name)
            if waiting is not None and waiting[0] is call:
                setattr(self, name, None)
                waiting[1].fail(AtError(result=result))
                return True
        return False

    # --- a call comes in --------------------------------------------------------------------------

    def _start_ringing(self, call: Call) -> None:
        self._stop_ringing()
        self._rings = 0
        self._ring_once(call)

    def _stop_ringing(self) -> None:
        if self._ring is not None:
            self._ring.cancel()
            self._ring = None

    def _ring_once(self, call: Call) -> None:
        modem = self._modem
        self._ring = modem.reactor.after(modem.scaled(RING_PERIOD), lambda: self._ring_once(call))
        self._rings += 1
        for line in modem.personality.ring(modem):
            modem.urc(line)
        if modem.settings.number("+CLIP") == 1:
            modem.urc(f"+CLIP: {self._caller(call)},,,,{int(call.withheld)}")
        automatic = modem.settings.number("S0")
        if automatic and self._rings >= automatic:
            self.subscriber.answer(call)

    def _caller(self, call: Call) -> str:
        return f'"{call.number}",{type_of(call.number)}'

    def _announce_waiting(self, call: Call) -> None:
        if self._modem.settings.number("+CCWA") == 1:
            self._modem.urc(f"+CCWA: {self._caller(call)},1")

    def notice(self, kind: str) -> None:
        """Tell the host what the far side did (``+CSSU``)."""
        code = {"held": 2, "retrieved": 3, "multiparty": 4}.get(kind)
        if code is not None and self._modem.settings.number("+CSSN", 1) == 1:
            self._modem.urc(f"+CSSU: {code}")
