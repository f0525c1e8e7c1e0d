"""What a caller of the bank can be told.

BankError                  anything the bank refuses
├── NotThere               no such phone, line or path: 404
├── NotNow                 it exists, but its state forbids this: 409
├── BadRequest             the request itself is wrong: 400
└── ConfigError            the configuration has mistakes, all of them listed
"""

from __future__ import annotations


class BankError(Exception):
    """Raised when the virtual bank refuses something; the text is one sentence for a person."""

    status = 500


class NotThere(BankError):
    """Raised when no such phone or line exists."""

    status = 404


class NotNow(BankError):
    """Raised when the present state forbids what was asked."""

    status = 409


class BadRequest(BankError):
    """Raised when a request can't be understood."""

    status = 400


class ConfigError(BankError):
    """Raised when the bank's configuration has mistakes.

    Args:
        mistakes: One sentence each, all that were found.
    """

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes
