"""Several questions to one modem, one after the other, between what the line has to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from appliance.exchange.ports import Outcome
from appliance.exchange.registry import LineStatus
from appliance.model.subscription import Replies
from drivers.modem import Done, Failed, Modem, Token

ANSWER_SECONDS = 30.0
"""For one answer; supplementary services are asked of the network."""


class ReadLine(Protocol):
    """A line worker, as a reading uses it."""

    def post(self, message: object) -> None:
        """Leave a message."""

    def status(self) -> LineStatus:
        """Return how the line is."""

    def command(self, ask: Callable[[Modem], Token], outcome: Outcome) -> None:
        """On the worker's thread: give the modem a request."""


class Reading:
    """Lives on the line's thread, from :meth:`begin` to ``done``.

    Args:
        line: The line.
        commands: What is asked.
        done: Called once, on that thread, with the answers; None when a call came meanwhile.
    """

    def __init__(
        self,
        line: ReadLine,
        commands: Sequence[str],
        done: Callable[[Replies | None], None],
    ) -> None:
        self._line = line
        self._left = list(commands)
        self._done = done
        self._replies: dict[str, Sequence[str] | None] = {}

    def begin(self) -> None:
        """Ask the next question, or tell what was answered. Never blocks."""
        if self._line.status().call is not None:
            self._done(None)
        elif not self._left:
            self._done(self._replies)
        else:
            command = self._left.pop(0)
            self._line.command(
                lambda modem: modem.raw(command, ANSWER_SECONDS),
                lambda result: self._took(command, result),
            )

    def _took(self, command: str, result: Done | Failed) -> None:
        value = result.value if isinstance(result, Done) else None
        self._replies[command] = [str(line) for line in value] if isinstance(value, tuple) else None
        self.begin()
