"""What the operations of the admin interface work with, and how one is described."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from prometheus_client.core import Metric

from appliance.api.admin.schemas import Schema
from appliance.api.refusals import Refusals
from appliance.config import Settings
from appliance.errors import NotFound
from appliance.exchange.commissioning import Commissionings
from appliance.exchange.desk import Desk
from appliance.exchange.witness import Witness
from appliance.model import records
from appliance.model.numbers import normalise
from appliance.operations.generation import Marks
from appliance.operations.jobs import Jobs
from appliance.operations.voices import Voices
from appliance.store import Store
from drivers.clock import Clock


class RunsLines(Protocol):
    """What the admin interface asks of the exchange."""

    @property
    def commissionings(self) -> Commissionings:
        """What lines really can."""

    @property
    def desk(self) -> Desk:
        """Setting lines up, and looking after them."""

    def lines(self) -> Sequence[Any]:
        """Return the status of every line."""

    def enrolment_changed(self) -> None:
        """Have the lines look up their SIMs again."""

    def metrics(self) -> Iterable[Metric]:
        """Return what the exchange counts."""

    def raw_at(self, line: str, command: str, timeout: float) -> list[str]:
        """Send one AT command and return the lines of its answer."""

    def ussd(self, line: str, code: str, timeout: float) -> str:
        """Send a USSD code and return the operator's answer."""

    def send_text(self, line: str, to: str, text: str, timeout: float) -> int:
        """Send a text of one part by hand and return its message reference."""

    def reset(self, line: str) -> None:
        """Start the line's modem anew."""

    def wake(self, line: str) -> None:
        """Let a line that rests work again."""

    def transcript(self, line: str) -> Sequence[Any]:
        """Return the last AT exchanges with the line's modem."""


@dataclass(frozen=True, slots=True)
class Box:
    """The running box."""

    store: Store
    exchange: RunsLines
    clock: Clock
    settings: Settings
    voices: Voices
    started: float
    jobs: Jobs
    refusals: Refusals
    witness: Witness
    marks: Marks | None = None

    def number(self, text: str) -> str:
        """Return a number as E.164. Raises BadInput."""
        return normalise(text, self.settings.box.region)

    def app(self, name: str) -> records.Application:
        """Return the application of that name. Raises NotFound."""
        app = self.store.applications.by_name(name)
        if app is None:
            raise NotFound(f"there is no application {name!r}")
        return app

    def app_id(self, name: str | None) -> int | None:
        """Return the id of the application of that name, None for None. Raises NotFound."""
        return None if name is None else self.app(name).app_id

    def app_names(self) -> dict[int | None, str]:
        """Return every application's name by its id."""
        return {app.app_id: app.name for app in self.store.applications.all()}


_In = TypeVar("_In", bound=Schema)
Verb = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: the single source of its route, its checks and its documentation.

    Args:
        method: Arguments of GET and DELETE come from path and query, others from path and body.
        path: With ``{name}`` for each argument in it.
        given: The model of all arguments.
        gives: The answer: a model, or a list of one.
        run: Called with the box and the arguments.
    """

    method: Verb
    path: str
    summary: str
    given: type[Schema]
    gives: Any
    run: Callable[[Box, Any], Any]

    @property
    def in_path(self) -> list[str]:
        """Names of the arguments in the path."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def name(self) -> str:
        """Unique name, such as ``post_numbers_transfer``."""
        words = re.findall(r"\w+", re.sub(r"{\w+}", "one", self.path))
        return "_".join([self.method.lower(), *words])


def operation(
    method: Verb,
    path: str,
    summary: str,
    given: type[_In],
    gives: Any,
    run: Callable[[Box, _In], Any],
) -> Operation:
    """Return an operation whose function takes what its model gives."""
    return Operation(method, path, summary, given, gives, run)
