"""The network's side of ALSA modems, in a process of its own: speaks and records.

    python -m tests.drivers.audio.far_end FOLDER SECONDS PCM[=WORDS.raw] …

Every PCM is recorded into ``FOLDER/PCM.raw``; those with words say them half a second after the
beginning. Tells by name, as JSON, when each recording's first sample came (monotonic seconds).
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import alsaaudio

from appliance.media.leg import run_in_real_time

PERIOD = 160
LEAD = 25  # periods of silence before the words
NETWORK = 15  # real-time priority, above the voice's, below the cards'
AHEAD = 4  # periods that a speaker's card holds


def pcm(name: str, kind: int) -> alsaaudio.PCM:
    return alsaaudio.PCM(
        type=kind, mode=alsaaudio.PCM_NORMAL, device=name, rate=8000, channels=1,
        format=alsaaudio.PCM_FORMAT_S16_LE, periodsize=PERIOD, periods=AHEAD,
    )  # fmt: skip


def speak(name: str, words: Path, seconds: float, ready: threading.Barrier) -> None:
    card = pcm(name, alsaaudio.PCM_PLAYBACK)
    octets = bytes(PERIOD * 2 * LEAD) + words.read_bytes()
    octets += bytes(max(0, int(seconds * 8000) * 2 - len(octets)))
    ready.wait()
    for at in range(0, len(octets) - PERIOD * 2 + 1, PERIOD * 2):
        card.write(octets[at : at + PERIOD * 2])
    card.close()


def record(
    name: str, into: Path, seconds: float, ready: threading.Barrier, began: dict[str, float]
) -> None:
    card = pcm(name, alsaaudio.PCM_CAPTURE)
    wanted = int(seconds * 8000) * 2
    octets = bytearray()
    ready.wait()
    while len(octets) < wanted:
        length, data = card.read()
        if length > 0:
            began.setdefault(name, time.monotonic() - length / 8000)
            octets += data
    into.write_bytes(octets)
    card.close()


def main() -> None:
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
    parts = [part.partition("=") for part in sys.argv[3:]]
    speakers = [(name, Path(words)) for name, _, words in parts if words]
    run_in_real_time(NETWORK)
    ready = threading.Barrier(len(parts) + len(speakers))
    began: dict[str, float] = {}
    threads = [
        threading.Thread(target=speak, args=(name, words, seconds, ready))
        for name, words in speakers
    ] + [
        threading.Thread(target=record, args=(n, folder / f"{n}.raw", seconds, ready, began))
        for n, _, _ in parts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(began))


if __name__ == "__main__":
    main()
