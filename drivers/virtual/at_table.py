"""AT commands as data: what forms a command has, what values a setting takes.

A family's table is the common commands, replaced or extended by its own, less those it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.virtual.at_line import Arguments, Form, Request
from drivers.virtual.at_result import BAD_PARAMETER, AtError, Outcome, TooManyParameters
from drivers.virtual.at_result import UnknownCommand as Unknown

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

Handler = Callable[["VirtualModem", Arguments], Outcome]


@dataclass(frozen=True)
class Command:
    """One command and its forms; a form without a handler answers as an unknown command does.

    Args:
        name: Upper case with its prefix.
        run, read, write, test: ``+X``, ``+X?``, ``+X=…`` and ``+X=?``.
        sim: A SIM that is ready is needed, except for the test form.
        sms: Errors of the SIM are ``+CMS ERROR`` ones, and the message store must be ready.
        defaults: Values at power-up, if the command is a setting.
        ranges: What a setting's values may be, as its test form shows them.
    """

    name: str
    run: Handler | None = None
    read: Handler | None = None
    write: Handler | None = None
    test: Handler | None = None
    sim: bool = False
    sms: bool = False
    defaults: tuple[str, ...] = ()
    ranges: str = ""

    def handler(self, form: Form) -> Handler | None:
        """Return what serves ``form``; an existing command's test form answers at least ``OK``."""
        found = {Form.RUN: self.run, Form.READ: self.read, Form.WRITE: self.write}
        return self.test or nothing if form is Form.TEST else found[form]


def nothing(_modem: VirtualModem, _args: Arguments) -> list[str]:
    """Serve a command that only answers ``OK``."""
    return []


def says(*lines: str) -> Handler:
    """Return a handler that always answers the same lines."""
    return lambda _modem, _args: list(lines)


def accepts(name: str, test: str = "") -> Command:
    """Return a command that takes anything and does nothing that a host could see."""
    return Command(name, nothing, nothing, nothing, says(f"{name}: {test}") if test else None)


def answers(name: str, *lines: str) -> Command:
    """Return a command that, run or read, always answers the same lines."""
    return Command(name, says(*lines), says(*lines))


def setting(
    name: str,
    defaults: Iterable[object],
    ranges: str,
    then: Callable[[VirtualModem], None] | None = None,
    *,
    shows: Callable[[VirtualModem], str] | None = None,
    sim: bool = False,
) -> Command:
    """Return a command that keeps values.

    Args:
        name: Upper case with its prefix.
        defaults: One value per parameter.
        ranges: One group per parameter, such as ``(0-2),("GSM","UCS2")``.
        then: Called after the values have changed.
        shows: What the read form says after the name, if not just the values.
        sim: A SIM that is ready is needed.
    """
    initial = tuple(str(value) for value in defaults)
    allowed = parse_ranges(ranges)

    def write(modem: VirtualModem, args: Arguments) -> list[str]:
        if len(args) > len(initial):
            raise TooManyParameters
        kept = modem.settings[name]
        values = tuple(args.text(place, kept[place]) for place in range(len(initial)))
        for value, choices in zip(values, allowed, strict=True):
            if not is_allowed(value, choices):
                raise AtError(cme=BAD_PARAMETER)
        modem.settings[name] = values
        if then is not None:
            then(modem)
        return []

    def run(modem: VirtualModem, _args: Arguments) -> list[str]:
        modem.settings[name] = initial
        if then is not None:
            then(modem)
        return []

    def read(modem: VirtualModem, _args: Arguments) -> list[str]:
        shown = shows(modem) if shows else ",".join(map(_quoted, modem.settings[name]))
        return [f"{name}: {shown}"]

    return Command(
        name,
        run=run,
        read=read,
        write=write,
        test=says(f"{name}: {ranges}"),
        sim=sim,
        defaults=initial,
        ranges=ranges,
    )


def digit(
    name: str, default: int, high: int, then: Callable[[VirtualModem], None] | None = None
) -> Command:
    """Return a basic command that keeps one number 0..``high``, such as ``&D2`` (none means 0)."""

    def run(modem: VirtualModem, args: Arguments) -> list[str]:
        modem.settings[name] = (str(args.number(0, 0, high=high)),)
        if then is not None:
            then(modem)
        return []

    def read(modem: VirtualModem, _args: Arguments) -> list[str]:
        return [f"{name}: {modem.settings[name][0]}"]

    return Command(name, run, read, defaults=(str(default),), ranges=f"(0-{high})")


def register(
    name: str, default: int, high: int, then: Callable[[VirtualModem], None] | None = None
) -> Command:
    """Return an S register (V.250 §5.3.2), shown with three digits."""

    def write(modem: VirtualModem, args: Arguments) -> list[str]:
        modem.settings[name] = (str(args.number(0, 0, high=high)),)
        if then is not None:
            then(modem)
        return []

    def read(modem: VirtualModem, _args: Arguments) -> list[str]:
        return [f"{int(modem.settings[name][0]):03d}"]

    return Command(name, nothing, read, write, defaults=(str(default),), ranges=f"(0-{high})")


def parse_ranges(ranges: str) -> list[list[str]]:
    """Return the choices of each group of ``(0-2,5),("A","B")``; a range stays one choice."""
    return [
        [choice.strip().strip('"') for choice in group.split(",")]
        for group in re.findall(r"\(([^)]*)\)", ranges)
    ]


def is_allowed(value: str, choices: list[str]) -> bool:
    """Tell whether a value is one of the choices of a group; an empty group takes anything."""
    for choice in choices:
        low, dash, high = choice.partition("-")
        if value == choice or choice == "":
            return True
        if dash and low.isdigit() and high.isdigit() and value.isascii() and value.isdigit():
            return int(low) <= int(value) <= int(high) or _among(value, choices)
    return False


def _among(value: str, choices: list[str]) -> bool:
    spans = [choice.partition("-") for choice in choices]
    return any(
        low.isdigit() and int(low) <= int(value) <= int(high or low) for low, _, high in spans
    )


def _quoted(value: str) -> str:
    return value if value.isascii() and value.isdigit() else f'"{value}"'


class Settings:
    """What a host has set, by command name; :meth:`reset` is ``ATZ`` and power-up."""

    def __init__(self, table: dict[str, Command]) -> None:
        self._defaults = {name: c.defaults for name, c in table.items() if c.defaults}
        self._values = dict(self._defaults)

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._values.get(name, ("0",))

    def __setitem__(self, name: str, values: tuple[str, ...]) -> None:
        self._values[name] = values

    def number(self, name: str, place: int = 0) -> int:
        """Return one value as a number; 0 for a setting that this family does not have."""
        return int(self[name][place])

    def reset(self, keep: Iterable[str] = ()) -> None:
        """Return to the defaults, except for the settings named."""
        kept = {name: self._values[name] for name in keep if name in self._values}
        self._values = self._defaults | kept


def find(table: dict[str, Command], request: Request) -> tuple[Command, Handler]:
    """Return the command and the handler that serve ``request``.

    Raises:
        UnknownCommand: This modem has no such command or no such form of it.
    """
    command = table.get(request.name)
    handler = command.handler(request.form) if command else None
    if command is None or handler is None:
        raise Unknown
    return command, handler
