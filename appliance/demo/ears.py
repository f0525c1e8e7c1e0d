"""What people say in the demonstration, and what is made of the recordings of what they heard."""

from __future__ import annotations

import io
import tempfile
import wave
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from appliance.demo.people import BankControl, Phone
from appliance.media.g711 import Samples
from appliance.media.listening import CHIRP_A, CHIRP_B, Chirp, absent, find, load

TALK_SECONDS: Final = 3.5  # longer than the 3 s below which no recording is kept
LOW: Final = replace(CHIRP_A, seconds=TALK_SECONDS)
HIGH: Final = replace(CHIRP_B, seconds=TALK_SECONDS)
RATE: Final = 8000  # samples per second


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one chirp arrived: level against what was said, longest gap, place in the recording."""

    score: float
    level_db: float
    gap_ms: float
    at_seconds: float

    def facts(self) -> dict[str, float]:
        """Return what a report says of it."""
        return {
            "score": round(self.score, 3),
            "level_db": round(self.level_db, 2),
            "gap_ms": round(self.gap_ms, 1),
        }


def spoken(chirp: Chirp) -> bytes:
    """Return a chirp as a WAV file."""
    octets = io.BytesIO()
    with wave.open(octets, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(chirp.samples().astype("<i2").tobytes())
    return octets.getvalue()


def recording(phone: Phone) -> Samples:
    """Return what a phone heard in its current or last call."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(phone.heard())
        file.flush()
        return load(Path(file.name))


def listen_for(
    bank: BankControl, phone: Phone, chirp: Chirp, since: int, seconds: float
) -> Judgement:
    """Wait until a phone has heard the whole of a chirp, and judge it.

    Args:
        bank: Tells when to look.
        phone: Who listens.
        chirp: What is to be heard.
        since: Length of the recording, in samples, when the chirp was said.
        seconds: Deadline in real time.

    Raises:
        TimeoutError: It was not heard.
    """

    def seen() -> dict[str, Any] | None:
        samples = recording(phone)
        if len(samples) < since + round(chirp.seconds * RATE):
            return None  # it cannot be there yet: leave the processor to those who carry it
        heard = find(samples, chirp)
        if heard is None or (heard.at + chirp.seconds + 0.2) * RATE > len(samples):
            return None
        return {"heard": heard}

    heard = bank.wait(seen, seconds, f"chirp at {phone.msisdn}")["heard"]
    gap = max([heard.longest_gap, *(span.seconds for span in heard.dropped)], default=0.0)
    return Judgement(heard.score, heard.level_db, gap * 1000.0, heard.at)


def hears_nothing_of(phone: Phone, chirp: Chirp) -> bool:
    """Tell whether a phone's recording is free of a chirp."""
    return absent(recording(phone), chirp)


def quiet_tail(bank: BankControl, phone: Phone, seconds: float, deadline: float) -> int:
    """Wait until the last ``seconds`` that a phone hears are silent; returns their peak.

    Raises TimeoutError: The phone went on hearing something.
    """

    def seen() -> dict[str, Any] | None:
        tail = recording(phone)[-round(seconds * RATE) :]
        peak = int(np.max(np.abs(tail.astype(np.int32)), initial=0))
        return {"peak": peak} if len(tail) >= seconds * RATE and peak <= 8 else None

    return int(bank.wait(seen, deadline, f"silence for {seconds:g} s at {phone.msisdn}")["peak"])
