"""A person's handset: one call at a time, texts, and a memory of both."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from drivers.virtual.audio import RATE, Samples, frames, tone
from drivers.virtual.dtmf import is_digits
from drivers.virtual.errors import BadRequest, NotNow
from drivers.virtual.inbox import Inbox
from drivers.virtual.journal import iso
from drivers.virtual.mouth import Begun, Ear, Mouth
from drivers.virtual.network import Network
from drivers.virtual.numbering import iccid_for, imsi_for
from drivers.virtual.pdu import BadPdu, StatusReport, Submit, decode_incoming, split
from drivers.virtual.reactor import Handle
from drivers.virtual.terminal import Call, CallStatus, Services, Sim

_MOST_CALLS = 200
SPOKEN_LEVEL = -10.0
"""dBm0 of a tone that a person makes."""

_WORDS = {
    CallStatus.ACTIVE: "active",
    CallStatus.HELD: "held",
    CallStatus.DIALLING: "dialling",
    CallStatus.ALERTING: "dialling",
    CallStatus.INCOMING: "ringing",
}


class Phone:
    """A person with a phone; a :class:`~drivers.virtual.terminal.Terminal` of the network.

    It appears switched on and registered. All methods belong to the reactor's thread; those that a
    person could not do at this moment raise :class:`NotNow`.
    """

    takes_waiting_calls = False

    def __init__(self, network: Network, msisdn: str) -> None:
        self._network = network
        self.msisdn = msisdn
        sim = Sim(msisdn, iccid_for(msisdn), imsi_for(msisdn), services=Services())
        self.on = True
        self.inbox = Inbox()
        self.reports: list[dict[str, Any]] = []
        self.history: list[dict[str, Any]] = []
        self.digits = ""
        self._answer_after: float | None = None
        self._answering: Handle | None = None
        self._call: Call | None = None
        self._mouth, self._ear = Mouth(), Ear()
        self._reference = self._text_reference = 0
        self._station = network.attach(sim, self, kind="phone")
        self._station.register_at_once()
        self._note("on")

    # --- what a person does -----------------------------------------------------------------------

    def power(self, on: bool) -> None:
        """Switch the phone on or off; a call ends with it."""
        if on == self.on:
            return
        self.on = on
        self._station.radio(on)
        self._note("on" if on else "off")

    def leave(self) -> None:
        """The person is gone: the number is unknown from now on."""
        self._network.detach(self._station)
        self.on = False
        self._note("left")

    def dial(self, number: str, *, withhold: bool = False) -> None:
        """Call a number, in any form a person would type."""
        if not self.on:
            raise NotNow(f"{self.msisdn} is switched off")
        if self._call is not None:
            raise NotNow(f"{self.msisdn} is in a call")
        if not self._station.registered:
            raise NotNow(f"{self.msisdn} has no network yet")
        self._begin(self._station.dial(number, withhold=withhold))

    def answer(self) -> None:
        """Take the call that rings."""
        self._station.answer(self._ringing("answer"))

    def reject(self, cause: int = 21) -> None:
        """Refuse the call that rings; the caller gets ``cause`` (17: busy by the person's wish)."""
        self._station.release(self._ringing("reject"), cause)

    def hang_up(self) -> None:
        """End the call, whatever its state."""
        if self._call is None:
            raise NotNow(f"{self.msisdn} has no call to hang up")
        self._station.release(self._call)

    def press(self, digits: str) -> None:
        """Press keys in a call."""
        if not is_digits(digits):
            raise BadRequest(f"{digits[:40]!r} has something that is no key: 0-9 * # A-D are")
        self._station.send_digits(self._talking("press keys"), digits)

    def say_tone(
        self, hertz: float, seconds: float, begun: Begun, level: float = SPOKEN_LEVEL
    ) -> None:
        """Make a tone of ``level`` dBm0 in a call; ``begun`` is told when it begins."""
        self.say(tone([(hertz, level)], round(seconds * RATE)), begun)

    def say(self, samples: Samples, begun: Begun) -> None:
        """Speak in a call, after what is still being said; ``begun`` is told when it begins."""
        self._talking("speak")
        self._mouth.say(frames(samples), begun)

    def answer_after(self, seconds: float | None) -> None:
        """From now on take every call after so many seconds (of real time), or none with None."""
        self._answer_after = seconds
        if self._call is not None and self._call.status is CallStatus.INCOMING:
            self._wait_to_answer(self._call)

    def send_text(
        self, to: str, text: str, report: bool, done: Callable[[list[int], int | None], None]
    ) -> None:
        """Send a text in as many parts as it needs.

        ``done`` is told the message references of the parts that the SMSC has taken, and the RP
        cause that stopped the others, or None.
        """
        if not self._station.registered:
            raise NotNow(f"{self.msisdn} has no network")
        self._text_reference = (self._text_reference + 1) % 256
        try:
            bodies = split(text, self._text_reference)
            tpdus = []
            for body in bodies:
                self._reference = (self._reference + 1) % 256
                submit = Submit(to, body, self._reference, report=report)
                tpdus.append((submit.reference, submit.encode()))
        except BadPdu as error:
            raise BadRequest(f"the text can't be sent: {error}") from None
        self._send(tpdus, [], done)

    def _send(
        self,
        left: list[tuple[int, bytes]],
        taken: list[int],
        done: Callable[[list[int], int | None], None],
    ) -> None:
        if not left:
            done(taken, None)
            return
        (reference, tpdu), *rest = left

        def answered(cause: int | None) -> None:
            if cause is None:
                self._send(rest, [*taken, reference], done)
            else:
                done(taken, cause)

        self._station.submit(tpdu, answered)

    # --- what the network tells -------------------------------------------------------------------

    def registration_changed(self, status: int) -> None:
        """Nothing that a person would notice."""

    def call_changed(self, call: Call) -> None:
        """Ring, or follow the call that there is."""
        if self._call is None and call.status is CallStatus.INCOMING:
            self._begin(call)
        elif call is self._call:
            if call.status is CallStatus.ACTIVE and self.history[-1]["answered"] is None:
                self.history[-1]["answered"] = iso(self._network.wall())
            if call.status is CallStatus.RELEASED:
                self._end(call)
            else:
                self._note(self.state)

    def service_notice(self, kind: str, call: Call) -> None:
        """The display shows that the far side has put the call on hold, or taken it back."""
        if call is self._call and kind != "multiparty":
            self._note(self.state)

    def deliver(self, tpdu: bytes, smsc: str) -> int | None:  # noqa: ARG002 - a person sees no SMSC
        """Take a text or a report; a phone always has room."""
        try:
            message = decode_incoming(tpdu)
        except BadPdu:
            return 111
        if isinstance(message, StatusReport):
            self.reports.append(
                {"to": message.number, "reference": message.reference, "status": message.status}
            )
            return None
        item = self.inbox.take(message, self._network.wall())
        if item is not None:
            self._network.journal.add("text", phone=self.msisdn, **item)
        return None

    def dtmf(self, call: Call, digit: str) -> None:
        """Remember a key that the far side pressed."""
        if call is self._call:
            self.digits += digit

    def speak(self) -> bytes | None:
        """Return the next 20 ms of what the person says."""
        return self._mouth.next()

    def hear(self, frame: bytes | None) -> None:
        """Record 20 ms, once this side is in the call."""
        if self._call is not None and self._call.status is not CallStatus.INCOMING:
            self._ear.hear(frame)

    # --- what can be seen -------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """``off idle dialling ringing active held``, the last one by the far side's doing."""
        if not self.on:
            return "off"
        if self._call is None:
            return "idle"
        if self._call.status is CallStatus.ACTIVE and self._call.held_by_peer:
            return "held"
        return _WORDS.get(self._call.status, "idle")

    def describe(self) -> dict[str, Any]:
        """Return what ``GET /phones/{msisdn}`` shows."""
        call = self._call
        return {
            "msisdn": self.msisdn,
            "state": self.state,
            "shown": call.number or None if call else None,
            "withheld": call.withheld if call else False,
            "alerting": call is not None and call.status is CallStatus.ALERTING,
            "registered": self._station.registered,
            "speaking": self._mouth.speaking,
            "digits": self.digits,
            "answer_after": self._answer_after,
            "inbox": list(self.inbox.texts),
            "reports": list(self.reports),
            "calls": [dict(entry) for entry in self.history],
        }

    def heard(self) -> bytes:
        """Return what was heard in the current or last call, as a WAV file.

        An outgoing call is recorded from dialling, an incoming one from its answer. Of a call
        longer than half an hour the last half hour is there.
        """
        return self._ear.wav()

    def heard_frames(self) -> list[bytes]:
        """Return the same in frames of 20 ms."""
        return self._ear.frames

    # --- calls ------------------------------------------------------------------------------------

    def _ringing(self, what: str) -> Call:
        if self._call is None or self._call.status is not CallStatus.INCOMING:
            raise NotNow(f"{self.msisdn} has no ringing call to {what}")
        return self._call

    def _talking(self, what: str) -> Call:
        if self._call is None or self._call.status is not CallStatus.ACTIVE:
            raise NotNow(f"{self.msisdn} is not in a call, so it can't {what}")
        return self._call

    def _begin(self, call: Call) -> None:
        self._call, self._ear, self.digits = call, Ear(), ""
        self.history.append(
            {
                "direction": "out" if call.outgoing else "in",
                "number": call.number or None,
                "started": iso(self._network.wall()),
                "answered": None,
                "ended": None,
                "cause": None,
            }
        )
        del self.history[:-_MOST_CALLS]
        self._note(self.state)
        if not call.outgoing:
            self._wait_to_answer(call)

    def _wait_to_answer(self, call: Call) -> None:
        if self._answering is not None:
            self._answering.cancel()
            self._answering = None
        if self._answer_after is not None:
            answer = partial(self._station.answer, call)
            self._answering = self._network.reactor.after(self._answer_after, answer)

    def _end(self, call: Call) -> None:
        self.history[-1]["ended"] = iso(self._network.wall())
        self.history[-1]["cause"] = call.cause
        self._call = None
        if self._answering is not None:
            self._answering.cancel()
            self._answering = None
        self._mouth.fall_silent()
        self._note(self.state, cause=call.cause)

    def _note(self, state: str, **facts: object) -> None:
        shown = self._call.number or None if self._call else None
        self._network.journal.add("phone", phone=self.msisdn, state=state, shown=shown, **facts)
