"""What a make of modem is, as data: how it is known, set up, read and made to speak."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drivers.at.commands import Reply
from drivers.at.fields import fields, number_at
from drivers.at.urcs import UrcRule
from drivers.families import reports
from drivers.modem import Facts


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to switch on when the modem starts.

    Args:
        tries: Commands in order of preference; the first that is accepted is enough.
        required: Without it the modem is of no use.
        fact: Name of a Facts field that is true if a command was accepted, false if none was.
    """

    tries: tuple[str, ...]
    required: bool = False
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class AudioPlan:
    """When host audio is switched on and off.

    Args:
        at_start: When the modem starts, and again after the last call.
        with_call: Right after the OK of ATD or ATA.
        when_active: Once a call is active; the last one is repeated until it is accepted.
        when_idle: After the last call.
        retry_every: Seconds between repetitions.
        retry_for: Seconds after which repeating is given up.
    """

    at_start: tuple[str, ...] = ()
    with_call: tuple[str, ...] = ()
    when_active: tuple[str, ...] = ()
    when_idle: tuple[str, ...] = ()
    retry_every: float = 0.3
    retry_for: float = 12.0


def _tone(digit: str, _: int) -> str:
    return f'AT+VTS="{digit}"'


def no_counter(_: Reply) -> int | None:
    """Tell nothing: the make has no counter of PIN tries."""
    return None


@dataclass(frozen=True, slots=True)
class Family:
    """One make of modem.

    Args:
        name: As in configuration and records.
        makes: What ``AT+CGMI`` and ``AT+CGMM`` together contain.
        settings: What is switched on when it starts, beside what every modem gets.
        urcs: Its own unsolicited lines.
        parsers: What those lines, or common ones read in another way, mean.
        facts: What it can do.
        iccid: Commands that read the ICCID, tried in order.
        pin_counter: Command that tells how many PIN tries are left, or None.
        pin_tries: Reads that command's reply.
        tells_calls: It reports every change of a call itself; else calls are listed every 2 s.
        loses_lines: What it says may be lost: calls and texts are looked for all the time.
        one_call: No second call, no hold: whatever the device lists.
        release_needs_alerting: ``AT+CHLD=1x`` before the far end rings hangs the modem.
        lists_messages: ``AT+CMGL`` can be trusted.
        packed_ussd: USSD text is packed septets in hex.
        digit_command: Makes the command that sends one DTMF digit on a call of some index.
        digit_gap: Seconds between digits.
        audio: Plans by kind of audio port.
    """

    name: str
    makes: re.Pattern[str]
    facts: Facts
    settings: tuple[Setting, ...] = ()
    urcs: tuple[UrcRule, ...] = ()
    parsers: Mapping[str, reports.Parser] = field(default_factory=dict)
    iccid: tuple[str, ...] = ("AT+CCID", "AT+ICCID")
    pin_counter: str | None = None
    pin_tries: Callable[[Reply], int | None] = no_counter
    tells_calls: bool = False
    loses_lines: bool = False
    one_call: bool = False
    release_needs_alerting: bool = False
    lists_messages: bool = True
    packed_ussd: bool = False
    digit_command: Callable[[str, int], str] = _tone
    digit_gap: float = 0.15
    audio: Mapping[str, AudioPlan] = field(default_factory=dict)

    def all_parsers(self) -> dict[str, reports.Parser]:
        """Return the parsers of every line that this make sends, by head."""
        return reports.COMMON | dict(self.parsers)


def field_of(head: str, place: int) -> Callable[[Reply], int | None]:
    """Return a reader of one number in a reply's line."""

    def read(reply: Reply) -> int | None:
        rest = reply.rest(head)
        return None if rest is None else number_at(fields(rest), place)

    return read
