"""What the appliance refuses, and what can fail inside it.

SimveilError
├── BadInput                 the caller's mistake: one sentence, exit status 2 or a 4xx
│   ├── ConfigInvalid        the configuration, every mistake listed
│   └── NotFound             names nothing that exists
├── Refused                  a rule says no; its reason is mapped to a result code
│   └── Unsettled            … or a modem was asked, and nobody knows whether it was done
├── StoreFailed              nothing was written; the caller may try again
│   └── StoreBusy            … because the writer did not answer in time: the outcome is unknown
└── NotRunning               the box that was to be asked is not there
"""

from __future__ import annotations


class SimveilError(Exception):
    """Raised for anything the appliance can name; its text is one sentence for a person."""


class BadInput(SimveilError):
    """Raised when what the caller gave cannot be used."""


class ConfigInvalid(BadInput):
    """Raised when a configuration has mistakes; ``problems`` holds one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class NotFound(BadInput):
    """Raised when a name, number or id stands for nothing here."""


class Refused(SimveilError):
    """Raised when a rule of the bindings refuses.

    Args:
        reason: A short constant such as ``already-bound``, listed in ``model/bindings.py``.
        message: One sentence.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Unsettled(Refused):
    """Raised when a modem was asked for something and nobody knows whether it was done."""


class StoreFailed(SimveilError):
    """Raised when a write did not happen."""


class StoreBusy(StoreFailed):
    """Raised when a write was not confirmed in time."""


class NotRunning(SimveilError):
    """Raised when no box answers on the admin socket."""
