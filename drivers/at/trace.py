"""The log of a port's octets, at a level of its own, and what must never be read in it."""

from __future__ import annotations

import logging
import re
from typing import Final, Literal

TRACE: Final = 5
"""Below DEBUG: every octet of a port, for replay in the workshop; off unless asked for by name."""

logging.addLevelName(TRACE, "TRACE")
_log = logging.getLogger(__name__)

_SECRETS = re.compile(r"(AT\+(?:CPIN2?|CLCK|CPWD|CPINR)=)([^\r;]*)", re.IGNORECASE)
_NUMBER = re.compile(r"(\+?\d{3})(\d{2,})(\d{4})")
_PDU = re.compile(r"\b[0-9A-Fa-f]{24,}\b")


def mask_secrets(text: str) -> str:
    """Return text without what follows a command that carries a PIN or password."""
    return _SECRETS.sub(r"\1***", text)


def mask(text: str) -> str:
    """Return text fit for people: without PINs, with PDUs as lengths and numbers shortened."""
    text = mask_secrets(text)
    text = _PDU.sub(lambda found: f"<{len(found[0]) // 2} octets>", text)
    return _NUMBER.sub(lambda found: f"{found[1]}*****{found[3]}", text)


def log_octets(port: str, direction: Literal[">", "<"], octets: bytes) -> None:
    """Log raw octets at TRACE. The only place that writes them, PINs masked."""
    if _log.isEnabledFor(TRACE):
        text = mask_secrets(octets.decode("latin-1"))
        _log.log(TRACE, "%s %s %r", port, direction, text)
