"""What the owner of a box does with its lines: sets them up, looks after them, finds them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from appliance.errors import NotFound, Refused
from appliance.exchange.allowances import SUBJECT as ALLOWANCE
from appliance.exchange.allowances import Allowances
from appliance.exchange.checks import Checks, Find
from appliance.exchange.commission_line import Station
from appliance.exchange.findings import Findings
from appliance.exchange.line import LineWorker
from appliance.exchange.messages import Ask
from appliance.exchange.reading import Reading
from appliance.exchange.registry import LineState, LineStatus
from appliance.exchange.ring import Rung, ring
from appliance.exchange.upkeep_settings import UpkeepSettings
from appliance.model import saved_codes, subscription
from appliance.model.subscription import Radio, Replies
from appliance.store import Store
from appliance.store.upkeep import Balance, Upkeep
from drivers.clock import Clock, Timer
from drivers.modem import Done, Failed, Modem, Token

_log = logging.getLogger(__name__)

LOOK_PULLED = 0.2
"""Seconds between two looks for a stick that is being pulled out."""
CREDIT = "credit"
LOW = "FND-103"
RADIO_OFF, RADIO_ON = "AT+CFUN=4", "AT+CFUN=1"
BLINKS = 3

Lines = Callable[[], Sequence[LineStatus]]
AskModem = Callable[[str, Callable[[Modem], Token], float], object]


class Desk:
    """Safe from any thread; what waits, waits on the caller's.

    Args:
        store: Everything durable.
        clock: Runs its looks at idle lines.
        find: The worker and status of a line by any of its names; raises NotFound.
        lines: Every line.
        ask: Gives a line's modem a request and waits for its value; raises NotFound, Refused.
        allowances: What SIMs may still use.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: UpkeepSettings,
        *,
        find: Find,
        lines: Lines,
        ask: AskModem,
        allowances: Allowances,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._find = find
        self._lines = lines
        self._ask = ask
        self._allowances = allowances
        self._kept = Upkeep(store.reader)
        self.findings = Findings(store, clock)
        self.checks = Checks(store, clock, find, self.findings)
        self._timer: Timer | None = None
        self._ending = False
        self._lock = threading.Lock()  # guards the three dictionaries
        self._radio: dict[str, Radio] = {}
        self._radio_at: dict[str, float] = {}
        self._day_at: dict[str, datetime] = {}

    def start(self) -> None:
        """Begin to look after the lines."""
        self._ending = False
        self.findings.load()
        self._timer = self._clock.after(self._settings.first, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._ending = True
        if self._timer is not None:
            self._timer.cancel()

    # --- what an owner asks for ---

    def ring(self, name: str, phone: str, seconds: float) -> Rung:
        """Let a phone ring from a line, enrolled or not.

        Args:
            name: The line.
            phone: E.164, known to be safe to dial.
            seconds: For which it rings at most.

        Raises:
            NotFound: No such line.
            Refused: It is in use, not ready, or was lost.
        """
        line, status = self._find(name)
        called = status.msisdn or status.iccid or status.socket
        rung = ring(Station(line, called, enrolled=False), phone, seconds)
        if status.iccid is not None and rung.hold is not None:
            self.checks.proven(status.iccid, "hold", rung.hold)
        return rung

    def pulled(self, seconds: float) -> LineStatus | None:
        """Wait until a stick is pulled out and return its line as it was; None in vain.

        Args:
            seconds: To wait at most.
        """
        before = {line.socket: line for line in self._lines() if line.state is not LineState.LOST}
        end = time.monotonic() + seconds
        waiter = threading.Event()  # nobody sets it: a wait that the clock of a test may not skip
        while (left := end - time.monotonic()) > 0:
            there = {line.socket for line in self._lines() if line.state is not LineState.LOST}
            gone = [line for socket, line in before.items() if socket not in there]
            if gone:
                return gone[0]
            waiter.wait(min(LOOK_PULLED, left))
        return None

    def blink(self, name: str) -> int:
        """Switch a line's radio off and on, so that its light changes; return how many times.

        Raises:
            NotFound: No such line.
            Refused: A call is on it, or the modem did not do it.
        """
        _, status = self._find(name)
        if status.call is not None:
            raise Refused("line", f"line {name} is in use")
        try:
            for command in (RADIO_OFF, RADIO_ON) * BLINKS:
                self._radio_to(name, command)
        except Refused:
            self._radio_to(name, RADIO_ON)  # whatever failed, the line is not left without radio
            raise
        return BLINKS

    def _radio_to(self, name: str, command: str) -> None:
        self._ask(name, lambda modem: modem.raw(command, 15.0), 20.0)

    def balance(self, name: str) -> Balance:
        """Ask a line's operator for the credit by the saved code, and keep the answer.

        Raises:
            NotFound: No such line, or no code is saved for its operator.
            Refused: The operator did not answer.
        """
        _, status = self._find(name)
        saved = self._kept.code(status.operator, saved_codes.BALANCE)
        if saved is None or status.iccid is None:
            raise NotFound(f"no balance code is saved for operator {status.operator}")
        told = str(self._ask(name, lambda modem: modem.ussd(saved.code), 60.0))
        return self._credited(status.iccid, saved.pattern, told)

    # --- what is known ---

    @property
    def zone(self) -> tzinfo:
        """The wall clock by which months of allowances begin."""
        return self._allowances.zone

    def now(self) -> datetime:
        """Return the time of day, aware, UTC."""
        return self._clock.now()

    def radio(self) -> dict[str, Radio]:
        """Return where and how each SIM is attached, by ICCID, as last read."""
        with self._lock:
            return dict(self._radio)

    def balances(self) -> list[Balance]:
        """Return the last known credit of each SIM."""
        return self._kept.balances()

    # --- looking after idle lines, on the timer thread ---

    def _look(self) -> None:
        if self._ending:
            return
        self._timer = self._clock.after(self._settings.every, self._look)
        for status in self._lines():
            if status.role is not None and status.msisdn and status.iccid:
                self._weigh(status.msisdn, status.iccid)
            if status.state is LineState.READY and status.call is None and status.iccid:
                self._attend(status, status.iccid)

    def _attend(self, status: LineStatus, iccid: str) -> None:
        now, at = self._clock.now(), self._clock.monotonic()
        try:
            line, _ = self._find(status.socket)
        except NotFound:
            return
        with self._lock:
            day = self._day_at.get(iccid)
            daily = status.role is not None and (
                day is None or now - day >= timedelta(seconds=self._settings.day)
            )
            radio = at - self._radio_at.get(iccid, -1e9) >= self._settings.radio
            if daily:
                self._day_at[iccid] = now
            elif radio:
                self._radio_at[iccid] = at
        if daily:
            self.checks.daily(line, status, lambda read: self._checked(line, status, iccid, read))
        elif radio:
            line.post(
                Ask(
                    Reading(
                        line,
                        subscription.RADIO_QUESTIONS,
                        lambda replies: self._attached(iccid, replies),
                    ).begin
                )
            )

    def _attached(self, iccid: str, replies: Replies | None) -> None:
        if replies is not None:
            with self._lock:
                self._radio[iccid] = subscription.radio(replies)

    def _checked(self, line: LineWorker, status: LineStatus, iccid: str, read: bool) -> None:
        """On the line's thread: go on with the credit, or try again at the next look."""
        if not read:
            with self._lock:
                self._day_at.pop(iccid, None)
            return
        saved = self._kept.code(status.operator, saved_codes.BALANCE)
        if saved is None:
            return

        def told(result: Done | Failed) -> None:
            if isinstance(result, Done):
                self._credited(iccid, saved.pattern, str(result.value))

        line.command(lambda modem: modem.ussd(saved.code), told)

    def _credited(self, iccid: str, pattern: str | None, told: str) -> Balance:
        told = told[: saved_codes.MOST_LETTERS]
        amount = saved_codes.picked(pattern, told)
        kept = Balance(iccid, self._clock.now(), amount, told)
        number = self._store.numbers.by_iccid(iccid)
        least = number.settings.get(saved_codes.LOW_CREDIT) if number is not None else None
        if amount is not None:
            low = isinstance(least, int) and amount < least
            facts = {"amount": saved_codes.shown(amount)} if low else {}
            self.findings.put(iccid, CREDIT, LOW if low else None, **facts)
        self._store.post(lambda db: self._kept.put_balance(db, kept), _logged)
        return kept

    def _weigh(self, msisdn: str, iccid: str) -> None:
        """Have the line's own thread look what is left of its SIM's allowance."""

        def weigh() -> None:
            found = self._allowances.finding(msisdn)
            code, facts = (None, {}) if found is None else (found[0], {"percent": str(found[1])})
            self.findings.put(iccid, ALLOWANCE, code, **facts)

        try:
            self._find(msisdn)[0].post(Ask(weigh))
        except NotFound:
            _log.debug("a line went while it was looked at")


def _logged(_: Any, error: BaseException | None) -> None:
    if error is not None:
        _log.error("looking after the lines: %s", error)
