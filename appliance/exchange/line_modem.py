"""The modem that a line has at the moment, and who waits for its answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appliance.exchange.messages import Ask, Inbox
from appliance.exchange.ports import Outcome
from drivers.errors import PortLost
from drivers.modem import AtExchange, AudioSpec, Done, Failed, Modem, ModemEvent, Token


@dataclass(frozen=True, slots=True)
class FromModem:
    """What a modem said; ``modem`` tells it from a former one in the same socket."""

    modem: Modem
    event: ModemEvent


class LineModem:
    """Lives on the line's thread.

    Args:
        inbox: Where its events go.

    Attributes:
        there: The modem, None while there is none.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.there: Modem | None = None
        self._waiting: dict[Token, Outcome] = {}

    def begin(self, modem: Modem) -> None:
        """Start a modem."""
        self.there = modem
        modem.start(lambda event: self._inbox.post(FromModem(modem, event)))

    def take_out(self) -> Modem | None:
        """Return the modem to be stopped; from now on nothing is heard of it, or asked."""
        modem, self.there = self.there, None
        return modem

    def fail_waiting(self, cause: str) -> None:
        """Tell everybody who waits for an answer that none comes."""
        waiting, self._waiting = self._waiting, {}
        for token, outcome in waiting.items():
            outcome(Failed(token, PortLost(cause)))

    def command(self, ask: Callable[[Modem], Token], outcome: Outcome | None = None) -> None:
        """Give the modem a request; ``outcome`` is called on this thread, never at once."""
        if self.there is None:
            if outcome is not None:
                failed = Failed(0, PortLost("the modem is not there"))
                self._inbox.post(Ask(lambda: outcome(failed)))
            return
        self._waiting[ask(self.there)] = outcome if outcome is not None else _ignore

    def answered(self, event: Done | Failed) -> bool:
        """Give an answer to who waits for it; False when it was not asked here."""
        outcome = self._waiting.pop(event.token, None)
        if outcome is None:
            return False
        outcome(event)
        return True

    def audio(self) -> AudioSpec | None:
        """Return where the voice is."""
        return self.there.audio() if self.there is not None else None

    def transcript(self) -> list[AtExchange]:
        """Return the last AT exchanges, the oldest first."""
        return [] if self.there is None else list(self.there.transcript())


def _ignore(_: Done | Failed) -> None:
    """Take an outcome that nobody waits for."""
