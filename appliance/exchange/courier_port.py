"""A line as its courier has it: the modem of the moment, timers, the store, other couriers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlite_utils import Database

from appliance.exchange.ask import Answer
from appliance.exchange.services import Services
from appliance.model.records import Application, UrlKind
from appliance.store import Store
from drivers.clock import Timer
from drivers.errors import PortLost
from drivers.modem import Identity, Modem


class CourierLine(Services, Protocol):
    """What a courier's port needs of the line worker."""

    @property
    def modem(self) -> Modem | None:
        """The modem that is there."""

    @property
    def msisdn(self) -> str:
        """The line's number."""

    @property
    def identity(self) -> Identity | None:
        """Who answered on the port."""

    @property
    def store(self) -> Store:
        """The database."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""

    def set_timer(self, owner: str, name: str, seconds: float, action: Callable[[], None]) -> None:
        """Have ``action`` called on the line's thread."""

    def stop_timer(self, owner: str, name: str) -> None:
        """Stop a timer."""

    def courier_timer(self, name: str) -> None:
        """Tell the courier that a time of its is over."""

    def hand_over(self, line: str, text_id: int) -> None:
        """Give a text to the courier of another line."""


class CourierPort:
    """The line, as its courier has it."""

    def __init__(self, line: CourierLine) -> None:
        self._line = line

    @property
    def modem(self) -> Modem:
        """The line's modem as it is now."""
        modem = self._line.modem
        if modem is None:
            raise PortLost("the modem is not there")
        return modem

    @property
    def line(self) -> str:
        """The number of the line's SIM."""
        return self._line.msisdn

    @property
    def iccid(self) -> str:
        """The SIM."""
        identity = self._line.identity
        return identity.iccid if identity else ""

    def now(self) -> datetime:
        """Return the time of day, aware, UTC."""
        return self._line.now()

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return self._line.monotonic()

    def after(self, seconds: float, name: str) -> Timer:
        """Have the courier told on the line's thread that ``seconds`` have passed."""
        line = self._line
        line.set_timer("courier", name, seconds, lambda: line.courier_timer(name))
        return _CourierTimer(line, name)

    def post_store(
        self,
        work: Callable[[Database], Any],
        done: Callable[[Any, BaseException | None], None],
    ) -> None:
        """Have ``work`` written and ``done`` called on the line's thread."""
        self._line.post_store(work, done)

    def write_store(self, work: Callable[[Database], Any], timeout: float) -> None:
        """Have ``work`` written before this returns. Not for the line's thread: it would wait.

        Args:
            timeout: Seconds.

        Raises:
            StoreFailed: Nothing is known to be on the disk.
        """
        self._line.store.write(work, timeout=timeout)

    def ask(
        self,
        application: Application,
        url: UrlKind,
        body: Mapping[str, Any],
        answered: Callable[[Answer], None],
        timeout: float | None = None,
    ) -> None:
        """Put a question to an application; ``answered`` is called once, on the line's thread."""
        self._line.ask(application, url, body, answered, timeout)

    def hand_over(self, line: str, text_id: int) -> None:
        """Give a text to the courier of another line."""
        self._line.hand_over(line, text_id)


class _CourierTimer:
    """A timer of a courier's; cancelled on the line's thread only."""

    def __init__(self, line: CourierLine, name: str) -> None:
        self._line = line
        self._name = name

    def cancel(self) -> None:
        """Make it not happen."""
        self._line.stop_timer("courier", self._name)
