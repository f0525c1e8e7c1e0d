"""Commissionings as the interface asks for them: one at a time, kept with the line's number."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from appliance.errors import NotFound, Refused
from appliance.exchange.commission import Commission
from appliance.exchange.commission_line import Lends, Station
from appliance.exchange.commission_phone import PhoneCommission
from appliance.exchange.ports import MediaPort
from appliance.exchange.registry import LineState, LineStatus, Registry
from appliance.exchange.tone_call import Toned, tone_call
from appliance.model.commission import SETTING, Report
from appliance.store import Store

MOST_PARTNERS = 2

Find = Callable[[str], tuple[Lends, LineStatus]]


class Commissionings:
    """Safe from any thread; the caller's waits while its lines are tried.

    Args:
        store: Keeps the reports.
        media: The media room.
        registry: Of lines and calls.
        find: The worker and status of a line by any of its names; raises NotFound.
        lines: Every line.
        speed: Of the virtual radio.
    """

    def __init__(
        self,
        store: Store,
        media: MediaPort,
        registry: Registry,
        *,
        find: Find,
        lines: Callable[[], Sequence[LineStatus]],
        speed: float,
    ) -> None:
        self._store = store
        self._media = media
        self._registry = registry
        self._find = find
        self._lines = lines
        self._speed = speed
        self._running = threading.Lock()

    def run(self, name: str, partners: Sequence[str], recordings: Path, now: datetime) -> Report:
        """Try a line, keep what was found and return it.

        Args:
            name: The line, by MSISDN, ICCID or IMEI; its SIM must be enrolled.
            partners: One or two other lines, or one test number outside in E.164 that may be
                dialled; empty takes free lines, trunks first.
            recordings: The media room's folder.
            now: The date of the report.

        Raises:
            NotFound: No such line, or its SIM is not enrolled.
            Refused: ``line``: no partner is free, a line is in use or was lost; ``busy``: another
                commissioning runs.
        """
        if not self._running.acquire(blocking=False):
            raise Refused("busy", "another line is being commissioned")
        try:
            line, status = self._station(name)
            number = self._store.numbers.by_msisdn(line.msisdn)
            if number is None:
                raise NotFound(f"the SIM of line {name} is not enrolled")
            chosen = list(partners) or self._free(status)
            if not chosen:
                raise Refused("line", "no other line is free to take the calls")
            trial = self._trial(line, chosen[:MOST_PARTNERS], recordings)
            report = trial.run(now)
            settings = report.settings()
            self._store.write(
                lambda db: self._store.numbers.update(db, number.number_id, settings=settings)
            )
            return report
        finally:
            self._running.release()

    def _trial(self, line: Station, partners: list[str], recordings: Path) -> Commission:
        if len(partners) == 1 and partners[0] not in self._names():
            return PhoneCommission(
                line,
                partners[0],
                media=self._media,
                registry=self._registry,
                recordings=recordings,
                speed=self._speed,
            )
        return Commission(
            line,
            [self._station(partner)[0] for partner in partners],
            media=self._media,
            registry=self._registry,
            recordings=recordings,
            speed=self._speed,
        )

    def _names(self) -> set[str]:
        told = ((line.msisdn, line.iccid, line.imei) for line in self._lines())
        return {name for names in told for name in names if name}

    def report(self, name: str) -> tuple[Report, bool] | None:
        """Return a line's last report and whether modem, SIM or firmware are others now.

        None when there is none. Raises NotFound for an unknown line.
        """
        worker, status = self._find(name)
        number = self._store.numbers.by_msisdn(status.msisdn or "")
        kept = number.settings.get(SETTING) if number else None
        if not isinstance(kept, dict):
            return None
        report = Report.from_json(kept)
        identity = worker.identity
        firmware = identity.firmware if identity else None
        return report, report.stale(status.imei, status.iccid, firmware)

    def tone_call(self, name: str, phone: str, seconds: float, ring: float) -> Toned:
        """Call a phone from a line and play a tone to it (:func:`tone_call`).

        Raises:
            NotFound: No such line.
            Refused: ``line``: it is in use; ``busy``: a commissioning or another test runs.
        """
        if not self._running.acquire(blocking=False):
            raise Refused("busy", "another line is being tried")
        try:
            return tone_call(
                self._station(name)[0],
                phone,
                seconds,
                media=self._media,
                registry=self._registry,
                ring=ring,
            )
        finally:
            self._running.release()

    def _station(self, name: str) -> tuple[Station, LineStatus]:
        worker, status = self._find(name)
        if status.msisdn is None:
            raise NotFound(f"the number of line {name} is not known")
        return Station(worker, status.msisdn), status

    def _free(self, tried: LineStatus) -> list[str]:
        """Return lines that could take the calls, trunks first."""
        free = [
            line
            for line in self._lines()
            if line.msisdn not in (None, tried.msisdn)
            and line.state is LineState.READY
            and line.role is not None
            and line.call is None
        ]
        free.sort(key=lambda line: line.role != "trunk")
        return [str(line.msisdn) for line in free]
