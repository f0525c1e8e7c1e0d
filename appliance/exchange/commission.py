"""Finds out what a line really can, with two other lines of the box at the far ends.

Runs on the thread that asks, for a minute or two; the lines are lent meanwhile, so that no call or
text of theirs is touched by anybody else. Everything is tried through the network, as calls are.
"""

from __future__ import annotations

import itertools
import logging
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from appliance.errors import Refused
from appliance.exchange.commission_line import Station
from appliance.exchange.ports import MediaPort
from appliance.exchange.registry import Registry
from appliance.media import Attached, DigitHeard, MediaClosed, Played, Recorded, wav
from appliance.media.g711 import Samples
from appliance.media.listening import CHIRP_A, CHIRP_B, FOUND, Chirp, find
from appliance.media.tones import level, silence
from appliance.model.commission import Check, Finding, Report
from appliance.model.numbers import mask
from drivers.at.pdu_split import submits
from drivers.audio.port import FRAME_SAMPLES
from drivers.modem import CallState, Digit, Done

_log = logging.getLogger(__name__)

RING = 60.0
UP = 15.0
EARLY = 2.0
"""Seconds that a ringing partner waits before it answers: an answer told by then is false."""
TEXT = 90.0
KEYS = "159#"
LEAD = 0.3
"""Seconds of silence before a chirp; after it more, for the way through the network."""

Ear = tuple[Station, Chirp]
"""Who is to hear what."""

_serial = itertools.count(1)


class Commission:
    """One run.

    Args:
        line: The line that is tried.
        partners: Two other lines, or one: then what needs two is not tried.
        media: The media room.
        registry: Where the owners of its events are looked up.
        recordings: Its folder.
        speed: Of the virtual radio: divides the times that the radio takes.
    """

    def __init__(
        self,
        line: Station,
        partners: list[Station],
        *,
        media: MediaPort,
        registry: Registry,
        recordings: Path,
        speed: float = 1.0,
    ) -> None:
        self._line = line
        self._partners = partners
        self._media = media
        self._registry = registry
        self._recordings = recordings
        self._speed = speed
        self._number = next(_serial)
        self._open: tuple[Station, ...] = ()  # whose voice ports are open
        self._findings: dict[Check, Finding] = {}
        self.loudest: dict[Station, float] = {}  # dBm0 of the loudest 20 ms each heard last

    def run(self, now: datetime) -> Report:
        """Try everything and return what was found. Raises Refused: a line is busy, or got lost."""
        begun: list[Station] = []
        try:
            for station in (self._line, *self._partners):
                station.begin()
                begun.append(station)
            self._try_calls()
            self._try_texts()
        finally:
            for station in begun:
                self._give_back(station)
        identity = self._line.worker.identity
        if identity is None:
            raise Refused("line", f"line {self._line.msisdn} has no modem any more")
        return Report(
            at=now,
            imei=identity.imei,
            iccid=identity.iccid,
            family=identity.family,
            model=identity.model,
            firmware=identity.firmware,
            partners=tuple(station.msisdn for station in self._partners),
            findings=tuple(self._findings.values()),
        )

    @staticmethod
    def _give_back(station: Station) -> None:
        try:
            station.end()
        except Refused as error:
            _log.warning("line %s after its trial: %s", mask(station.msisdn), error)

    def _found(self, check: Check, works: bool | None, detail: str = "") -> bool:
        self._findings[check] = Finding(check, works, detail)
        return bool(works)

    # --- calls ---

    def _try_calls(self) -> None:
        line, partner = self._line, self._partners[0]
        if not self._found("call", self._call(line, partner, judge=True)):
            return
        with self._voices(line, partner):
            self._try_voice(line, partner)
            self._try_digits(line, partner)
        self._try_hold()
        self._hang_up()
        if line.facts.transfer and len(self._partners) > 1:
            self._try_transfer()

    def _call(self, caller: Station, callee: Station, *, judge: bool = False) -> bool:
        """Let one line call another, which answers; ``judge`` whether "answered" is true."""
        caller.forget()
        callee.forget()
        if not caller.done(lambda modem: modem.dial(callee.msisdn), 40.0):
            return False
        if callee.offered(caller.msisdn, RING / self._speed + UP) is None:
            return False
        if judge:
            early = caller.state(CallState.ACTIVE, EARLY, outgoing=True)
            self._found("answer", not early, "told before the answer" if early else "")
            if early:
                return callee.done(lambda modem: modem.answer())
        if not callee.done(lambda modem: modem.answer()):
            return False
        return caller.state(CallState.ACTIVE, UP, outgoing=True)

    def _hang_up(self) -> None:
        for station in (self._line, *self._partners):
            station.done(lambda modem: modem.hang_up(None))
        for station in (self._line, *self._partners):
            station.forget()

    def _try_hold(self) -> None:
        line = self._line
        line.forget()
        held = line.done(lambda modem: modem.hold()) and line.state(CallState.HELD, UP)
        if not self._found("hold", held, "" if held else "refused"):
            return
        if not line.facts.multiparty:
            self._found("multiparty", None, "this make of modem is known to break after it")
            return
        if len(self._partners) < 2:
            self._found("multiparty", None, "a second partner is needed")
            return
        third = self._partners[1]
        if not self._call(line, third):
            self._found("multiparty", None, "the second partner could not be reached")
            return
        joined = line.done(lambda modem: modem.join()) and all(
            call.multiparty for call in line.calls()
        )
        if not self._found("multiparty", joined, "" if joined else "refused"):
            return
        partner = self._partners[0]
        with self._voices(line, partner, third):
            told = self._say(
                {line: CHIRP_A, partner: CHIRP_B},
                heard=((partner, CHIRP_A), (third, CHIRP_A), (line, CHIRP_B), (third, CHIRP_B)),
            )
            ears = told[partner][CHIRP_A], told[third][CHIRP_A]
            self._found("host-uplink", None not in ears)
            self._found("host-downlink", told[line][CHIRP_B] is not None)
            if told[third][CHIRP_B] is None:
                self._found("multiparty", False, "the two partners did not hear each other")
                return
        self._try_who_is_left(third)

    def _try_who_is_left(self, leaver: Station) -> None:
        """After one party has left, the other must still be heard: on some modems it is not.

        Only a direction that had voice before can lose it.
        """
        line, partner = self._line, self._partners[0]
        line.forget()
        leaver.done(lambda modem: modem.hang_up(None))
        line.ended(UP)
        directions: tuple[tuple[Check, Ear], ...] = (
            ("uplink", (partner, CHIRP_A)),
            ("downlink", (line, CHIRP_B)),
        )
        had = [ear for check, ear in directions if self._findings[check].works]
        with self._voices(line, partner):
            told = self._say({line: CHIRP_A, partner: CHIRP_B}, heard=had)
        if any(told[station][chirp] is None for station, chirp in had):
            self._found("multiparty", False, "who was left had no voice")

    def _try_transfer(self) -> None:
        line, (partner, third, *_) = self._line, self._partners
        ready = (
            self._call(line, partner)
            and line.done(lambda modem: modem.hold())
            and self._call(line, third)
        )
        if not ready:
            self._found("transfer", None, "two calls could not be set up")
        elif not line.done(lambda modem: modem.transfer()):
            self._found("transfer", False, "refused")
        else:
            with self._voices(partner, third):
                told = self._say({partner: CHIRP_A}, heard=((third, CHIRP_A),))
            self._found("transfer", told[third][CHIRP_A] is not None)
        self._hang_up()

    # --- voice ---

    def _try_voice(self, line: Station, partner: Station) -> None:
        told = self._say(
            {line: CHIRP_A, partner: CHIRP_B}, heard=((partner, CHIRP_A), (line, CHIRP_B))
        )
        up, down = told[partner][CHIRP_A], told[line][CHIRP_B]
        self._found("uplink", up is not None)
        self._found("downlink", down is not None)
        if up is not None and down is not None:
            self._found("delay", True, f"{round(1000 * max(0.0, up + down))} ms")

    def _try_digits(self, line: Station, partner: Station) -> None:
        line.forget()
        name = self._name(line)
        self._media.listen(name, "a", on=True)
        if not partner.done(lambda modem: modem.send_digits(KEYS)):
            return
        heard = reported = ""
        while len(heard) < len(KEYS) or len(reported) < len(KEYS):
            told = line.wait(object, 3.0, lambda event: isinstance(event, Digit | DigitHeard))
            if isinstance(told, DigitHeard):
                heard += told.digit
            elif isinstance(told, Digit):
                reported += told.digit
            else:
                break
        self._media.listen(name, "a", on=False)
        self._found("digits-reported", reported == KEYS, reported)
        self._found("digits-heard", heard == KEYS, heard)

    @contextmanager
    def _voices(self, *stations: Station) -> Iterator[None]:
        """Have the voice ports of these lines open."""
        names = [self._name(station) for station in stations]
        self._open = stations
        for station, name in zip(stations, names, strict=True):
            self._registry.own(name, station)
            spec = station.worker.audio()
            if spec is not None:
                self._media.attach(name, "a", spec)
        try:
            for station in stations:
                station.wait(Attached, UP)
            yield
        finally:
            for station, name in zip(stations, names, strict=True):
                self._media.close(name)
                station.wait(MediaClosed, UP)
                self._registry.forget(name)

    def _say(
        self, speakers: dict[Station, Chirp], after: float = 1.1, heard: Sequence[Ear] = ()
    ) -> dict[Station, dict[Chirp, float | None]]:
        """Let lines speak at once and listen ``after`` seconds more.

        What is missing of ``heard`` is tried once more: a moment's trouble is no finding. Returns
        with which delay (s) each heard each chirp, if at all.
        """
        told = self._say_once(speakers, after)
        if any(told[station][chirp] is None for station, chirp in heard):
            again = self._say_once(speakers, after)
            for station, chirp in heard:
                if told[station][chirp] is None:
                    told[station][chirp] = again[station][chirp]
        return told

    def _say_once(
        self, speakers: dict[Station, Chirp], after: float
    ) -> dict[Station, dict[Chirp, float | None]]:
        stations = self._open
        with tempfile.TemporaryDirectory(prefix="commission") as place:
            files = {}
            for chirp in (CHIRP_A, CHIRP_B):
                files[chirp] = Path(place) / f"{chirp.code}.wav"
                wav.write_alaw(files[chirp], chirp.samples())
            for station in stations:
                self._media.record(self._name(station), f"{self._name(station)}.wav")
            for station in stations:
                chirp_of = speakers.get(station)
                word = str(files[chirp_of]) if chirp_of is not None else "silence:2"
                words = (f"silence:{LEAD}", word, f"silence:{after}")
                self._media.play(self._name(station), "a", 1, words)
            for station in stations:
                station.wait(Played, 10.0 + after)
            return {station: self._heard(station) for station in stations}

    def _heard(self, station: Station) -> dict[Chirp, float | None]:
        name = self._name(station)
        self._media.stop_record(name)
        done = station.wait(Recorded, 10.0)
        path = self._recordings / f"{name}.wav"
        samples = wav.read(path) if done is not None and path.exists() else silence(0.0)
        path.unlink(missing_ok=True)
        self.loudest[station] = _loudest(samples)
        delays: dict[Chirp, float | None] = {}
        for chirp in (CHIRP_A, CHIRP_B):
            found = find(samples, chirp) if len(samples) else None
            good = found is not None and found.score >= FOUND
            delays[chirp] = found.at - LEAD if found is not None and good else None
        return delays

    def _name(self, station: Station) -> str:
        return f"commission-{self._number}-{station.msisdn.lstrip('+')}"

    # --- texts ---

    def _try_texts(self) -> None:
        line, partner = self._line, self._partners[0]
        sent = self._text(line, partner)
        self._found("text-out", sent is not None)
        if sent is not None:
            self._found("text-report", line.report(sent, TEXT / self._speed + UP))
        self._found("text-in", self._text(partner, line) is not None)

    def _text(self, sender: Station, reader: Station) -> int | None:
        """Send a text; return its reference once it has arrived."""
        reader.forget()
        words = f"simveil {secrets.token_hex(4)}"
        sent = self._send(sender, reader.msisdn, words)
        return sent if reader.text(words, TEXT / self._speed + UP) else None

    @staticmethod
    def _send(sender: Station, to: str, words: str = "simveil") -> int | None:
        """Send a text; return its reference once the network has taken it."""
        ((pdu, octets),) = submits(to, words)
        told = sender.command(lambda modem: modem.send_message(pdu, octets), 75.0)
        return told.value if isinstance(told, Done) and isinstance(told.value, int) else None


def _loudest(samples: Samples) -> float:
    """Return the level of the loudest 20 ms, dBm0."""
    frames = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    return max((level(frame) for frame in frames), default=level(samples))
