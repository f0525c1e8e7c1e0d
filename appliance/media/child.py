"""The media room in a process of its own: ``python -m appliance.media.child``, started by the box.

Commands come, and events and answers go, on the socket that is its standard input. It ends with an
orderly stop, or when the box's side of the socket closes, however the box ended: recordings are
then completed and ports given back.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import logging
import queue
import signal
import socket
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from appliance.errors import SimveilError
from appliance.logging import configure
from appliance.media.engine import Media
from appliance.media.events import MediaEvent
from appliance.media.leg import run_in_real_time
from appliance.media.tone_plans import HOME
from appliance.media.wire import decode, encode, encode_event
from drivers.clock import SystemClock
from drivers.modem import AudioSpec

_log = logging.getLogger(__name__)

STOP: Final = 2.0  # seconds to close everything once the box is gone
SWITCH: Final = 0.0005  # seconds that one thread may keep the interpreter from a leg's


class Told:
    """Writes events and answers on a thread of its own, ``media-told``; giving them never waits."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="media-told", daemon=True)
        self._thread.start()

    def event(self, event: MediaEvent) -> None:
        """Tell an event."""
        self._lines.put(encode_event(event))

    def line(self, line: bytes) -> None:
        """Tell anything."""
        self._lines.put(line)

    def end(self, timeout: float) -> None:
        """Write what was given so far and end."""
        self._lines.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._wire.sendall(line)
            except OSError:
                return  # the box is gone: its end of the socket tells the main thread


def serve(wire: socket.socket, given: argparse.Namespace) -> None:
    """Carry out commands until the stop, or the end of the socket."""
    told = Told(wire)
    media = Media(
        told.event,
        clock=SystemClock(),
        prompts=given.prompts,
        recordings=given.recordings,
        region=given.region,
        stereo=given.stereo,
        keep=given.keep,
    )
    media.start()
    timeout = STOP
    # A box that was killed resets the socket where it had not read everything that was told.
    with wire.makefile("rb") as commands, contextlib.suppress(ConnectionError):
        for line in commands:
            name, arguments, options = decode(line)
            if name == "stop":
                timeout = arguments[0]
                break
            if name == "figures":
                legs = [asdict(leg) for leg in media.figures()]
                told.line(encode("figures", arguments[0], legs))
            else:
                _carry_out(media, name, arguments, options)
    media.stop(timeout)
    told.end(STOP)


def _carry_out(media: Media, name: str, arguments: list[Any], options: dict[str, Any]) -> None:
    try:
        if name == "attach":
            call, leg, kind, address, rate = arguments
            media.attach(call, leg, AudioSpec(kind, address, rate))
        elif name == "play":
            call, leg, play_id, sources = arguments
            media.play(call, leg, play_id, tuple(sources), **options)
        elif name in ("detach", "stop_play", "bridge", "listen", "record", "stop_record", "close"):
            getattr(media, name)(*arguments, **options)
        else:
            _log.error("a command %s is not understood", name)
    except SimveilError as error:
        _log.error("%s: %s", name, error)
    except Exception:  # noqa: BLE001 - one bad command must not cost every call its voice
        _log.exception("%s failed", name)


def main() -> int:
    """Parse the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=Path, required=True)
    parser.add_argument("--recordings", type=Path, required=True)
    parser.add_argument("--region", default=HOME)
    parser.add_argument("--stereo", action="store_true")
    parser.add_argument("--keep", type=float, default=None, metavar="SECONDS")
    parser.add_argument("--level", default="info")
    parser.add_argument("--log-json", action="store_true")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the box ends it, in order
    configure(options.level, as_json=options.log_json)
    sys.setswitchinterval(SWITCH)
    if not run_in_real_time():
        _log.info("voice runs without real-time priority: it was not allowed")
    gc.collect()
    gc.freeze()  # what is imported stays: the collector need not look at it while voice runs
    with socket.socket(fileno=0) as wire:
        serve(wire, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
