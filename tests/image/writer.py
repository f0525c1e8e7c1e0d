"""A store and a recorder that write until they are killed: ``writer FOLDER FIRST``.

Tells each subscription id, and ``recording NAME SHA256``, once it is acknowledged.
"""

from __future__ import annotations

import itertools
import os
import queue
import random
import sys
from pathlib import Path

from appliance.media.events import MediaEvent, Recorded
from appliance.media.recorder import Recorder
from appliance.store import Store
from drivers.audio.port import FRAME_OCTETS
from drivers.clock import SystemClock
from tests.store.kill_child import bind_for_ever

FRAMES = 160  # 3.2 s: what is shorter than 3 s leaves no file


def main() -> None:
    """Write for ever."""
    folder, first = Path(sys.argv[1]), int(sys.argv[2])
    store = Store(folder / "simveil.db", clock=SystemClock())
    store.start()
    done: queue.SimpleQueue[MediaEvent] = queue.SimpleQueue()
    recorder = Recorder(folder / "recordings", done.put)
    recorder.start()
    bind_for_ever(store, first)
    noise = random.Random(first)
    for number in itertools.count(first):
        recording = recorder.begin("call", f"{number}.wav")
        for _ in range(FRAMES):
            recording.put(noise.randbytes(FRAME_OCTETS), None)
        recorder.end(recording)
        event = done.get(timeout=60)
        assert isinstance(event, Recorded), event
        os.write(1, f"recording {event.name} {event.sha256}\n".encode())


if __name__ == "__main__":
    main()
