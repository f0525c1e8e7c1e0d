"""Tells people: one message when something is wrong, one when it is right again, one line a day.

A webhook is told at once; texts go out through a SIM that is well, and wait for the end of the
quiet hours. What was told survives a restart. What nobody could be told is tried again.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal, Protocol

import urllib3

from appliance.config import Settings
from appliance.errors import Refused, SimveilError
from appliance.logging import mask_text
from appliance.operations.findings import Finding, Inspector
from appliance.store import Store
from appliance.store.alerts import Alert, Alerts
from appliance.store.rows import select_value, time_text
from appliance.words import Language, say

_log = logging.getLogger(__name__)

Event = Literal["alert", "clear", "report"]
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
    """

    def __init__(
        self,
        store: Store,
        exchange: SendsTexts,
        inspector: Inspector,
        settings: Settings,
        now: Callable[[], datetime],
        local: Callable[[datetime], datetime] = datetime.astimezone,
    ) -> None:
        self._store = store
        self._kept = Alerts(store.reader)
        self._exchange = exchange
        self._inspector = inspector
        self._name = settings.box.name
        self._rules = settings.alert
        self._now = now
        self._local = local
        ca = None if self._rules.ca_file is None else str(self._rules.ca_file)
        self._http = urllib3.PoolManager(ca_certs=ca, retries=False)
        self._not_before: dict[str, float] = {}  # way → monotonic time of its next try

    @property
    def wanted(self) -> bool:
        """Whether anybody is to be told."""
        return bool(self._rules.webhook or self._rules.texts_to)

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
            alert = Alert(finding.subject, finding.code, finding.facts, now, None, False, False)
        alert = replace(alert, over=None)
        if (now - alert.since).total_seconds() >= self._rules.after:
            alert = self._told(alert, "alert", told=False)
        if alert != before:
            self._put(alert)

    def _absent(self, alert: Alert, now: datetime) -> None:
        if not (alert.webhook or alert.text):
            self._store.write(lambda db: self._kept.drop(db, alert.subject))
            return
        if alert.over is None:
            alert = replace(alert, over=now)
            self._put(alert)
        assert alert.over is not None
        if (now - alert.over).total_seconds() < self._rules.after:
            return
        after = self._told(alert, "clear", told=True)
        if not (after.webhook or after.text):
            self._store.write(lambda db: self._kept.drop(db, alert.subject))
        elif after != alert:
            self._put(after)

    def _put(self, alert: Alert) -> None:
        self._store.write(lambda db: self._kept.put(db, alert))

    def _told(self, alert: Alert, event: Event, *, told: bool) -> Alert:
        """Tell on every way on which it is ``told`` already or not yet; return what is kept."""
        sentence = {lang: self._sentence(alert, event, lang) for lang in ("en", "zh-CN")}
        facts = {"code": alert.code, "subject": mask_text(alert.subject), "since": alert.since}
        if alert.webhook is told and self._post(event, sentence, **facts):
            alert = replace(alert, webhook=not told)
        if alert.text is told and self._text(sentence["en"]):
            alert = replace(alert, text=not told)
        return alert

    def _sentence(self, alert: Alert, event: Event, language: Language) -> str:
        what = say(alert.code, language, **alert.facts)
        frame = "CON-501" if event == "alert" else "CON-502"
        return mask_text(say(frame, language, box=self._name, what=what))

    # --- the daily line ---

    def _report(self, now: datetime, found: dict[str, Finding]) -> None:
        local = self._local(now)
        daily = self._rules.daily
        if daily is None or f"{local:%H:%M}" < daily or self._kept.reported(local.date()):
            return
        sentence = {lang: self._summary(now, found, lang) for lang in ("en", "zh-CN")}
        webhook = self._rules.webhook is None or self._post("report", sentence)
        if not webhook:
            return
        if self._rules.texts_to:
            self._send(sentence["en"], local)
        self._store.write(lambda db: self._kept.note_report(db, local.date(), now))

    def _summary(self, now: datetime, found: dict[str, Finding], language: Language) -> str:
        lines = [str(getattr(line.state, "value", line.state)) for line in self._exchange.lines()]
        since = time_text(now.replace(hour=0, minute=0, second=0, microsecond=0))
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

    def _post(self, event: Event, sentence: dict[str, str], **facts: object) -> bool:
        if self._rules.webhook is None or self._waits("webhook"):
            return False
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
            return self._failed("webhook")
        if answer.status >= 300:
            _log.warning("the webhook answered %d", answer.status)
            return self._failed("webhook")
        return True

    def _text(self, sentence: str) -> bool:
        if not self._rules.texts_to or self._waits("text") or self._is_quiet():
            return False
        return self._send(sentence, self._now()) or self._failed("text")

    def _send(self, sentence: str, _now: datetime) -> bool:
        """Send a text to everybody; True when somebody got it, or may have got it."""
        words = gsm(sentence)
        sent = [self._send_to(to, words) for to in self._rules.texts_to]
        return any(sent)

    def _send_to(self, to: str, words: str) -> bool:
        for line in self._healthy()[:_SIMS]:
            try:
                self._exchange.send_text(line, to, words, TEXT_SECONDS)
            except Refused as error:
                if "did not answer" in str(error):
                    _log.warning("nobody knows whether an alert was sent: %s", error)
                    return True  # one message, not two
                _log.warning("an alert was not sent through SIM %s: %s", line[-6:], error)
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

    def _waits(self, way: str) -> bool:
        return time.monotonic() < self._not_before.get(way, 0.0)

    def _failed(self, way: str) -> bool:
        self._not_before[way] = time.monotonic() + AGAIN
        return False


def gsm(sentence: str) -> str:
    """Return a sentence as one part of the default alphabet: ASCII that it has, 160 of them."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in "`[]{}|~\\^" else "?"
        for letter in sentence
    )
    return plain if len(plain) <= TEXT_OCTETS else plain[: TEXT_OCTETS - 2] + ".."


def _json(value: object) -> str:
    return time_text(value) if isinstance(value, datetime) else str(value)
