"""What makes one family of modems different from another, as data and a few small functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.virtual import (
    at_call_commands,
    at_general,
    at_message_commands,
    at_network,
    at_services,
    at_sim,
)
from drivers.virtual.at_call_commands import CAUSE_TEXTS
from drivers.virtual.at_calls import BUSY, NO_ANSWERS, Ended
from drivers.virtual.at_interpreter import Framing
from drivers.virtual.at_line import Arguments
from drivers.virtual.at_result import NOT_ALLOWED, AtError
from drivers.virtual.at_table import Command, setting
from drivers.virtual.terminal import Call

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

Lines = list[str]


WITHOUT_LTE: frozenset[str] = frozenset(
    {"+CEREG", "+CESQ", "+CRESET", "+WS46", "+CGEREP", "+CMICGAIN", "+COUTGAIN"}
)
"""What modems of before LTE do not know."""


@dataclass(frozen=True)
class BootStep:
    """One thing that happens after power-up.

    Args:
        at: Seconds after the port appeared.
        line: What the modem says; ``{pin}`` becomes the SIM's state; empty for nothing.
        makes: ``card`` (the SIM can be read from now on), ``sms`` (so can its texts), or nothing.
    """

    at: float
    line: str
    makes: str = ""


def routing(ranges: str, *refused: tuple[int, str]) -> Command:
    """Return ``+CNMI``.

    Args:
        ranges: What the test form promises.
        refused: Parameter places with values that are refused all the same.
    """
    promised = setting("+CNMI", (0, 0, 0, 0, 0), ranges, lambda m: m.messages.routing_changed())

    def write(modem: VirtualModem, args: Arguments) -> Lines:
        for place, value in refused:
            if args.text(place, "") == value:
                raise AtError(cms=303)
        assert promised.write is not None
        promised.write(modem, args)
        return []

    return Command(
        "+CNMI",
        promised.run,
        promised.read,
        write,
        promised.test,
        defaults=promised.defaults,
        ranges=ranges,
    )


class Personality:
    """A family as a modem that is none of them in particular; one object per modem.

    Everything here runs on the reactor's thread. Methods that return lines only name them; who
    calls them sends them.
    """

    family = "generic"
    maker = "Generic"
    model = "GM1"
    revision = "GM1R01"
    type_allocation = "86000000"  # first eight digits of the IMEI
    framing = Framing()
    driver = "auto"  # what a box is told to drive it with, as a USB product id would tell it
    unknown = "ERROR"
    too_many = ""
    technology = 7  # <AcT> of +COPS: 2 UTRAN, 7 E-UTRAN
    memories: dict[str, int] = {"SM": 50, "ME": 25, "SR": 10}  # noqa: RUF012 - never changed
    first_slot = 0
    preferred = ("ME", "ME", "ME")
    empty_slot_is_ok = False
    list_tail = ""
    no_call_error = NOT_ALLOWED
    host_audio_in_multiparty = False
    false_answer = False  # "answered" is told when the far end rings
    voice_port = True  # voice goes over a tty; else over analog sockets or a sound card
    card_rate = 8000
    voice_per_call = False
    first_call_index = 1
    quoted_places = True  # <lac> and <ci> of +CREG stand in quotes
    phantom_calls: tuple[str, ...] = ()  # lines of +CLCC that stand for nothing
    boot: tuple[BootStep, ...] = ()
    stored: frozenset[str] = frozenset()  # settings that a reset does not touch
    lacks: frozenset[str] = frozenset()

    def commands(self) -> list[Command]:
        """Return this family's own commands; they replace common ones of the same name."""
        return []

    def table(self) -> dict[str, Command]:
        """Return all commands by name."""
        common = (
            at_general.COMMANDS
            + at_sim.COMMANDS
            + at_network.COMMANDS
            + at_call_commands.COMMANDS
            + at_services.COMMANDS
            + at_message_commands.COMMANDS
        )
        every = {command.name: command for command in [*common, *self.commands()]}
        return {name: command for name, command in every.items() if name not in self.lacks}

    # --- what it is -------------------------------------------------------------------------------

    def revision_line(self) -> str:
        """Return what ``+CGMR`` answers."""
        return self.revision

    def information(self, _modem: VirtualModem) -> Lines:
        """Return what ``ATI`` answers."""
        return [self.maker, self.model, f"Revision: {self.revision}"]

    def explain(self, error: AtError, level: int) -> str:
        """Return the final result line of an error under ``AT+CMEE=<level>``."""
        return error.line(level)

    def booted(self) -> None:
        """Power is on: everything volatile is as new."""

    # --- calls ------------------------------------------------------------------------------------

    def ring(self, modem: VirtualModem) -> Lines:
        """Return one ring of an incoming call, without the caller."""
        return ["+CRING: VOICE" if modem.settings.number("+CRC") == 1 else "RING"]

    def call_changed(self, _modem: VirtualModem, _call: Call) -> Lines:
        """Return what is said of a call that is new, or whose state or multiparty has changed."""
        return []

    def connected(self, _modem: VirtualModem, _call: Call) -> tuple[Lines, Lines]:
        """Return what is said of an answered call before and after the result of ``ATA``."""
        return [], []

    def ended(self, _modem: VirtualModem, _call: Call, _ended: Ended) -> tuple[Lines, Lines]:
        """Return what is said of a released call before and after a command's result."""
        return [], []

    def result(self, call: Call, ended: Ended, *, others: bool) -> str | None:
        """Return the result code that ends a call for the host, None if this family gives none."""
        if call.outgoing and ended.seconds is None:
            if call.released_here:
                return None
            return unanswered(call.cause)
        return None if call.released_here or others else "NO CARRIER"

    def after_call(self, modem: VirtualModem, *, others: bool) -> None:
        """A call was released; ``others`` are left."""
        if self.voice_per_call and not others:
            modem.voice.switch(False)

    def release_report(self, cause: int | None) -> str:
        """Return what ``+CEER`` says of the last release."""
        return CAUSE_TEXTS.get(cause or 16, "Normal, unspecified")

    def keys_sent(self, keys: str) -> str:
        """Return the keys that really go out for those that the host asked for."""
        return keys

    def key_heard(self, _modem: VirtualModem, _key: str) -> Lines:
        """Return what is said when the far end presses a key."""
        return []

    def hold_hangs(self, _modem: VirtualModem, _code: str) -> bool:
        """Tell whether this ``+CHLD`` hangs the modem for good."""
        return False

    def voice_works(self, _modem: VirtualModem) -> bool:
        """Tell whether voice that is switched on really passes."""
        return True

    def card_on(self, _modem: VirtualModem) -> bool:
        """Tell whether voice reaches the sound card, if there is one."""
        return True

    def voice_tick(self, modem: VirtualModem) -> None:
        """20 ms of a call with its voice on have passed."""

    # --- everything else --------------------------------------------------------------------------

    def packs_codes(self, _modem: VirtualModem) -> bool:
        """Tell whether ``+CUSD`` has its codes and answers as packed septets in hexadecimal."""
        return False

    def memory_full(self, _memory: str) -> Lines:
        """Return what is said when a text finds no room."""
        return []

    def registered(self, modem: VirtualModem) -> None:
        """The registration has changed."""

    def signal_changed(self, modem: VirtualModem) -> None:
        """The signal was looked at."""

    def unlocked(self) -> Lines:
        """Return what is said when the PIN was right."""
        return ["+CPIN: READY"]

    def sim_removed(self, _modem: VirtualModem) -> Lines:
        """Return what is said when the SIM is taken out."""
        return ["+CPIN: NOT INSERTED"]

    def sim_inserted(self, modem: VirtualModem) -> Lines:
        """Return what is said when a SIM is put in."""
        return [f"+CPIN: {modem.card.state}"]


def unanswered(cause: int | None) -> str:
    """Return the result code of an outgoing call that was never answered."""
    if cause == BUSY:
        return "BUSY"
    return "NO ANSWER" if cause in NO_ANSWERS else "NO CARRIER"
