"""What to do after a send failed: the causes of 3GPP TS 27.005 §3.2.5 and 24.011 annex E-2.

Each cause has one row: whether the network can have taken the text, whether another attempt makes
sense, how many in all, and after how long.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class After(StrEnum):
    """What follows a failed attempt."""

    GIVE_UP = "give-up"
    RETRY = "retry"
    OPEN = "open"
    """The text may have been sent."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One cause.

    Args:
        attempts: How many attempts make sense in all, the failed ones included.
        pauses: Seconds before the second attempt, the third …; the last one repeats.
        meaning: A few words for the journal.
    """

    after: After
    meaning: str
    attempts: int = 1
    pauses: tuple[float, ...] = (5.0,)

    def pause(self, attempts: int) -> float:
        """Return the seconds to wait after the attempt number ``attempts`` (from 1) failed."""
        return self.pauses[min(attempts, len(self.pauses)) - 1]


_BACKOFF = (5.0, 20.0, 60.0, 300.0)
_UNTIL_EXPIRED = 10_000  # the text's age ends it


def _permanent(meaning: str) -> Advice:
    return Advice(After.GIVE_UP, meaning)


def _when_well(meaning: str) -> Advice:
    """The line is ill: the text waits for it."""
    return Advice(After.RETRY, meaning, _UNTIL_EXPIRED, (15.0, 60.0, 300.0))


def _again(meaning: str, attempts: int = 5, pauses: tuple[float, ...] = _BACKOFF) -> Advice:
    return Advice(After.RETRY, meaning, attempts, pauses)


CMS_CAUSES: dict[int, Advice] = {
    1: _permanent("number not assigned"),
    8: _permanent("barred by the operator"),
    10: _permanent("call barred"),
    21: _again("rejected", attempts=2),
    27: _again("destination out of service"),
    28: _permanent("subscriber not identified"),
    29: _permanent("facility rejected"),
    30: _permanent("subscriber unknown"),
    38: _again("network out of order"),
    41: _again("temporary failure"),
    42: _again("congestion"),
    47: _again("no resources"),
    50: _permanent("facility not subscribed"),
    69: _permanent("facility not implemented"),
    300: _again("modem failure", attempts=3),
    301: _again("SMS service reserved", attempts=3),
    302: _again("not allowed now", attempts=3),
    303: _permanent("not supported"),
    304: _permanent("PDU refused by the modem"),
    305: _permanent("text refused by the modem"),
    310: _when_well("SIM missing"),
    311: _when_well("SIM needs its PIN"),
    313: _when_well("SIM failure"),
    314: _again("SIM busy", attempts=10, pauses=(2.0,)),
    315: _when_well("wrong SIM"),
    316: _when_well("SIM needs its PUK"),
    320: _again("memory failure", attempts=3),
    321: _again("wrong memory index", attempts=3),
    322: _again("memory full", pauses=(10.0, 60.0)),
    330: _again("no service centre set", attempts=3, pauses=(60.0,)),
    331: _when_well("no network service"),
    332: Advice(After.OPEN, "network timeout"),
    340: _again("no acknowledgement expected", attempts=3),
    500: _again("unknown error", attempts=3),
    512: _again("radio link lost"),
    513: _again("link timeout"),
    514: _again("network congestion"),
    515: _again("modem is starting", pauses=(10.0, 30.0, 60.0)),
}

UNLISTED = _again("unlisted cause", attempts=3)
NOT_SUPPORTED = _permanent("not supported by modem, SIM or network")
NOT_WRITTEN = _when_well("the modem did not take the text")
"""No prompt came, or the request was taken back: nothing reached the network."""
NO_ANSWER = Advice(After.OPEN, "no answer after the text was written")


def advice(cms: int | None) -> Advice:
    """Return what to do after ``+CMS ERROR: cms``; None stands for an error without such a code."""
    return UNLISTED if cms is None else CMS_CAUSES.get(cms, UNLISTED)
