"""Whether the network diverts a SIM's calls: asked when the line comes up, daily, and when somebody
has been at the modem by hand.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from appliance.exchange.ports import Outcome
from appliance.model.availability import FORWARDING_CAUSES
from drivers.modem import Done, Failed, Modem, Token

_log = logging.getLogger(__name__)

QUERY_SECONDS = 30.0
DAILY = 86_400.0
_VOICE = 1  # <class> of a diversion of voice calls (3GPP TS 27.007 §7.11)


class ForwardingLine(Protocol):
    """What the check has of its line worker."""

    def command(self, ask: Callable[[Modem], Token], outcome: Outcome | None = None) -> None:
        """Give the modem a request."""

    def set_timer(self, owner: str, name: str, seconds: float, action: Callable[[], None]) -> None:
        """Have ``action`` called on the line's thread."""

    def stop_timers(self, owner: str) -> None:
        """Stop every timer of an owner."""

    def changed(self) -> None:
        """Something that a list of lines shows may have changed."""


class Forwarding:
    """The diversions of one line's SIM. Lives on the line's thread."""

    def __init__(self, line: ForwardingLine) -> None:
        self._line = line
        self.reasons: frozenset[int] = frozenset()

    def look(self) -> None:
        """Ask the network about every reason; an error leaves what is known of it."""
        self._line.set_timer("forwarding", "look", DAILY, self.look)
        for reason in FORWARDING_CAUSES:
            self._ask(reason)

    def forget(self) -> None:
        """Another SIM is in the modem."""
        self._line.stop_timers("forwarding")
        self.reasons = frozenset()

    def _ask(self, reason: int) -> None:
        def outcome(result: Done | Failed) -> None:
            lines = result.value if isinstance(result, Done) else None
            if isinstance(lines, tuple) and lines and lines[-1] == "OK":
                self._seen(reason, active=any(_active(str(line)) for line in lines))
            else:
                _log.debug("diversions for reason %d are not known: %s", reason, result)

        self._line.command(lambda modem: modem.raw(f"AT+CCFC={reason},2", QUERY_SECONDS), outcome)

    def _seen(self, reason: int, *, active: bool) -> None:
        reasons = self.reasons | {reason} if active else self.reasons - {reason}
        if reasons != self.reasons:
            self.reasons = reasons
            self._line.changed()


def _active(line: str) -> bool:
    """Return whether a line of the answer tells of an active diversion of voice calls."""
    if not line.startswith("+CCFC:"):
        return False
    fields = [field.strip() for field in line.removeprefix("+CCFC:").split(",")]
    try:
        status = int(fields[0])
        classes = int(fields[1]) if len(fields) > 1 and fields[1] else _VOICE
    except ValueError:
        return False
    return status == 1 and bool(classes & _VOICE)
