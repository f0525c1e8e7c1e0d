"""Tells people: one message when something is wrong, one when it is right again, one line a day.

A webhook is told at once; texts go out through a SIM that is well, and wait for the end of the
quiet hours. What was told survives a restart. What nobody could be told is tried again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, Literal, Protocol

import urllib3

from appliance.config import Settings
from appliance.errors import SimveilError, Unsettled
from appliance.logging import mask_text
from appliance.operations.findings import Finding, Inspector
from appliance.store import Store
from appliance.store.alerts import Alert, Alerts
from appliance.store.rows import select_value, time_text
from appliance.words import LANGUAGES, Language, say

_log = logging.getLogger(__name__)

Event = Literal["alert", "clear", "report"]
WEBHOOK: Final = "webhook"
TEXT_OCTETS: Final = 160  # of one part in the default alphabet
TEXT_SECONDS: Final = 60.0
WEBHOOK_SECONDS: Final = 10.0
AGAIN: Final = 60.0
"""Seconds after which a way that failed is tried again."""
_SIMS: Final = 3  # that are tried for one text


class SendsTexts(Protocol):
    """The exchange, as the alerts use it."""

    def lines(self) -> Iterable[Any]:
        """Return the status of every line."""

    def send_text(self, line: str, to: str, text: str, timeout: float) -> int:
        """Send a text of one part by hand."""


class Teller:
    """Looks for what is wrong and tells it. On the watch's thread only.

    Args:
        store: Keeps what was told.
        exchange: Sends texts.
        inspector: Finds what is wrong.
        settings: The box's.
        now: The time of day, aware.
        local: The same on the local clock; by it quiet hours and the daily report go.
        monotonic: Seconds that never run backwards, for the pause after a failure.
    """

    def __init__(
        self,
        store: Store,
        exchange: SendsTexts,
        inspector: Inspector,
        settings: Settings,
        now: Callable[[], datetime],
        local: Callable[[datetime], datetime] = datetime.astimezone,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._kept = Alerts(store.reader)
        self._exchange = exchange
        self._inspector = inspector
        self._name = settings.box.name
        self._rules = settings.alert
        self._now = now
        self._local = local
        self._monotonic = monotonic
        ca = None if self._rules.ca_file is None else str(self._rules.ca_file)
        self._http = urllib3.PoolManager(ca_certs=ca, retries=False)
        webhook: dict[str, str | None] = {WEBHOOK: None} if self._rules.webhook else {}
        self._ways = webhook | {_way(number): number for number in self._rules.texts_to}
        self._not_before: dict[str, float] = {}  # way → monotonic time of its next try

    @property
    def wanted(self) -> bool:
        """Whether anybody is to be told."""
        return bool(self._ways)

    def look(self) -> None:
        """Look once and tell what is due."""
        now = self._now()
        found = {finding.subject: finding for finding in self._inspector.findings()}
        known = {alert.subject: alert for alert in self._kept.all()}
        for subject, finding in found.items():
            self._present(finding, known.get(subject), now)
        for subject, alert in known.items():
            if subject not in found:
                self._absent(alert, now)
        self._report(now, found)

    # --- what is wrong, and what was ---

    def _present(self, finding: Finding, alert: Alert | None, now: datetime) -> None:
        before = alert
        if alert is None:
            alert = Alert(finding.subject, finding.code, finding.facts, now, None)
        alert = replace(alert, over=None)
        if (now - alert.since).total_seconds() >= self._rules.after:
            told = self._tell("alert", alert, self._ways.keys() - alert.told)
            alert = replace(alert, told=alert.told | told)
        if alert != before:
            self._put(alert)

    def _absent(self, alert: Alert, now: datetime) -> None:
        before, alert = alert, replace(alert, told=alert.told & self._ways.keys())
        if alert.told and alert.over is None:
            alert = replace(alert, over=now)
        if alert.over is not None and (now - alert.over).total_seconds() >= self._rules.after:
            alert = replace(alert, told=alert.told - self._tell("clear", alert, alert.told))
        if not alert.told:
            self._store.write(lambda db: self._kept.drop(db, alert.subject))
        elif alert != before:
            self._put(alert)

    def _put(self, alert: Alert) -> None:
        self._store.write(lambda db: self._kept.put(db, alert))

    def _tell(self, event: Event, alert: Alert, ways: Set[str]) -> set[str]:
        """Tell on these ways; return those on which it is told."""
        frame = "CON-501" if event == "alert" else "CON-502"
        sentence = {
            language: mask_text(
                say(frame, language, box=self._name, what=say(alert.code, language, **alert.facts))
            )
            for language in LANGUAGES
        }
        facts = {"code": alert.code, "subject": mask_text(alert.subject), "since": alert.since}
        return {way for way in ways if self._on(way, event, sentence, facts)}

    # --- the daily line ---

    def _report(self, now: datetime, found: dict[str, Finding]) -> None:
        local = self._local(now)
        daily = self._rules.daily
        if daily is None or f"{local:%H:%M}" < daily:
            return
        left = self._ways.keys() - self._kept.reported(local.date())
        if not left:
            return
        sentence = {language: self._summary(local, found, language) for language in LANGUAGES}
        for way in left:
            if self._on(way, "report", sentence, {}):
                self._note_report(local.date(), way, now)

    def _note_report(self, day: date, way: str, now: datetime) -> None:
        self._store.write(lambda db: self._kept.note_report(db, day, way, now))

    def _summary(self, local: datetime, found: dict[str, Finding], language: Language) -> str:
        lines = [str(getattr(line.state, "value", line.state)) for line in self._exchange.lines()]
        since = time_text(local.replace(hour=0, minute=0, second=0, microsecond=0))
        db = self._store.reader()
        calls = select_value(db, "SELECT count(*) FROM calls WHERE call_in_at >= ?", [since])
        texts = select_value(db, "SELECT count(*) FROM texts WHERE received_at >= ?", [since])
        age = self._inspector.backup_age()
        worst = next(iter(found.values()), None)
        what = say("CON-100", language) if worst is None else say(
            worst.code, language, **worst.facts
        )  # fmt: skip
        facts = {
            "box": self._name,
            "ready": sum(state == "ready" for state in lines),
            "lines": len(lines),
            "calls": calls,
            "texts": texts,
            "waiting": sum(
                count for state, count in self._store.outbox.depth().items() if state != "delivered"
            ),
            "backup": "-" if age is None else f"{age / 3600:.0f} h",
            "what": what,
        }
        return mask_text(say("CON-503", language, **facts))

    # --- ways ---

    def _on(
        self, way: str, event: Event, sentence: Mapping[Language, str], facts: Mapping[str, object]
    ) -> bool:
        """Tell on one way, if it may be used now; what fails is tried again later."""
        number = self._ways[way]
        if self._monotonic() < self._not_before.get(way, 0.0):
            return False
        if number is None:
            told = self._post(event, sentence, facts)
        elif self._is_quiet():
            return False
        else:
            told = self._send(number, gsm(sentence["en"]))
        if not told:
            self._not_before[way] = self._monotonic() + AGAIN
        return told

    def _post(
        self, event: Event, sentence: Mapping[Language, str], facts: Mapping[str, object]
    ) -> bool:
        assert self._rules.webhook is not None
        body = {
            "box": self._name,
            "event": event,
            "at": self._now(),
            "text": sentence["en"],
            "text_zh": sentence["zh-CN"],
            **facts,
        }
        octets = json.dumps(body, default=_json, ensure_ascii=False).encode()
        try:
            answer = self._http.request(
                "POST",
                self._rules.webhook,
                body=octets,
                headers={"Content-Type": "application/json"},
                timeout=urllib3.Timeout(total=WEBHOOK_SECONDS),
                redirect=False,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            _log.warning("the webhook was not told: %s", error)
            return False
        if answer.status >= 300:
            _log.warning("the webhook answered %d", answer.status)
            return False
        return True

    def _send(self, to: str, words: str) -> bool:
        """Send a text; True when it was sent, or may have been."""
        for line in self._healthy()[:_SIMS]:
            try:
                self._exchange.send_text(line, to, words, TEXT_SECONDS)
            except Unsettled as error:
                _log.warning("nobody knows whether an alert was sent: %s", error)
                return True  # one message, not two
            except SimveilError as error:
                _log.warning("an alert was not sent through SIM %s: %s", line[-6:], error)
            else:
                return True
        return False

    def _healthy(self) -> list[str]:
        """Return the SIMs that are ready and idle, trunks first, those with findings last."""
        ready = [
            line
            for line in self._exchange.lines()
            if str(getattr(line.state, "value", line.state)) == "ready"
            and line.call is None
            and line.iccid is not None
        ]
        ready.sort(key=lambda line: (bool(getattr(line, "findings", ())), line.role != "trunk"))
        return [str(line.iccid) for line in ready]

    def _is_quiet(self) -> bool:
        if self._rules.quiet is None:
            return False
        begin, end = self._rules.quiet
        clock = self._local(self._now()).time()
        return begin <= clock < end if begin <= end else clock >= begin or clock < end


def _way(number: str) -> str:
    """Return what a number is called where it is kept that it was told."""
    return f"text-{hashlib.sha256(number.encode()).hexdigest()[:16]}"


def gsm(sentence: str) -> str:
    """Return a sentence as one part of the default alphabet: ASCII that it has, 160 of them."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in "`[]{}|~\\^" else "?"
        for letter in sentence
    )
    return plain if len(plain) <= TEXT_OCTETS else plain[: TEXT_OCTETS - 2] + ".."


def _json(value: object) -> str:
    return time_text(value) if isinstance(value, datetime) else str(value)
