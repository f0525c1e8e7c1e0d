"""Modems that are plugged in, found by udev: grouped by their USB device, told once complete."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

import pyudev
import serial

from drivers.modem import Socket
from drivers.sticks import Reading, Stick, Triplet, Tty, answering, is_bridge, read

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
        self._told: dict[str, Socket] = {}
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
        """Return what the owner should do, one sentence for each socket that needs it."""
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
        if stick is None or not _still_there(told, stick):
            del self._told[path]
            removed(told.name)

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
        told = self._told.get(path)
        if told is not None and stick is not None and _still_there(told, stick):
            return
        reading = Reading() if stick is None else read(stick, self._pin)
        socket = reading.socket
        if socket is None and stick is not None and reading.candidates:
            socket, reading = self._ask(stick, reading)
        self._advise(path, reading.advice)
        if told is not None and socket != told:
            del self._told[path]
            removed(told.name)
        if socket is not None and self._told.get(path) != socket:
            self._told[path] = socket
            added(socket)

    def _ask(self, stick: Stick, reading: Reading) -> tuple[Socket | None, Reading]:
        for node in reading.candidates:
            if self._ending.is_set():
                break
            if self._asks(node):
                return answering(stick, node, self._pin), reading
        if is_bridge(stick):
            return None, reading  # a converter without a modem is nobody's fault
        return None, Reading(advice="This stick is not known, and none of its ports answers AT.")

    def _advise(self, path: str, advice: str | None) -> None:
        name = f"usb:{path}"
        with self._lock:
            known = self._advice.pop(name, None)
            if advice is not None:
                self._advice[name] = advice
        if advice is not None and advice != known:
            _log.warning("%s: %s", name, advice)


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


def _still_there(told: Socket, stick: Stick) -> bool:
    """A stick whose ports are as they were told needs no second look, nor to be asked again."""
    nodes = {tty.node for tty in stick.ttys}
    if told.port not in nodes:
        return False
    if told.audio is None:
        return not stick.cards
    if told.audio.kind == "serial":
        return told.audio.address in nodes and not stick.cards
    return any(f"CARD={card}," in told.audio.address for card in stick.cards)


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
