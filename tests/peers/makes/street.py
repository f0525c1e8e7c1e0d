"""A line of every make, a person for each, and what one peer has done there."""

from __future__ import annotations

import contextlib
import time
import urllib.error
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from drivers.virtual.bank import Bank
from drivers.virtual.config import PERSONALITIES, bank_config
from tests.peers import matrix
from tests.peers.conftest import PATIENCE, Town

NUMBERS = {name: f"+861700000020{place}" for place, name in enumerate(PERSONALITIES)}
PEOPLE = {name: f"+861390000020{place}" for place, name in enumerate(PERSONALITIES)}


class Street(Town):
    """A bank with one line of every make, and a person for each."""

    def modem(self, name: str) -> Any:
        """What the bank says of a line."""
        return self.ask("GET", f"/lines/{urllib.parse.quote(NUMBERS[name])}")

    def until_seen(self, wanted: Callable[[], bool], what: str) -> None:
        """Wait in a thread of its own for something to come true."""
        end = time.monotonic() + PATIENCE
        while not wanted():
            assert time.monotonic() < end, f"not seen: {what}"
            time.sleep(0.1)  # peers' own states can only be asked for

    def texts(self, name: str) -> list[str]:
        """What a person has received from their line."""
        inbox = self.phone(PEOPLE[name])["inbox"]
        return [text["text"] for text in inbox if text["from"] == NUMBERS[name]]

    def write(self, name: str, text: str) -> None:
        """Have a person write to their line."""
        self.press("sms", PEOPLE[name], to=NUMBERS[name], text=text)

    def rung(self, name: str) -> bool:
        """Tell whether a line has called its person, who sees its number; ends the call."""
        phone = self.phone(PEOPLE[name])
        if phone["state"] not in {"ringing", "active"} or phone["shown"] != NUMBERS[name]:
            return any(call["direction"] == "in" for call in phone["calls"])
        with contextlib.suppress(urllib.error.HTTPError):
            self.press("reject" if phone["state"] == "ringing" else "hangup", PEOPLE[name])
        return True


def street(*, quiet: bool) -> Iterator[Street]:
    tables = [
        {"msisdn": number, "personality": name, "quiet": quiet, "reports": not quiet}
        for name, number in NUMBERS.items()
    ]
    bank = Bank(bank_config({"line": tables, "control": "127.0.0.1:0", "speed": 10.0}))
    bank.start()
    try:
        street = Street(bank.control)
        for number in PEOPLE.values():
            street.ask("POST", f"/phones/{urllib.parse.quote(number)}")
            street.press("auto", number, answer_after=3)
        yield street
    finally:
        bank.stop()


class Row:
    """What one peer has done on every make."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.done: dict[str, set[str]] = {name: set() for name in PERSONALITIES}
        self.troubles: list[str] = []

    def tries(self, name: str, action: str) -> bool:
        """Tell whether this is to be done."""
        return matrix.reason(self.peer, name, action) is None

    def did(self, name: str, action: str, seen: bool) -> None:
        """Note that something was done, if it was seen."""
        if seen:
            self.done[name].add(action)

    def each(self, job: Callable[[str], None], names: tuple[str, ...] = PERSONALITIES) -> None:
        """Do something on every make at once; who fails is noted."""

        def guarded(name: str) -> None:
            try:
                job(name)
            except Exception as error:  # noqa: BLE001 - a verdict on the others is wanted, too
                self.troubles.append(f"{name}: {error!r}"[:600])

        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(guarded, names))

    def check(self) -> None:
        """Compare with the matrix."""
        expected = {
            name: {action for action in matrix.ACTIONS if self.tries(name, action)}
            for name in PERSONALITIES
        }
        missing = {
            name: sorted(expected[name] - self.done[name])
            for name in PERSONALITIES
            if expected[name] - self.done[name]
        }
        assert not missing, (missing, self.troubles)
