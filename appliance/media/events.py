"""What the media room tells its owner: frozen plain values, fit to cross a process border."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Note = Literal["clipping", "silence", "noise", "stalled", "announcement"]
"""``clipping``: the leg's samples hit full scale; ``silence``: nothing is heard from it (one-way
audio); ``noise``: it is never quiet, not even between words; ``stalled``: its modem has stopped to
deliver frames; ``announcement``: what answered on leg b talks on without a pause, as voicemail and
announcements do."""


@dataclass(frozen=True, slots=True)
class Attached:
    """The leg's first frame has arrived: its voice path is up."""

    call: str
    leg: str


@dataclass(frozen=True, slots=True)
class PortFailed:
    """The leg's port is gone or could not be opened; the leg is detached, the other goes on."""

    call: str
    leg: str
    cause: str


@dataclass(frozen=True, slots=True)
class Played:
    """A play is over; sent exactly once for every play.

    Args:
        call: The call.
        leg: The leg that it was played to.
        play_id: The number given to ``play``.
        interrupted: False when it was played to its end, True when a digit, another play, a stop or
            the end of the leg cut it.
    """

    call: str
    leg: str
    play_id: int
    interrupted: bool


@dataclass(frozen=True, slots=True)
class DigitHeard:
    """A key was pressed and released by the person on the leg: one event per press.

    Args:
        call: The call.
        leg: The leg on which it was heard.
        digit: One of ``0-9 * # A-D``.
        milliseconds: How long the key was held, to about 10 ms.
    """

    call: str
    leg: str
    digit: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording is complete on disk.

    Args:
        call: The call.
        name: The name given to ``record``.
        seconds: Its length. Below ``recorder.SHORTEST`` the file has been removed.
        sha256: Hex digest of the file; empty when the file has been removed.
    """

    call: str
    name: str
    seconds: float
    sha256: str


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """A recording could not be begun or continued; what was written stays as ``*.part``."""

    call: str
    name: str
    cause: str


@dataclass(frozen=True, slots=True)
class LevelNote:
    """Something about the leg's level that a technician should know; once per spell of it."""

    call: str
    leg: str
    note: Note


@dataclass(frozen=True, slots=True)
class MediaClosed:
    """Everything of the call has ended: ports closed, plays and recording reported."""

    call: str


MediaEvent = (
    Attached
    | PortFailed
    | Played
    | DigitHeard
    | Recorded
    | RecordingFailed
    | LevelNote
    | MediaClosed
)

Post = Callable[[MediaEvent], None]
