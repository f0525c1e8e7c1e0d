"""Decodes prompts away from the threads that must not wait: the callers' and the legs'."""

from __future__ import annotations

import logging
import queue
import threading

from appliance.media.play import Play
from appliance.media.prompts import Library

_log = logging.getLogger(__name__)

_Order = tuple[Play, tuple[str, ...]]


class Loader:
    """Gives plays their clips, on one thread named ``media-loader``."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="media-loader", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the thread within ``timeout`` seconds."""
        self._orders.put(None)
        if self._thread is not None:
            self._thread.join(timeout)

    def load(self, play: Play, sources: tuple[str, ...]) -> None:
        """Give ``play`` its clip as soon as may be; returns at once."""
        self._orders.put((play, sources))

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            play, sources = order
            try:
                play.clip = self._library.play(sources)
            except Exception:  # noqa: BLE001 - one bad file must not silence every other call
                _log.exception("prompts could not be loaded")
                play.clip = ()
