"""The families of modems that the bank can be."""

from __future__ import annotations

from drivers.virtual.personalities.a7670 import A7670
from drivers.virtual.personalities.e1550 import E1550
from drivers.virtual.personalities.ec25 import Ec25
from drivers.virtual.personalities.eg25 import Eg25
from drivers.virtual.personalities.generic import Generic
from drivers.virtual.personalities.personality import Personality
from drivers.virtual.personalities.sim800 import Sim800
from drivers.virtual.personalities.sim7600 import Sim7600
from drivers.virtual.personalities.wavecom import Wavecom
from drivers.virtual.personalities.zte import Zte

__all__ = ["FAMILIES", "Personality", "make_personality"]

FAMILIES: dict[str, type[Personality]] = {
    family.family: family
    for family in (Ec25, Eg25, Sim7600, A7670, Sim800, E1550, Zte, Wavecom, Generic)
}


def make_personality(family: str) -> Personality:
    """Return a new modem's personality.

    Raises:
        ValueError: There is no such family.
    """
    if family not in FAMILIES:
        raise ValueError(f"no virtual modem is a {family!r}; there are {', '.join(FAMILIES)}")
    return FAMILIES[family]()
