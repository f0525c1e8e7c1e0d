"""What the parts of a line worker have of each other, and of the rooms around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from appliance.exchange.gate import Gate
from appliance.exchange.journal import Journal
from appliance.exchange.messages import Inbox
from appliance.exchange.notifier import Identifiers
from appliance.exchange.registry import Registry
from appliance.exchange.services import Services
from appliance.exchange.settings import ExchangeSettings
from appliance.media import MediaEvent
from appliance.model.call_plan import Strategy
from appliance.store import Store
from drivers.modem import AudioSpec, Done, Failed, Identity, Modem, Token
from drivers.rack import Health

Outcome = Callable[[Done | Failed], None]
Post = Callable[[MediaEvent], None]


class MediaPort(Protocol):
    """The media room as the exchange uses it. Every command returns at once."""

    def start(self) -> None:
        """Start it."""

    def stop(self, timeout: float) -> None:
        """End it within ``timeout`` seconds."""

    def attach(self, call: str, leg: str, spec: AudioSpec) -> None:
        """Open a leg's port."""

    def detach(self, call: str, leg: str) -> None:
        """Close a leg's port."""

    def play(
        self,
        call: str,
        leg: str,
        play_id: int,
        sources: tuple[str, ...],
        *,
        loop: bool = False,
        interruptible: bool = False,
        mix: bool = False,
    ) -> None:
        """Play to a leg."""

    def stop_play(self, call: str, leg: str) -> None:
        """Cut what plays."""

    def bridge(self, call: str, on: bool) -> None:
        """Let the legs hear each other."""

    def record(self, call: str, name: str) -> None:
        """Record both legs."""

    def stop_record(self, call: str) -> None:
        """End the recording of a call."""

    def listen(self, call: str, leg: str, on: bool) -> None:
        """Detect digits."""

    def close(self, call: str) -> None:
        """End everything of a call."""


class RackPort(Protocol):
    """The rack as the exchange uses it."""

    def start(
        self,
        added: Callable[[Modem], None],
        removed: Callable[[str], None],
        told: Callable[[str, Health], None],
    ) -> None:
        """Report the modems that are there, every change, and how recoveries stand."""

    def recover(self, socket_name: str, cause: str) -> None:
        """Begin the recovery ladder for a modem that is lost."""

    def health(self, socket_name: str) -> Health:
        """Return how the recovery of a socket stands."""

    def well(self, socket_name: str, family: str) -> None:
        """A modem is set up, or tells what its SIM lacks."""

    def stop(self, timeout: float) -> None:
        """Stop reporting within ``timeout`` seconds."""


class LineCore(Services, Protocol):
    """A line worker, as what lives on its thread uses it. Everything returns at once."""

    settings: ExchangeSettings
    store: Store
    media: MediaPort
    registry: Registry
    identifiers: Identifiers
    gate: Gate
    journal: Journal

    @property
    def inbox(self) -> Inbox:
        """The worker's own inbox."""

    @property
    def msisdn(self) -> str:
        """The line's number, empty while it is not known."""

    @property
    def identity(self) -> Identity | None:
        """Who answered on the port."""

    def connect(self) -> tuple[Strategy, ...]:
        """Return the strategies of this line, first choice first."""

    def command(self, ask: Callable[[Modem], Token], outcome: Outcome | None = None) -> None:
        """Give the modem a request; ``outcome`` is called on this thread, never at once."""

    def set_timer(self, owner: str, name: str, seconds: float, action: Callable[[], None]) -> None:
        """Have ``action`` called on this thread; replaces the timer of the same owner and name."""

    def stop_timer(self, owner: str, name: str) -> None:
        """Stop a timer; harmless when it does not run."""

    def stop_timers(self, owner: str) -> None:
        """Stop every timer of an owner."""

    def audio(self) -> AudioSpec | None:
        """Return where the line's voice is."""

    def changed(self) -> None:
        """Something that a list of lines shows may have changed."""
