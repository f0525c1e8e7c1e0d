"""What is wrong with the SIMs: kept until it is right again, shown beside their lines."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from typing import Any

from appliance.store import Store
from appliance.store.upkeep import LineFinding, Upkeep
from drivers.clock import Clock

_log = logging.getLogger(__name__)


class Findings:
    """From any thread; its lock guards one dictionary.

    Args:
        store: Where they survive a restart.
        clock: Dates them.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept = Upkeep(store.reader)
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], LineFinding] = {}

    def load(self) -> None:
        """Take up what was found before a restart."""
        found = {(each.iccid, each.subject): each for each in self._kept.findings()}
        with self._lock:
            self._found = found

    def of(self, iccid: str | None) -> tuple[LineFinding, ...]:
        """Return what is wrong with a SIM."""
        with self._lock:
            return tuple(
                found for (owner, _), found in sorted(self._found.items()) if owner == iccid
            )

    def every(self) -> Iterable[LineFinding]:
        """Return everything that is wrong."""
        with self._lock:
            return tuple(self._found.values())

    def put(self, iccid: str, subject: str, code: str | None, **facts: str) -> None:
        """Keep what is wrong about a subject; ``code`` None: nothing is."""
        key = (iccid, subject)
        with self._lock:
            before = self._found.get(key)
            if code is None:
                self._found.pop(key, None)
            elif before is None or before.code != code or before.facts != facts:
                since = before.since if before is not None else self._clock.now()
                self._found[key] = LineFinding(iccid, subject, code, since, facts)
            after = self._found.get(key)
        if after is before:
            return
        if after is None:
            _log.info("SIM %s: %s is right again", iccid[-6:], subject)
            self._store.post(lambda db: self._kept.drop_finding(db, iccid, subject), _written)
        else:
            _log.warning("SIM %s: %s (%s)", iccid[-6:], subject, after.code)
            self._store.post(lambda db: self._kept.put_finding(db, after), _written)


def _written(_: Any, error: BaseException | None) -> None:
    if error is not None:
        _log.error("a finding was not kept: %s", error)
