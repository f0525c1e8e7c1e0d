"""Logs as a chain of small functions, masking among them.

Numbers, secrets and codes never reach a log as they are: whatever logger wrote them, the last steps
before the output replace ``+8613912340001`` by ``+861*****0001``, fields that are secrets by
asterisks, and what follows ``AT+CPIN=``.
"""

from __future__ import annotations

import logging
import re
import sys
from collections import deque
from contextlib import nullcontext
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from appliance import journal_log

# E.164 with its plus, and mainland mobiles without: nothing else is sure to be a person.
_NUMBER = re.compile(
    r"\+(\d{3})\d{3,8}(\d{4})(?!\d)|(?<![\d.+-])((?:86)?1[3-9])\d{5}(\d{4})(?![\d-])"
)
_PIN = re.compile(r"(\+CPIN=|\+CLCK=|\+CPWD=)[^\r\n]*", re.IGNORECASE)
_DIGEST = re.compile(r'(PasswordDigest|Password|Secret)="[^"]*"', re.IGNORECASE)
_SECRET_FIELDS = re.compile(
    r"secret|password|digest|authorization|^pin$|^puk$|content|^body$|^text$"
)


def mask_text(text: str) -> str:
    """Return a text in which numbers, PINs and digests cannot be read."""
    text = _PIN.sub(r"\1***", text)
    text = _DIGEST.sub(r'\1="***"', text)
    return _NUMBER.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    if found[1] is not None:
        return f"+{found[1]}*****{found[2]}"
    return f"{found[3]}*****{found[4]}"


def mask_values(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Mask every value of an event, whatever depth it is at."""
    return {name: _mask(name, value) for name, value in event.items()}


def _mask(name: str, value: Any) -> Any:
    if name != "event" and _SECRET_FIELDS.search(name.lower()):
        return "***"
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {key: _mask(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mask("", inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask_text(str(value))


def name_thread(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Say on which thread it was: a line's name is its thread's."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["thread"] = record.threadName
    return event


def _stdlib_arguments(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Keep the fields given as ``extra=``."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        for name, value in vars(record).items():
            if name not in _RECORD_FIELDS and name not in event:
                event[name] = value
    return event


_RECORD_FIELDS = frozenset(
    {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "_logger", "_name"}
)


def chain(*, as_json: bool) -> list[Processor]:
    """Return the steps from an event to a line of text."""
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=_plain_traceback)
    )
    traceback: list[Processor] = [structlog.processors.format_exc_info]
    return [
        name_thread,
        _stdlib_arguments,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        *traceback,
        mask_values,
        last,
    ]


def _plain_traceback(out: TextIO, info: Any) -> None:
    structlog.dev.plain_traceback(out, info)


def configure(
    level: str = "info", *, as_json: bool = False, stream: TextIO | None = None
) -> logging.Handler:
    """Send every logger's words through the chain to ``stream``, standard error by default.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
        as_json: One JSON object a line.

    Returns:
        The handler that was installed, for a test to remove. As a unit of systemd without a
        ``stream`` it writes to the journal, with fields.
    """
    handler: logging.Handler
    if stream is None and journal_log.wanted():
        handler = journal_log.JournalHandler()
        as_json = True
    else:
        handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(as_json=as_json))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level.upper())
    return handler


def keep_recent() -> Recent:
    """Keep the last lines of this process in memory, for a console. Returns what keeps them."""
    handler = Recent()
    handler.setFormatter(_formatter(as_json=False))
    logging.getLogger().addHandler(handler)
    return handler


def _formatter(*, as_json: bool) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=chain(as_json=as_json),
    )


class Recent(logging.Handler):
    """Keeps the last lines, masked as all others, for whoever looks at the running box.

    Args:
        most: Lines that are kept.
    """

    def __init__(self, most: int = 1_000) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=most)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record's line."""
        try:
            self._lines.append(self.format(record))
        except Exception:  # noqa: BLE001 - what cannot be shown must not stop who logged it
            self.handleError(record)

    def last(self, count: int) -> list[str]:
        """Return up to ``count`` lines, the oldest first."""
        with self.lock or nullcontext():
            return list(self._lines)[-count:]


def recent() -> Recent | None:
    """Return what keeps the last lines of this process, None before :func:`keep_recent`."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, Recent):
            return handler
    return None
