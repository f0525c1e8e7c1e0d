"""One request of the mirrored interface, after it was authenticated, and its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from appliance.api.cloud import wire
from appliance.api.cloud.params import Parameters
from appliance.api.cloud.results import INVALID_REQUEST, CloudError
from appliance.config import Settings
from appliance.model.records import Application
from appliance.operations.voices import Voices
from appliance.store import Store
from appliance.store.aliases import Aliases
from drivers.clock import Clock


class StopsCalls(Protocol):
    """What the mirror asks of the exchange."""

    def stop_call(self, session_id: str, timeout: float = 2.0) -> bool:
        """End both legs; False when no such call is up."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """What the operations work with."""

    store: Store
    exchange: StopsCalls
    clock: Clock
    settings: Settings
    voices: Voices


@dataclass(frozen=True, slots=True)
class Answer:
    """A success.

    Args:
        body: The JSON object.
        status: HTTP status.
        headers: Besides Content-Type.
    """

    body: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CloudRequest:
    """An authenticated request of an application that may use the interface.

    Args:
        base: Scheme, host and port by which the client reached the box, ``https://host:port``.
    """

    cloud: Cloud
    app: Application
    query: str
    body: bytes
    oversize: bool
    base: str

    def body_parameters(self) -> Parameters:
        """Return the arguments of the JSON body. Raises CloudError (1010002)."""
        if self.oversize:
            raise CloudError(INVALID_REQUEST, "body is too long")
        return self._parameters(wire.body_object(self.body))

    def query_parameters(self) -> Parameters:
        """Return the arguments of the query string. Raises CloudError (1010002)."""
        return self._parameters(wire.query_parameters(self.query))

    def _parameters(self, values: dict[str, Any]) -> Parameters:
        for name in _PRIVATE_NUMBERS & set(values):
            values[name] = self._by_its_name(values[name])
        return Parameters(
            values,
            region=self.cloud.settings.box.region,
            voice_exists=lambda name: self.cloud.voices.exists(self.app.app_id, name),
        )

    def _by_its_name(self, given: Any) -> Any:
        """Return the number that the application's old number stands for, else what was given."""
        if not isinstance(given, str) or not given.isascii():
            return given  # no number; half a surrogate pair could not even be asked for
        # A bare plus of a query string came in as a blank.
        asked = "+" + given[1:] if given.startswith(" ") else given
        found = Aliases(self.cloud.store.reader).resolve(asked, self.app.app_id)
        return found or given


_PRIVATE_NUMBERS = frozenset({"relationNum", "privateNum", "virtualNum", "number", "yNum"})
"""Arguments that name a private number, in whatever mode."""

Handler = Callable[[CloudRequest], Answer]
