"""What each SIM's subscription is: asked on demand, mended where that is allowed, and read again
every day while the line is idle. What is wrong, or has become so, is a finding.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from appliance.errors import Refused
from appliance.exchange.findings import Findings
from appliance.exchange.line import LineWorker
from appliance.exchange.messages import Ask, ByHand
from appliance.exchange.reading import Reading
from appliance.exchange.registry import LineState, LineStatus
from appliance.model import subscription
from appliance.model.subscription import Check, Replies
from appliance.store import Store
from appliance.store.upkeep import Upkeep
from drivers.clock import Clock

_log = logging.getLogger(__name__)

READING_SECONDS = 180.0
"""For every question of one reading on a slow network."""
SUBJECT = "check:"
"""Before the name of a check: what a finding is about."""
CHANGED = "changed:"
"""Before the name of a check that is as good as it was and yet another: until the next reading."""
TOLD_WHEN_NEW = ("registration", "voice")
"""Checks whose good answers differ for people: at home or roaming, VoLTE or falling back."""

Find = Callable[[str], tuple[LineWorker, LineStatus]]


class Checks:
    """From any thread but the lines' own.

    Args:
        store: Where the last reading of each SIM is kept.
        clock: Dates them.
        find: The worker and status of a line by any of its names; raises NotFound.
        findings: Where failures are shown.
    """

    def __init__(self, store: Store, clock: Clock, find: Find, findings: Findings) -> None:
        self._store = store
        self._clock = clock
        self._find = find
        self._findings = findings
        self._kept = Upkeep(store.reader)
        self._proven: dict[str, dict[str, bool | None]] = {}

    def last(self, iccid: str) -> tuple[datetime, list[Check]] | None:
        """Return when a SIM was last read and what was found; None before the first time."""
        found = self._kept.checks(iccid)
        return None if found is None else (found[0], [_check(kept) for kept in found[1]])

    def proven(self, iccid: str, name: str, works: bool | None) -> None:
        """Keep what a call has shown of a SIM: ``hold`` or ``multiparty``."""
        self._proven.setdefault(iccid, {})[name] = works

    def run(self, name: str, *, mend: bool, centre: str | None = None) -> list[Check]:
        """Read a line's subscription now.

        Args:
            name: The line, by MSISDN, ICCID, IMEI or socket; its SIM need not be enrolled.
            mend: Put right what can be, and read once more.
            centre: The number of the service centre, to be set where the SIM has none.

        Raises:
            NotFound: No such line.
            Refused: ``line``: it is in use, or was lost; ``modem``: it did not answer.
        """
        line, status = self._find(name)
        if status.iccid is None:
            raise Refused("line", f"line {name} has no SIM that can be read")
        checks = self._judged(status, line, self._read(line, name, subscription.QUESTIONS), centre)
        commands = [command for check in checks if mend for command in check.mend]
        if commands:
            self._read(line, name, commands)
            line.post(ByHand())  # the line looks anew at what the network diverts
            again = self._read(line, name, subscription.QUESTIONS)
            checks = subscription.mended(checks, self._judged(status, line, again, centre))
        self._keep(status.iccid, checks)
        return checks

    def daily(self, line: LineWorker, status: LineStatus, done: Callable[[bool], None]) -> None:
        """Read an idle line's subscription without waiting.

        Args:
            done: Called on the line's thread with whether it could be read.
        """
        iccid = status.iccid

        def read(replies: Replies | None) -> None:
            same = line.status().iccid == iccid and line.status().state is LineState.READY
            if iccid is None or replies is None or not same:
                done(False)
                return
            self._keep(iccid, self._judged(status, line, replies, None))
            done(True)

        line.post(Ask(Reading(line, subscription.QUESTIONS, read).begin))

    def _read(self, line: LineWorker, name: str, commands: Sequence[str]) -> Replies:
        answer: queue.SimpleQueue[Replies | None] = queue.SimpleQueue()
        line.post(Ask(Reading(line, commands, answer.put).begin))
        try:
            replies = answer.get(timeout=READING_SECONDS)
        except queue.Empty:
            raise Refused("modem", f"line {name} did not answer in time") from None
        if replies is None:
            raise Refused("line", f"line {name} is in use")
        return replies

    def _judged(
        self, status: LineStatus, line: LineWorker, replies: Replies, centre: str | None
    ) -> list[Check]:
        checks = subscription.judged(replies, waiting=line.facts.call_waiting, centre=centre)
        number = self._store.numbers.by_iccid(status.iccid or "")
        settings: Mapping[str, Any] = number.settings if number is not None else {}
        proven = dict(self._proven.get(status.iccid or "", {}))
        for name in ("hold", "multiparty"):
            if isinstance(settings.get(name), bool):
                proven[name] = settings[name]
        return subscription.with_proof(checks, proven)

    def _keep(self, iccid: str, checks: Sequence[Check]) -> None:
        now = self._clock.now()
        last = self.last(iccid)
        before = {check.name: check.code for check in last[1]} if last is not None else {}
        for check in checks:
            code = check.code if check.works is False else None
            if check.works is not None:
                self._findings.put(iccid, SUBJECT + check.name, code, **check.facts)
            if check.name in TOLD_WHEN_NEW and check.works:
                new = before.get(check.name) not in (None, check.code)
                self._findings.put(iccid, CHANGED + check.name, check.code if new else None)
        rows = [check.as_json() for check in checks]
        self._store.post(lambda db: self._kept.put_checks(db, iccid, now, rows), _written)


def _check(kept: Mapping[str, Any]) -> Check:
    return Check(
        kept["name"], kept["works"], kept["code"], kept["facts"], mended=kept.get("mended", False)
    )


def _written(_: Any, error: BaseException | None) -> None:
    if error is not None:
        _log.error("a reading was not kept: %s", error)
