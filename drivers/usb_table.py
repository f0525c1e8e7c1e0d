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


@dataclass(frozen=True, slots=True)
class Product:
    """One USB product id in one composition.

    Args:
        name: What people call it.
        at: Interface of the AT command port.
        voice: Interface of serial PCM, ``alsa`` for a sound card, None for no voice over USB.
        second_voice: Interface that carries PCM when there is no sound card.
        silent: Interfaces that must never be written to: diagnostics, NMEA, voice.
        advice: One sentence for the owner where this composition is not the one to use.
    """

    name: str
    at: int
    voice: Voice = None
    second_voice: int | None = None
    silent: tuple[int, ...] = ()
    advice: str | None = None


_QUECTEL: Final = Product("Quectel LTE", at=2, voice=ALSA, second_voice=1, silent=(0, 1))
_NO_VOICE: Final = "This module has no voice; it can carry texts only."

PRODUCTS: Final[dict[tuple[int, int], Product]] = {
    (0x2C7C, 0x0125): Product("Quectel EC25/EG25-G", 2, ALSA, second_voice=1, silent=(0, 1)),
    (0x2C7C, 0x0121): Product("Quectel EC21", 2, ALSA, second_voice=1, silent=(0, 1)),
    (0x2C7C, 0x0191): _QUECTEL,
    (0x2C7C, 0x0195): _QUECTEL,
    (0x2C7C, 0x0306): _QUECTEL,
    (0x2C7C, 0x0512): _QUECTEL,
    (0x2C7C, 0x0296): Product("Quectel BG96", 2, None, silent=(0, 1), advice=_NO_VOICE),
    (0x2C7C, 0x0800): Product("Quectel RM500Q", 2, ALSA, silent=(0, 1)),
    (0x2C7C, 0x0801): Product("Quectel RM520N", 2, ALSA, silent=(0, 1)),
    (0x05C6, 0x9003): Product("Quectel UC20", 2, ALSA, silent=(0, 1)),
    (0x05C6, 0x9090): Product("Quectel UC15", 2, None, silent=(0, 1)),
    (0x05C6, 0x9215): Product("Quectel EC20", 2, ALSA, second_voice=1, silent=(0, 1)),
    (0x1E0E, 0x9001): Product("SIMCom SIM7600", 2, 4, silent=(0, 1, 4)),
    (0x1E0E, 0x9011): Product(
        "SIMCom SIM7600 (RNDIS) or A76xx",
        4,
        6,
        silent=(2, 3, 6),
        advice="A SIM7600 in this composition is moved by AT+CUSBPIDSWITCH=9001,1,1;"
        " an A76xx has no voice over USB.",
    ),
    (0x1E0E, 0x9205): Product("SIMCom SIM7070", 2, None, silent=(0, 1), advice=_NO_VOICE),
    (0x1E0E, 0x9206): Product("SIMCom SIM7080", 2, None, silent=(0, 1), advice=_NO_VOICE),
    (0x12D1, 0x1001): Product("Huawei E1550/E169/E160", 2, 1, silent=(1,)),
    (0x12D1, 0x140C): Product("Huawei E173", 3, 2, silent=(2,)),
    (0x12D1, 0x14AC): Product("Huawei E153", 4, 3, silent=(3,)),
    (0x12D1, 0x1436): Product("Huawei E1750", 4, 3, silent=(3,)),
    (0x12D1, 0x1406): Product("Huawei E1750", 4, 3, silent=(3,)),
    (0x12D1, 0x1506): Product("Huawei E171/E3131", 3, 2, silent=(2,)),
    (0x19D2, 0x0001): Product("ZTE MF622", 0, None),
    (0x19D2, 0x0015): Product("ZTE MF628", 1, None),
    (0x19D2, 0x0031): Product("ZTE MF626", 3, None),
    (0x19D2, 0x0016): Product("ZTE MF1xx", 2, None),
    (0x19D2, 0x0063): Product("ZTE MF1xx", 3, None),
    (0x19D2, 0x0117): Product("ZTE MF1xx", 2, None),
    (0x1BC7, 0x1003): Product("Telit UC864", 0, None),
    (0x1BC7, 0x1031): Product("Telit LE910C1", 1, None, silent=(0,)),
    (0x1BC7, 0x1040): Product("Telit LE922", 4, None, silent=(0,)),
    (0x1546, 0x1102): Product("u-blox LISA-U2/SARA-U2", 0, None, silent=(6,)),
    (0x1546, 0x1107): Product("u-blox TOBY-R2", 0, None),
    (0x1546, 0x110A): Product("u-blox LARA-R2", 0, None),
}

UNUSABLE: Final[dict[tuple[int, int], str]] = {
    (0x12D1, 0x1446): "The stick shows itself as a CD-ROM; install usb-modeswitch.",
    (0x12D1, 0x1F01): "The stick shows itself as a CD-ROM; install usb-modeswitch.",
    (0x12D1, 0x14FE): "The stick shows itself as a CD-ROM; install usb-modeswitch.",
    (0x19D2, 0x2000): "The stick shows itself as a CD-ROM; install usb-modeswitch.",
    (0x12D1, 0x14DB): "A HiLink stick is a router without an AT port; it cannot be used.",
    (0x12D1, 0x14DC): "A HiLink stick is a router without an AT port; it cannot be used.",
}
"""Products that are modems but offer no command port as they are, and what to do about it."""

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
