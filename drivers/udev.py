"""Modems that are plugged in, found by udev: grouped by their USB device, told once complete."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import pyudev
import serial

from drivers.modem import Socket
from drivers.sticks import Reading, Stick, Triplet, Tty, answering, is_bridge, read
from drivers.usb_table import ASKED, UNKNOWN_STICK

Added = Callable[[Socket], None]
Removed = Callable[[str], None]

SETTLE: Final = 2.5  # seconds without news of a stick after which all its nodes are there
POLL: Final = 0.5  # seconds between looks at whether to stop
ASK_TRIES: Final = 3
ASK_TIMEOUT: Final = 0.5  # seconds for the OK to an AT
SUBSYSTEMS: Final = ("tty", "sound", "usb")

_log = logging.getLogger(__name__)


class UdevSource:
    """The modems on this machine's USB, by topology: ``usb:1-1.3`` is always the same socket.

    Nodes come in any order, and a stick that resets comes back under other names; a stick is told
    when nothing new has come of it for :data:`SETTLE` seconds.

    Args:
        pin: SIM PIN for every stick that asks for one; sent at most once by the modem's family.
        asks: Whether a port answers AT; for tests.
        settle: Seconds as above.
    """

    def __init__(
        self,
        pin: str | None = None,
        *,
        asks: Callable[[str], bool] | None = None,
        settle: float = SETTLE,
    ) -> None:
        self._pin = pin
        self._asks = asks or answers_at
        self._settle = settle
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._told: dict[str, tuple[Socket, Stick]] = {}
        self._due: dict[str, float] = {}
        self._lock = threading.Lock()  # guards _advice
        self._advice: dict[str, str] = {}

    def start(self, added: Added, removed: Removed) -> None:
        """Report the sticks that are there, and then every change, on the thread ``discovery``."""
        self._ending.clear()
        self._thread = threading.Thread(
            target=self._supervised, args=(added, removed), name="discovery", daemon=True
        )
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Stop reporting within ``timeout`` seconds."""
        self._ending.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(timeout)

    def advice(self) -> dict[str, str]:
        """Return the code of what the owner should know, for each socket that needs it."""
        with self._lock:
            return dict(self._advice)

    def _supervised(self, added: Added, removed: Removed) -> None:
        while not self._ending.is_set():
            try:
                self._run(added, removed)
            except Exception:  # noqa: BLE001 - a source that dies leaves the box without modems
                _log.exception("discovery failed and begins anew")
                self._ending.wait(POLL)

    def _run(self, added: Added, removed: Removed) -> None:
        context = pyudev.Context()
        monitor = pyudev.Monitor.from_netlink(context)
        for subsystem in SUBSYSTEMS:
            monitor.filter_by(subsystem)
        monitor.start()
        for path in {*sticks(context), *self._told}:
            self._due[path] = 0.0
        while not self._ending.is_set():
            self._tell_due(context, added, removed)
            device = monitor.poll(self._patience())
            if device is not None:
                changed = _path(device)
                if changed is not None:
                    self._due[changed] = monotonic() + self._settle
                    if device.action == "remove":
                        self._lose(context, changed, removed)

    def _patience(self) -> float:
        first = min(self._due.values(), default=float("inf"))
        return max(0.0, min(POLL, first - monotonic()))

    def _lose(self, context: Any, path: str, removed: Removed) -> None:
        """Tell at once that a stick has lost a port; what is left of it is judged once settled."""
        told = self._told.get(path)
        if told is None:
            return
        stick = sticks(context).get(path)
        if stick is None or not _still_there(*told, stick, self._pin):
            del self._told[path]
            removed(told[0].name)

    def _tell_due(self, context: Any, added: Added, removed: Removed) -> None:
        now = monotonic()
        due = [path for path, at in self._due.items() if at <= now]
        if not due:
            return
        there = sticks(context)
        for path in due:
            del self._due[path]
            self._compare(path, there.get(path), added, removed)

    def _compare(self, path: str, stick: Stick | None, added: Added, removed: Removed) -> None:
        told, before = self._told.get(path, (None, None))
        if told and before and stick and _still_there(told, before, stick, self._pin):
            return
        reading = Reading() if stick is None else read(stick, self._pin)
        socket = reading.socket
        if socket is None and stick is not None and reading.candidates:
            if told and before and _same_port(told.port, before, stick):
                socket = answering(stick, told.port, self._pin)  # it is ours: no need to ask
            else:
                socket, reading = self._ask(stick, reading)
        self._advise(path, reading.advice)
        if told is not None and socket != told:
            del self._told[path]
            removed(told.name)
        if socket is not None and stick is not None and path not in self._told:
            self._told[path] = (socket, stick)
            added(socket)

    def _ask(self, stick: Stick, reading: Reading) -> tuple[Socket | None, Reading]:
        for node in reading.candidates:
            if self._ending.is_set():
                break
            if self._asks(node):
                return answering(stick, node, self._pin), reading
        if is_bridge(stick):
            return None, reading  # a converter without a modem is nobody's fault
        return None, Reading(advice=UNKNOWN_STICK)

    def _advise(self, path: str, advice: str | None) -> None:
        name = f"usb:{path}"
        with self._lock:
            known = self._advice.pop(name, None)
            if advice is not None:
                self._advice[name] = advice
        if advice is not None and advice != known:
            _log.warning("%s: %s", name, advice)


@dataclass(frozen=True, slots=True)
class Found:
    """A stick as it is plugged in now.

    Args:
        socket: Its place, ``usb:1-1.3``.
        usb: Vendor and product, ``2c7c:0125``.
        name: What people call it, empty for an unlisted product.
        port: Its command port, None where there is none or only asking would tell.
        audio: Where its voice is, ``alsa:…`` or ``serial:…``, or None.
        advice: Code of what the owner should know, or None.
    """

    socket: str
    usb: str
    name: str
    port: str | None
    audio: str | None
    advice: str | None


def survey(context: Any = None) -> list[Found]:
    """Return every stick on this machine's USB, by place; no port is opened."""
    found = []
    for path, stick in sorted(sticks(context or pyudev.Context()).items()):
        reading = read(stick)
        socket = reading.socket
        audio = socket.audio if socket is not None else None
        found.append(
            Found(
                socket=f"usb:{path}",
                usb=f"{stick.vendor:04x}:{stick.product:04x}",
                name=reading.name,
                port=socket.port if socket is not None else None,
                audio=f"{audio.kind}:{audio.address}" if audio is not None else None,
                advice=reading.advice or (ASKED if _will_be_asked(stick, reading) else None),
            )
        )
    return found


def _will_be_asked(stick: Stick, reading: Reading) -> bool:
    return bool(reading.candidates) and not is_bridge(stick)


def sticks(context: Any) -> dict[str, Stick]:
    """Return every USB device that has a serial port, or that is known to need help, by path."""
    ttys: dict[str, list[Tty]] = {}
    cards: dict[str, list[str]] = {}
    devices: dict[str, Any] = {}
    for device in context.list_devices(subsystem="tty"):
        usb = _usb_device(device)
        if usb is not None and device.device_node:
            devices[usb.sys_name] = usb
            ttys.setdefault(usb.sys_name, []).append(_tty(device))
    for device in context.list_devices(subsystem="sound"):
        usb = _usb_device(device)
        if usb is not None and device.sys_name.startswith("card"):
            name = _attribute(device, "id")
            if name:
                cards.setdefault(usb.sys_name, []).append(name)
    for device in context.list_devices(subsystem="usb", DEVTYPE="usb_device"):
        devices.setdefault(device.sys_name, device)
    found = {}
    for path, device in devices.items():
        stick = Stick(
            path,
            _hex(_attribute(device, "idVendor")),
            _hex(_attribute(device, "idProduct")),
            tuple(ttys.get(path, ())),
            tuple(sorted(cards.get(path, ()))),
        )
        if stick.ttys or read(stick).advice:
            found[path] = stick
    return found


def answers_at(node: str) -> bool:
    """Ask a port ``AT``, three times half a second; never one of diagnostics or voice."""
    try:
        with serial.Serial(node, 115200, timeout=ASK_TIMEOUT, exclusive=True) as port:
            for _ in range(ASK_TRIES):
                port.reset_input_buffer()
                port.write(b"AT\r")
                if b"OK\r" in port.read_until(b"OK\r"):
                    return True
    except (OSError, serial.SerialException) as error:
        _log.debug("%s does not answer: %s", node, error)
    return False


def _still_there(told: Socket, before: Stick, now: Stick, pin: str | None) -> bool:
    """A stick whose ports mean what they meant needs no second look, nor to be asked again."""
    reading = read(now, pin)
    if reading.socket is not None:
        return reading.socket == told
    return _same_port(told.port, before, now) and before.cards == now.cards


def _same_port(node: str, before: Stick, now: Stick) -> bool:
    """Tell whether a node is the same interface as before: a reset may deal the names anew."""
    return any(tty in before.ttys for tty in now.ttys if tty.node == node)


def _usb_device(device: Any) -> Any:
    return device.find_parent("usb", "usb_device")


def _path(device: Any) -> str | None:
    if device.subsystem == "usb":
        return str(device.sys_name) if device.device_type == "usb_device" else None
    usb = _usb_device(device)
    return None if usb is None else str(usb.sys_name)


def _tty(device: Any) -> Tty:
    interface = device.find_parent("usb", "usb_interface")
    number = device.properties.get("ID_USB_INTERFACE_NUM")
    if number is None and interface is not None:
        number = _attribute(interface, "bInterfaceNumber")
    return Tty(str(device.device_node), _hex(number), _triplet(interface))


def _triplet(interface: Any) -> Triplet | None:
    if interface is None:
        return None
    names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
    values = [_attribute(interface, name) for name in names]
    if None in values:
        return None
    return _hex(values[0]), _hex(values[1]), _hex(values[2])


def _attribute(device: Any, name: str) -> str | None:
    try:
        return str(device.attributes.asstring(name)).strip()
    except (KeyError, UnicodeDecodeError):
        return None


def _hex(text: str | None) -> int:
    try:
        return int(text or "0", 16)
    except ValueError:
        return 0
