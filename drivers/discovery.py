"""Where modems come from: a list in the configuration, or the control of a virtual bank."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import urllib3

from drivers.modem import AudioSpec, Socket

Added = Callable[[Socket], None]
Removed = Callable[[str], None]

POLL_SECONDS: Final = 1.0  # a long poll's length: stopping takes no longer
REQUEST_LIMIT: Final = 5.0
AWAY_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 3.0)  # between tries while the bank is away
AWAY_TRIES: Final = 3  # failures in a row after which its lines are gone
PLUGS: Final = frozenset({"plug", "unplug"})  # kinds of events after which lines are others
MAX_ANSWER: Final = 64 << 20  # octets

_log = logging.getLogger(__name__)


class StaticSource:
    """Sockets named in the configuration: they are always there; a port that is not, is waited for.

    Args:
        sockets: The sockets.
    """

    def __init__(self, sockets: Iterable[Socket]) -> None:
        self._sockets = tuple(sockets)

    def start(self, added: Added, removed: Removed) -> None:  # noqa: ARG002 - a contract's shape
        """Report every socket."""
        for socket in self._sockets:
            added(socket)

    def stop(self, timeout: float) -> None:
        """Do nothing: no more is ever reported."""


class VirtualSource:
    """The modems of a virtual bank, which may come and go, as its lines may.

    Args:
        control: Address of the bank's control, ``host:port``.
    """

    def __init__(self, control: str = "127.0.0.1:7700") -> None:
        self._base = f"http://{control}"
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._known: dict[str, Socket] = {}

    def start(self, added: Added, removed: Removed) -> None:
        """Report the lines that are plugged in, and then every change."""
        self._ending.clear()
        self._thread = threading.Thread(
            target=self._supervised, args=(added, removed), name="discovery", daemon=True
        )
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Stop reporting within ``timeout`` seconds."""
        self._ending.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def _supervised(self, added: Added, removed: Removed) -> None:
        while not self._ending.is_set():
            try:
                with urllib3.PoolManager(retries=False, maxsize=1) as http:
                    self._run(http, added, removed)
            except Exception:  # noqa: BLE001 - a source that dies leaves the box without modems
                _log.exception("discovery failed and begins anew")
                self._ending.wait(AWAY_PAUSES[-1])

    def _run(self, http: urllib3.PoolManager, added: Added, removed: Removed) -> None:
        failures = 0
        since: int | None = None
        while not self._ending.is_set():
            try:
                if since is None:
                    # First where the events stand, then the lines: nothing falls in between.
                    since = self._next(http, 0, 0.0)
                    self._report(self._lines(http), added, removed)
                since = self._follow(http, since, added, removed)
                failures = 0
            except (
                urllib3.exceptions.HTTPError,
                OSError,
                ValueError,
                KeyError,
                TypeError,
            ) as error:
                failures += 1
                since = None
                if failures == AWAY_TRIES:
                    _log.warning("virtual bank at %s is away: %s", self._base, error)
                    self._report({}, added, removed)
                self._ending.wait(AWAY_PAUSES[min(failures, len(AWAY_PAUSES)) - 1])

    def _get(self, http: urllib3.PoolManager, path: str, limit: float) -> Any:
        timeout = urllib3.Timeout(total=limit)
        answer = http.request("GET", f"{self._base}{path}", timeout=timeout)
        if answer.status != 200:
            raise ValueError(f"{path}: status {answer.status}")
        if len(answer.data) > MAX_ANSWER:
            raise ValueError(f"{path}: {len(answer.data)} octets, expected at most {MAX_ANSWER}")
        return answer.json()

    def _next(self, http: urllib3.PoolManager, since: int, timeout: float) -> int:
        answer = self._get(http, f"/events?since={since}&timeout={timeout:g}", REQUEST_LIMIT)
        return int(answer["next"])

    def _follow(self, http: urllib3.PoolManager, since: int, added: Added, removed: Removed) -> int:
        path = f"/events?since={since}&timeout={POLL_SECONDS:g}"
        answer = self._get(http, path, POLL_SECONDS + REQUEST_LIMIT)
        for event in answer["events"]:
            # Who is back before the lines are read has been away all the same.
            name = socket_name(str(event.get("place", event.get("line"))))
            if event.get("kind") == "unplug" and self._known.pop(name, None) is not None:
                removed(name)
        if any(event.get("kind") in PLUGS for event in answer["events"]):
            self._report(self._lines(http), added, removed)
        return int(answer["next"])

    def _lines(self, http: urllib3.PoolManager) -> dict[str, Socket]:
        answer = self._get(http, "/lines", REQUEST_LIMIT)
        lines = answer["lines"] if isinstance(answer, dict) else answer
        sockets = [line_socket(line) for line in lines if line.get("plugged", True)]
        return {socket.name: socket for socket in sockets if socket.port}

    def _report(self, found: Mapping[str, Socket], added: Added, removed: Removed) -> None:
        for name in [name for name in self._known if found.get(name) != self._known[name]]:
            del self._known[name]
            removed(name)
        for name, socket in found.items():
            if name not in self._known:
                self._known[name] = socket
                added(socket)


def socket_name(place: str) -> str:
    """Return what the socket of a bank is called that a modem is plugged into."""
    return f"virtual:{place}"


def line_socket(line: Mapping[str, Any]) -> Socket:
    """Return the socket of one line as the bank's control lists it. Raises KeyError, ValueError."""
    audio = line.get("audio")
    spec = None
    if audio is not None:
        if audio["kind"] not in {"serial", "alsa"}:
            raise ValueError(f"audio kind {audio['kind']!r}, expected serial or alsa")
        spec = AudioSpec(audio["kind"], str(audio["address"]), int(audio.get("rate", 8000)))
    msisdn = str(line["msisdn"])
    return Socket(
        name=socket_name(str(line.get("place", msisdn))),
        port=str(line["port"] or ""),
        audio=spec,
        family=str(line.get("driver", "auto")),
        pin=line.get("pin"),
        msisdn=msisdn,
    )
