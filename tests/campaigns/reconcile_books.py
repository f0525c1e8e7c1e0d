"""What people write down of what they do: calls and texts as they are meant."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


class Tickets:
    """How many calls and texts are yet to be made."""

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._left = count

    def take(self) -> bool:
        """Take one; False when none is left."""
        with self._lock:
            self._left -= 1
            return self._left >= 0


@dataclass
class Placed:
    """One call as the people mean it, and what they did.

    Args:
        callees: Whom it may reach; nobody when empty.
        codes: State codes with which it may end before a second leg, beside what haste and busy
            lines explain.
        x: The number that events and records name.
        record: The relation asks for recording.
        typed: Extensions typed, whole ones.
        withheld: The caller hides the number.
        ends: Between which two moments the relation ends by its time, if it does.
        part: ``main``, ``third`` (meets a busy line) or ``back`` (calls back what it was shown).
        did: What people did: moment, number, what.
    """

    mode: str
    caller: str
    dialled: str
    callees: list[str]
    codes: list[int]
    x: str
    subscription: str | None = None
    record: bool = False
    user_data: str | None = None
    typed: list[str] = field(default_factory=list)
    withheld: bool = False
    ends: tuple[float, float] | None = None
    part: str = "main"
    at: float = 0.0
    until: float = 0.0
    did: list[tuple[float, str, str]] = field(default_factory=list)


@dataclass
class Written:
    """One text as its sender means it.

    Args:
        arrives: What the recipient is to read; None when nobody is to.
        result: ``sendResult`` that the application is to be told; None when it is told nothing.
        asked: The application is asked first.
    """

    mode: str
    sender: str
    x: str
    text: str
    recipient: str | None
    arrives: str | None
    result: int | None
    subscription: str | None = None
    asked: bool = False
    at: float = 0.0
