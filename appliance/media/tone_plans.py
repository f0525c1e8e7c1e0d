"""What telephones of a country sound like while nobody speaks (ITU-T E.180, annex to OB 781).

Regions that are not here get the tones that E.180 recommends: 425 Hz, ringing for one second in
five.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

HOME: Final = "CN"
NAMES: Final = ("ringback", "busy", "congestion", "dial", "waiting", "confirmation")

Cadence = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Tone:
    """One tone.

    Args:
        hertz: Frequencies that sound together.
        cadence: Seconds on and off, in turn; one round.
    """

    hertz: tuple[float, ...]
    cadence: Cadence


CONFIRMED: Final[Cadence] = ((0.1, 0.1), (0.1, 0.1), (0.4, 0.04))
STEADY: Final[Cadence] = ((1.0, 0.0),)


def _one(
    hertz: float, *, ring: Cadence, busy: float, congestion: float, waiting: Cadence
) -> dict[str, Tone]:
    """Return the plan of a country whose tones are all of one frequency, on as long as off."""
    return {
        "ringback": Tone((hertz,), ring),
        "busy": Tone((hertz,), ((busy, busy),)),
        "congestion": Tone((hertz,), ((congestion, congestion),)),
        "dial": Tone((hertz,), STEADY),
        "waiting": Tone((hertz,), waiting),
        "confirmation": Tone((hertz,), CONFIRMED),
    }


_NORTH_AMERICA: Final = {
    "ringback": Tone((440.0, 480.0), ((2.0, 4.0),)),
    "busy": Tone((480.0, 620.0), ((0.5, 0.5),)),
    "congestion": Tone((480.0, 620.0), ((0.25, 0.25),)),
    "dial": Tone((350.0, 440.0), STEADY),
    "waiting": Tone((440.0,), ((0.3, 9.7),)),
    "confirmation": Tone((350.0, 440.0), CONFIRMED),
}
_DOUBLE: Final[Cadence] = ((0.4, 0.2), (0.4, 2.0))  # the double ring of Britain and its kin

RECOMMENDED: Final = _one(
    425.0, ring=((1.0, 4.0),), busy=0.5, congestion=0.25, waiting=((0.2, 0.6), (0.2, 3.0))
)
PLANS: Final[Mapping[str, Mapping[str, Tone]]] = {
    "CN": _one(450.0, ring=((1.0, 4.0),), busy=0.35, congestion=0.7, waiting=((0.4, 4.0),)),
    "US": _NORTH_AMERICA,
    "CA": _NORTH_AMERICA,
    "HK": {
        **_NORTH_AMERICA,
        "ringback": Tone((440.0, 480.0), ((0.4, 0.2), (0.4, 3.0))),
        "waiting": Tone((440.0,), ((0.5, 8.0),)),
    },
    "GB": {
        "ringback": Tone((400.0, 450.0), _DOUBLE),
        "busy": Tone((400.0,), ((0.375, 0.375),)),
        "congestion": Tone((400.0,), ((0.4, 0.35), (0.225, 0.525))),
        "dial": Tone((350.0, 440.0), STEADY),
        "waiting": Tone((400.0,), ((0.1, 4.0),)),
        "confirmation": Tone((1400.0,), CONFIRMED),
    },
    "DE": _one(425.0, ring=((1.0, 4.0),), busy=0.48, congestion=0.24, waiting=((0.2, 0.2),) * 2),
    "FR": _one(440.0, ring=((1.5, 3.5),), busy=0.5, congestion=0.25, waiting=((0.3, 10.0),)),
    "ES": _one(425.0, ring=((1.5, 3.0),), busy=0.2, congestion=0.2, waiting=((0.18, 3.5),)),
    "IT": _one(425.0, ring=((1.0, 4.0),), busy=0.5, congestion=0.2, waiting=((0.4, 0.1),)),
    "RU": _one(425.0, ring=((0.8, 3.2),), busy=0.4, congestion=0.175, waiting=((0.2, 5.0),)),
    "SG": _one(425.0, ring=_DOUBLE, busy=0.75, congestion=0.25, waiting=((0.3, 3.2),)),
}


def plan(region: str) -> Mapping[str, Tone]:
    """Return a region's tones by name."""
    return PLANS.get(region, RECOMMENDED)
