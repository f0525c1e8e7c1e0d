"""What a line worker does for everything that lives on its thread. All of it returns at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlite_utils import Database

from appliance.exchange.ask import Answer
from appliance.model.records import Application, UrlKind

T = TypeVar("T")


class Services(Protocol):
    """The time of day, the store, and questions to applications."""

    def now(self) -> datetime:
        """Return the time of day, aware, UTC."""

    def post_store(
        self,
        work: Callable[[Database], T],
        done: Callable[[T | None, BaseException | None], None],
    ) -> None:
        """Have ``work`` written, and ``done`` called on the line's thread after its commit."""

    def ask(
        self,
        application: Application,
        url: UrlKind,
        body: Mapping[str, Any],
        answered: Callable[[Answer], None],
        timeout: float | None = None,
    ) -> None:
        """Put a question to an application; ``answered`` is called once, on the line's thread."""
