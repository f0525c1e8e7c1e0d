"""What can go wrong between the box and a modem.

DriverError                    anything below the exchange
├── PortLost                   the port is gone or can't be opened: reopen, or wait for a replug
├── CommandFailed              the modem answered with an error
│   └── NotSupported           … that says it never will on this modem or SIM
├── CommandTimeout             no final result in time: the outcome is unknown
└── Cancelled                  taken back before it was written
"""

from __future__ import annotations


class DriverError(Exception):
    """Raised when a modem or one of its ports did not do what was asked."""


class PortLost(DriverError):
    """Raised when a port is gone, cannot be opened, or is held by another program."""


class CommandFailed(DriverError):
    """Raised when the modem ended a command with an error.

    Args:
        message: One sentence with the command's name and the modem's answer.
        cme: ``+CME ERROR`` number (3GPP TS 27.007 §9.2), if that was the answer.
        cms: ``+CMS ERROR`` number (3GPP TS 27.005 §3.2.5), if that was the answer.
        cause: Q.850 cause, where the family reports one.
    """

    def __init__(
        self,
        message: str,
        *,
        cme: int | None = None,
        cms: int | None = None,
        cause: int | None = None,
    ) -> None:
        super().__init__(message)
        self.cme = cme
        self.cms = cms
        self.cause = cause


class NotSupported(CommandFailed):
    """Raised when modem, SIM or network lack the feature, so that a retry is pointless."""


class CommandTimeout(DriverError):
    """Raised when no final result came within the command's deadline.

    Args:
        message: One sentence with the command's name and the deadline in seconds.
        outcome_unknown: True if the network may have acted on it (a text after its Ctrl-Z).
    """

    def __init__(self, message: str, *, outcome_unknown: bool = False) -> None:
        super().__init__(message)
        self.outcome_unknown = outcome_unknown


class Cancelled(DriverError):
    """Raised when a queued command was taken back before any octet of it was written."""
