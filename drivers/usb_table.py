"""Which interface of which USB stick is what, as data.

The numbers are ``bInterfaceNumber``. Sources: ModemManager's udev rules and plugins, the Asterisk
channel drivers for dongles and Quectel modules, and the kernel's ``option`` id table, each read for
these facts. A product that is not listed is judged by its interfaces, and asked as the last resort.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ALSA: Final = "alsa"
Voice = int | Literal["alsa"] | None

# Codes of what an owner is told of a stick; the sentences stand in the appliance's words.
CD_ROM: Final = "USB-001"  # shows itself as a CD-ROM: usb_modeswitch is needed
ROUTER: Final = "USB-002"  # a HiLink stick: a router without a command port
NO_VOICE: Final = "USB-003"  # a module that has no voice at all
WRONG_COMPOSITION: Final = "USB-004"  # a SIM7600 as a network card: AT+CUSBPIDSWITCH
ANALOG_VOICE: Final = "USB-005"  # voice on analog sockets only: a sound dongle beside it
NO_COMMAND_PORT: Final = "USB-006"  # a listed product whose command port is not there
UNKNOWN_STICK: Final = "USB-007"  # not listed, and none of its ports answers AT
NO_CARD: Final = "USB-008"  # voice by USB audio, which is switched off
ASKED: Final = "USB-009"  # not listed: its ports will be asked
FAULTS: Final = frozenset({CD_ROM, ROUTER, WRONG_COMPOSITION, NO_COMMAND_PORT, NO_CARD})
"""What keeps a stick from carrying calls until somebody does something about it."""


@dataclass(frozen=True, slots=True)
class Product:
    """One USB product id in one composition.

    Args:
        name: What people call it.
        at: Interface of the AT command port.
        voice: Interface of serial PCM, ``alsa`` for a sound card, None for no voice over USB.
        second_voice: Interface that carries PCM when there is no sound card.
        silent: Interfaces that must never be written to: diagnostics, NMEA, voice.
        advice: Code of what the owner is told of this composition, or None.
        lacking: Code of what the owner is told when none of its voices is there, or None.
        family: Family that drives it, where the modem's own name would not tell.
    """

    name: str
    at: int
    voice: Voice = None
    second_voice: int | None = None
    silent: tuple[int, ...] = ()
    advice: str | None = None
    lacking: str | None = None
    family: str = "auto"


def _quectel(name: str) -> Product:
    return Product(name, 2, ALSA, second_voice=1, silent=(0, 1))


def _zte(name: str, at: int) -> Product:
    # What its words for calls mean, python-gsmmodem-new knows.
    return Product(name, at, advice=NO_VOICE, family="gsmmodem")


PRODUCTS: Final[dict[tuple[int, int], Product]] = {
    (0x2C7C, 0x0125): _quectel("Quectel EC25/EG25-G"),
    (0x2C7C, 0x0121): _quectel("Quectel EC21"),
    (0x2C7C, 0x0191): _quectel("Quectel EG91"),
    (0x2C7C, 0x0195): _quectel("Quectel EG95"),
    (0x2C7C, 0x0306): _quectel("Quectel EG06"),
    (0x2C7C, 0x0512): _quectel("Quectel EG12"),
    (0x2C7C, 0x0296): Product("Quectel BG96", 2, None, silent=(0, 1), advice=NO_VOICE),
    (0x2C7C, 0x0800): Product("Quectel RM500Q", 2, ALSA, silent=(0, 1), lacking=NO_CARD),
    (0x2C7C, 0x0801): Product("Quectel RM520N", 2, ALSA, silent=(0, 1), lacking=NO_CARD),
    (0x05C6, 0x9003): Product("Quectel UC20", 2, ALSA, silent=(0, 1), lacking=NO_CARD),
    (0x05C6, 0x9090): Product("Quectel UC15", 2, None, silent=(0, 1), advice=NO_VOICE),
    (0x05C6, 0x9215): _quectel("Quectel EC20"),
    (0x1E0E, 0x9001): Product("SIMCom SIM7600", 2, 4, silent=(0, 1, 4)),
    # With an interface 06 a SIM7600 as a network card, without it an A76xx.
    (0x1E0E, 0x9011): Product(
        "SIMCom SIM7600 or A76xx",
        4,
        6,
        silent=(2, 3, 6),
        advice=WRONG_COMPOSITION,
        lacking=ANALOG_VOICE,
    ),
    (0x1E0E, 0x9205): Product("SIMCom SIM7070", 2, None, silent=(0, 1), advice=NO_VOICE),
    (0x1E0E, 0x9206): Product("SIMCom SIM7080", 2, None, silent=(0, 1), advice=NO_VOICE),
    (0x12D1, 0x1001): Product("Huawei E1550/E169/E160", 2, 1, silent=(1,)),
    (0x12D1, 0x140C): Product("Huawei E173", 3, 2, silent=(2,)),
    (0x12D1, 0x14AC): Product("Huawei E153", 4, 3, silent=(3,)),
    (0x12D1, 0x1436): Product("Huawei E1750", 4, 3, silent=(3,)),
    (0x12D1, 0x1406): Product("Huawei E1750", 4, 3, silent=(3,)),
    (0x12D1, 0x1506): Product("Huawei E171/E3131", 3, 2, silent=(2,)),
    (0x19D2, 0x0001): _zte("ZTE MF622", 0),
    (0x19D2, 0x0015): _zte("ZTE MF628", 1),
    (0x19D2, 0x0031): _zte("ZTE MF626", 3),
    (0x19D2, 0x0016): _zte("ZTE MF1xx", 2),
    (0x19D2, 0x0063): _zte("ZTE MF1xx", 3),
    (0x19D2, 0x0117): _zte("ZTE MF1xx", 2),
    (0x1BC7, 0x1003): Product("Telit UC864", 0, ALSA, lacking=ANALOG_VOICE),
    (0x1BC7, 0x1031): Product("Telit LE910C1", 1, ALSA, silent=(0,), lacking=ANALOG_VOICE),
    (0x1BC7, 0x1040): Product("Telit LE922", 4, ALSA, silent=(0,), lacking=ANALOG_VOICE),
    (0x1546, 0x1102): Product("u-blox LISA-U2/SARA-U2", 0, silent=(6,), advice=ANALOG_VOICE),
    (0x1546, 0x1107): Product("u-blox TOBY-R2", 0, advice=ANALOG_VOICE),
    (0x1546, 0x110A): Product("u-blox LARA-R2", 0, advice=ANALOG_VOICE),
}

UNUSABLE: Final[dict[tuple[int, int], str]] = {
    (0x12D1, 0x1446): CD_ROM,
    (0x12D1, 0x1F01): CD_ROM,
    (0x12D1, 0x14FE): CD_ROM,
    (0x19D2, 0x2000): CD_ROM,
    (0x12D1, 0x14DB): ROUTER,
    (0x12D1, 0x14DC): ROUTER,
}
"""Products that are modems but offer no command port as they are, and what the owner is told."""

QUALCOMM_DIAGNOSTICS: Final[tuple[int, int, int]] = (0xFF, 0xFF, 0x30)
"""Class, subclass, protocol of a diagnostics port on newer Qualcomm firmware."""

SILENT_BY_VENDOR: Final[dict[int, frozenset[int]]] = {
    0x2C7C: frozenset({0, 1}),  # Quectel
    0x05C6: frozenset({0, 1}),  # Qualcomm, under which early Quectel modules run
    0x1E0E: frozenset({0, 1}),  # SIMCom
    0x1BC7: frozenset({0}),  # Telit
    0x1199: frozenset({0}),  # Sierra
}
"""Interfaces of makers' unlisted products that may be diagnostics or NMEA: they are never asked."""

BRIDGES: Final[frozenset[tuple[int, int]]] = frozenset(
    {(0x1A86, 0x7523), (0x10C4, 0xEA60), (0x067B, 0x2303), (0x0403, 0x6001)}
)
"""USB-serial bridges (CH340, CP210x, PL2303, FTDI): what is behind them, only ``ATI`` tells."""

HUAWEI: Final = 0x12D1
HUAWEI_COMMAND: Final[frozenset[tuple[int, int, int]]] = frozenset(
    {(0xFF, 0x01, 0x02), (0xFF, 0x02, 0x02), (0xFF, 0x01, 0x32)}
)
"""Class, subclass, protocol of a Huawei PCUI port: commands and URCs."""
HUAWEI_VOICE: Final[frozenset[tuple[int, int, int]]] = frozenset(
    {(0xFF, 0x01, 0x03), (0xFF, 0x02, 0x03), (0xFF, 0x01, 0x33)}
)
"""… of its diagnostics port, which carries the voice on sticks that have one."""
HUAWEI_MODEM: Final[frozenset[tuple[int, int, int]]] = frozenset(
    {(0xFF, 0x01, 0x01), (0xFF, 0x02, 0x01), (0xFF, 0x01, 0x31)}
)
"""… of its dial-up port: answers AT, but brings no URC."""
