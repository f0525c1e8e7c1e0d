"""What a line worker is for everything that lives on its thread: an inbox, the modem of the moment,
the time, timers, the store, questions to applications. All of it returns at once.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from appliance.exchange.ask import Answer
from appliance.exchange.ask import Ask as Questions
from appliance.exchange.gate import Gate
from appliance.exchange.journal import Journal
from appliance.exchange.line_modem import LineModem
from appliance.exchange.messages import AdoptText, Ask, Inbox, StoreDone
from appliance.exchange.notifier import Identifiers
from appliance.exchange.ports import MediaPort, Outcome
from appliance.exchange.registry import Registry
from appliance.exchange.settings import ExchangeSettings
from appliance.exchange.timers import Timers
from appliance.model.call_plan import Strategy
from appliance.model.records import Application, UrlKind
from appliance.store import Store
from drivers.clock import Clock
from drivers.modem import AtExchange, AudioSpec, Modem, Token
from drivers.rack import Health


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every line of a box shares."""

    store: Store
    media: MediaPort
    clock: Clock
    settings: ExchangeSettings
    registry: Registry
    identifiers: Identifiers
    recover: Callable[[str, str], None]
    well: Callable[[str, str], None]
    health: Callable[[str], Health]
    questions: Questions
    gate: Gate


class LineServices:
    """The worker's side of LineCore, CourierLine and the other ports of its parts.

    Args:
        socket: Name of the socket that its modems are plugged into.
        around: What all lines share.
    """

    def __init__(self, socket: str, around: Surroundings) -> None:
        self.socket = socket
        self.settings = around.settings
        self.store = around.store
        self.media = around.media
        self.registry = around.registry
        self.identifiers = around.identifiers
        self.gate = around.gate
        self.journal = Journal(self, around.store, around.settings.host_name)
        self._clock = around.clock
        self._questions = around.questions
        self._inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._timers = Timers(around.clock, self)
        self._modem = LineModem(self)

    def post(self, message: object) -> None:
        """Leave a message; never blocks, may be called on any thread."""
        self._inbox.put(message)

    @property
    def inbox(self) -> Inbox:
        """The worker's own inbox."""
        return self

    def connect(self) -> tuple[Strategy, ...]:
        """Return the strategies of this line, first choice first."""
        return self.settings.connect_by_socket.get(self.socket, self.settings.connect)

    # --- the modem ---

    @property
    def modem(self) -> Modem | None:
        """The modem that is there."""
        return self._modem.there

    def audio(self) -> AudioSpec | None:
        """Return where the line's voice is."""
        return self._modem.audio()

    def command(self, ask: Callable[[Modem], Token], outcome: Outcome | None = None) -> None:
        """Give the modem a request; ``outcome`` is called on this thread, never at once."""
        self._modem.command(ask, outcome)

    def transcript(self) -> list[AtExchange]:
        """Return the last AT exchanges with the modem, the oldest first."""
        return self._modem.transcript()

    # --- time ---

    def now(self) -> datetime:
        """Return the time of day, aware, UTC."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return self._clock.monotonic()

    def set_timer(self, owner: str, name: str, seconds: float, action: Callable[[], None]) -> None:
        """Have ``action`` called on this thread; replaces the timer of the same owner and name."""
        self._timers.set(owner, name, seconds, action)

    def stop_timer(self, owner: str, name: str) -> None:
        """Stop a timer; harmless when it does not run."""
        self._timers.stop(owner, name)

    def stop_timers(self, owner: str) -> None:
        """Stop every timer of an owner."""
        self._timers.stop_all(owner)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Have ``action`` called on this thread."""
        self._timers.once(seconds, action)

    # --- the rooms around ---

    def post_store(
        self,
        work: Callable[[Database], Any],
        done: Callable[[Any, BaseException | None], None],
    ) -> None:
        """Have ``work`` written and ``done`` called on this thread after the commit."""
        self.store.post(work, lambda value, error: self.post(StoreDone(done, value, error)))

    def ask(
        self,
        application: Application,
        url: UrlKind,
        body: Mapping[str, Any],
        answered: Callable[[Answer], None],
        timeout: float | None = None,
    ) -> None:
        """Put a question to an application; ``answered`` is called once, on this thread."""

        def take(answer: Answer) -> None:
            self.post(Ask(lambda: answered(answer)))

        self._questions.ask(application, url, body, take, timeout=timeout)

    def hand_over(self, line: str, text_id: int) -> None:
        """Give a text to the courier of the line that it leaves from."""
        other = self.registry.line(line)
        if other is not None:
            other.post(AdoptText(text_id))
