"""From the nodes behind one USB socket to the ports of one modem; no device is touched here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.modem import AudioSpec, Socket
from drivers.usb_table import (
    ALSA,
    BRIDGES,
    HUAWEI,
    HUAWEI_COMMAND,
    HUAWEI_MODEM,
    HUAWEI_VOICE,
    NO_COMMAND_PORT,
    PRODUCTS,
    QUALCOMM_DIAGNOSTICS,
    SILENT_BY_VENDOR,
    UNUSABLE,
)

Triplet = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Tty:
    """One serial port of a stick.

    Args:
        node: Path such as ``/dev/ttyUSB2``.
        interface: ``bInterfaceNumber``.
        kind: Interface class, subclass and protocol, where they are known.
    """

    node: str
    interface: int
    kind: Triplet | None = None


@dataclass(frozen=True, slots=True)
class Stick:
    """Everything that hangs on one USB device.

    Args:
        path: Topology, ``1-1.3``: the socket's name.
        vendor: ``idVendor``; ``product``: ``idProduct``.
        ttys: Its serial ports, in any order.
        cards: Ids of its sound cards.
    """

    path: str
    vendor: int
    product: int
    ttys: tuple[Tty, ...] = ()
    cards: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Reading:
    """What a stick turned out to be.

    Args:
        socket: Its ports, or None while it has none to use.
        candidates: Ports that may be asked whether they answer AT, best first, when nothing told.
        name: What people call the product, empty for an unlisted one.
        advice: Code of what the owner is told, where there is something to do.
    """

    socket: Socket | None = None
    candidates: tuple[str, ...] = ()
    name: str = ""
    advice: str | None = None


def read(stick: Stick, pin: str | None = None) -> Reading:
    """Return the ports of a stick by the table, else by its interfaces, else who may be asked.

    Args:
        stick: As it is plugged in now; ports that are still to come make it incomplete.
        pin: SIM PIN to hand on.
    """
    key = (stick.vendor, stick.product)
    if key in UNUSABLE:
        return Reading(advice=UNUSABLE[key])
    by_interface = {tty.interface: tty.node for tty in stick.ttys}
    product = PRODUCTS.get(key)
    if product is not None:
        port = by_interface.get(product.at)
        if port is None:
            return Reading(name=product.name, advice=NO_COMMAND_PORT)
        audio = _audio(stick, product.voice, product.second_voice, by_interface)
        socket = _socket(stick, port, audio, pin, product.family)
        missing = audio is None and product.lacking is not None
        advice = product.lacking if missing else product.advice
        return Reading(socket, name=product.name, advice=advice)
    if stick.vendor == HUAWEI and any(tty.kind in HUAWEI_COMMAND for tty in stick.ttys):
        return Reading(_huawei(stick, pin))
    asked = [tty for tty in stick.ttys if not _must_be_silent(stick, tty)]
    ordered = sorted(asked, key=lambda tty: (tty.kind in HUAWEI_MODEM, tty.interface))
    return Reading(candidates=tuple(tty.node for tty in ordered))


def answering(stick: Stick, port: str, pin: str | None = None) -> Socket:
    """Return the socket of a stick whose command port was found by asking."""
    return _socket(stick, port, _audio(stick, ALSA, None, {}), pin)


def is_bridge(stick: Stick) -> bool:
    """Tell whether it is a plain USB-serial converter: anything may be behind it."""
    return (stick.vendor, stick.product) in BRIDGES


def _huawei(stick: Stick, pin: str | None) -> Socket:
    ports = {tty.kind: tty.node for tty in stick.ttys}
    command = next(ports[kind] for kind in sorted(HUAWEI_COMMAND) if kind in ports)
    voice = next((ports[kind] for kind in sorted(HUAWEI_VOICE) if kind in ports), None)
    return _socket(stick, command, AudioSpec("serial", voice) if voice else None, pin)


def _must_be_silent(stick: Stick, tty: Tty) -> bool:
    if stick.vendor == HUAWEI:
        return tty.kind in HUAWEI_VOICE
    if tty.kind == QUALCOMM_DIAGNOSTICS:
        return True
    return tty.interface in SILENT_BY_VENDOR.get(stick.vendor, ())


def _audio(
    stick: Stick, voice: int | str | None, second: int | None, ports: Mapping[int, str]
) -> AudioSpec | None:
    if voice == ALSA:
        if stick.cards:
            return AudioSpec("alsa", f"hw:CARD={stick.cards[0]},DEV=0")
        voice = second
    if isinstance(voice, int) and voice in ports:
        return AudioSpec("serial", ports[voice])
    return None


def _socket(
    stick: Stick, port: str, audio: AudioSpec | None, pin: str | None, family: str = "auto"
) -> Socket:
    return Socket(name=f"usb:{stick.path}", port=port, audio=audio, family=family, pin=pin)
