"""What one exchange of SIM or socket says about where a fault lies. No I/O.

The ill line and one that is well exchange one thing; the fault stays where it was, goes with what
was moved, is gone, or is everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Exchange(StrEnum):
    """What is exchanged."""

    SIM = "sim"
    SOCKET = "socket"


class Verdict(StrEnum):
    """Where the fault lies."""

    SIM = "sim"
    MODEM = "modem"
    PORT = "port"
    POWER = "power"
    OPERATOR = "operator"
    APPLICATION = "application"
    CONTACT = "contact"


WELL: Final = "ready"
STARTING: Final = "starting"
OF_POWER: Final = frozenset({"brown-out", "unsteady"})
OF_HARDWARE: Final = frozenset({"lost", "hung", "hospital", STARTING, "no-voice-port", "hot"})
OF_SIM: Final = frozenset({"sim-missing", "sim-pin", "pin-withheld", "puk", "sim-failure"})
"""Conditions by what they speak of; what is in none of them is between SIM and network."""
OF_CALLS: Final = frozenset({"resting", "no-voice"})
"""What only a run of calls and texts shows: another modem begins without it, so it is tried."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The worst condition of a line, and whether there is a line at all."""

    condition: str

    @property
    def well(self) -> bool:
        """True when nothing ails it."""
        return self.condition == WELL


def proposed(condition: str) -> Exchange | None:
    """Return what should be exchanged for a line that shows a condition, None when it is well."""
    if condition == WELL:
        return None
    hardware = condition in OF_HARDWARE | OF_POWER
    return Exchange.SOCKET if hardware else Exchange.SIM


def verdict(exchange: Exchange, before: Seen, *, moved: Seen, stayed: Seen) -> Verdict:
    """Return where the fault lies.

    Args:
        exchange: What was exchanged.
        before: The ill line before.
        moved: Now, the line that has what was moved: the ill line's SIM in the other modem, or the
            ill modem in the other socket.
        stayed: Now, the line at the ill line's place: its modem with the other SIM, or the other
            modem in its socket.
    """
    if before.well:
        return Verdict.APPLICATION
    if before.condition in OF_POWER and not (moved.well and stayed.well):
        return Verdict.POWER
    if moved.well and stayed.well:
        return Verdict.CONTACT
    if not moved.well and not stayed.well:
        return _everywhere(exchange, moved, stayed)
    if exchange is Exchange.SOCKET:
        return Verdict.MODEM if stayed.well else Verdict.PORT
    if moved.well:
        return Verdict.POWER if stayed.condition in OF_POWER else Verdict.MODEM
    of_card = moved.condition in OF_SIM or moved.condition == "sim-wrong"
    return Verdict.SIM if of_card else Verdict.OPERATOR


def _everywhere(exchange: Exchange, moved: Seen, stayed: Seen) -> Verdict:
    """Both are ill now: what they share is to blame."""
    conditions = {moved.condition, stayed.condition}
    if conditions & OF_POWER or conditions <= OF_HARDWARE:
        return Verdict.POWER
    if exchange is Exchange.SOCKET and moved.condition in OF_HARDWARE:
        return Verdict.MODEM
    return Verdict.SIM if moved.condition in OF_SIM else Verdict.OPERATOR
