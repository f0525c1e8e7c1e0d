"""Whole-line classification: what a line is, before anything is given to a waiting command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from drivers.at.commands import Command
from drivers.at.fields import head_of, rest_of
from drivers.at.results import Result, final_of
from drivers.at.urcs import Urc, UrcRule

MAX_TEXT_LINES: Final = 20  # of a quoted text, before a missing quote is given up
_HEX = frozenset("0123456789ABCDEFabcdef")
_HEADED = frozenset("+^*$%#")


@dataclass(slots=True)
class Waiting:
    """The command that waits for its reply.

    Args:
        command: The command.
        echoes: Lines that repeat what was written.
        lines: Information lines of the reply so far.
        noise: Lines among them, or beside them, that no modem writes: something may be missing.
    """

    command: Command
    echoes: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    noise: int = 0
    heads: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.heads = self.command.reply_heads()
        self.echoes.add(self.command.text)

    def is_noise(self, line: str) -> bool:
        """Tell whether a line is what no modem writes; a name in a reply may be in any script."""
        strange = not line.isascii() or not line.isprintable()
        return strange and head_of(line).upper() not in self.heads


Meaning = Result | Urc | Literal["reply", "echo", "stray", "held"]


class Classifier:
    """Tells URCs, replies, final results and echoes apart.

    Args:
        rules: URC rules by head.
    """

    def __init__(self, rules: Mapping[str, UrcRule]) -> None:
        self.rules = rules
        self._header: Urc | None = None
        self._quoted: Urc | None = None
        self._quoted_lines = 0

    def meaning(self, line: str, waiting: Waiting | None) -> list[Meaning]:
        """Return what a line is: a URC (with its PDU), a final result, part of the reply …

        ``held`` is a URC's first line whose PDU has yet to come. Two meanings are returned where
        the promised PDU did not come and the line stands for itself.
        """
        if self._quoted is not None:
            if not self._unquoted(line):
                return [self._more_text(line)]
            # The quote's end was lost, or its beginning was noise.
            text, self._quoted = self._quoted, None
            return [text, self._alone(line, waiting)]
        if self._header is not None:
            header, self._header = self._header, None
            if _is_pdu_of(header.rest, line):
                return [Urc(header.head, header.rest, line.upper())]
            return [header, self._alone(line, waiting)]
        return [self._alone(line, waiting)]

    def _alone(self, line: str, waiting: Waiting | None) -> Meaning:
        head = head_of(line)
        rule = self.rules.get(head)
        if waiting is not None:
            if line in waiting.echoes:
                return "echo"
            command = waiting.command
            final = final_of(line, call=command.call, numeric=command.numeric)
            if final is not None:
                return final
            if head.upper() in waiting.heads and not _unasked(rule, line):
                return "reply"
        if rule is not None:
            urc = Urc(head, rest_of(line))
            if rule.pdu:
                self._header = urc
                return "held"
            if rule.quoted and urc.rest.count('"') % 2:
                self._quoted = urc
                self._quoted_lines = 0
                return "held"
            return urc
        if waiting is None or line[:2].upper() == "AT":
            return "stray"
        if waiting.command.raw:
            return "reply"
        if line[0] in _HEADED and ":" in line and head.upper() not in waiting.heads:
            return "stray"
        return "reply" if waiting.command.free else "stray"

    def _unquoted(self, line: str) -> bool:
        """Tell whether a line is one of the modem's own, which no operator's text holds."""
        return line[0] in _HEADED and ":" in line and head_of(line) in self.rules

    def _more_text(self, line: str) -> Meaning:
        assert self._quoted is not None
        text = Urc(self._quoted.head, f"{self._quoted.rest}\n{line}")
        self._quoted_lines += 1
        if text.rest.count('"') % 2 and self._quoted_lines < MAX_TEXT_LINES:
            self._quoted = text
            return "held"
        self._quoted = None
        return text


def _unasked(rule: UrcRule | None, line: str) -> bool:
    if rule is None:
        return False
    if not rule.reply:
        return True
    return rule.never_reply is not None and bool(rule.never_reply.fullmatch(rest_of(line)))


def _is_pdu_of(rest: str, line: str) -> bool:
    """Tell whether a line is the PDU that ``+CMT: ,<len>`` or ``+CDS: <len>`` announced."""
    if len(line) < 14 or len(line) % 2 or not _HEX.issuperset(line):
        return False
    promised = rest.rpartition(",")[2].strip()
    if not promised.isdigit():
        return True
    # The length leaves out the service centre's octets; tolerate makers that count them.
    octets = len(line) // 2
    return octets - int(promised) in {0, 1 + int(line[:2], 16)}
