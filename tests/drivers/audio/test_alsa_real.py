"""The ALSA port on the real library and pyalsaaudio: PCMs that are files, clocked by a FIFO.

In a process of its own, since the library reads its configuration once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from appliance.media.listening import CHIRP_A, find
from drivers.audio.alsa import PREFILL

CHILD = """
import sys
from drivers.audio.ports import open_port
from drivers.modem import AudioSpec

port = open_port(AudioSpec("alsa", "wire", int(sys.argv[1])))
port.open()
sent = 0
for _ in range(int(sys.argv[2])):
    frame = port.read(5.0)
    assert frame is not None and len(frame) == 320
    sent += port.write(frame)
port.close()
print(sent)
"""
ABSENT = """
from drivers.audio.ports import open_port
from drivers.errors import PortLost
from drivers.modem import AudioSpec

for name in ("hw:CARD=Nothing", "hw:7", "no-such-pcm"):
    try:
        open_port(AudioSpec("alsa", name)).open()
    except PortLost as error:
        print(error)
"""


def run(folder: Path, script: str, *arguments: str) -> subprocess.Popen[str]:
    config = folder / "alsa.conf"
    config.write_text(
        f"""
        </usr/share/alsa/alsa.conf>
        pcm.wire {{ type asym
          playback.pcm {{ type file slave.pcm null file "{folder}/tx.raw" format raw }}
          capture.pcm {{ type file slave.pcm null file "/dev/null"
            infile "{folder}/rx.raw" format raw }} }}
        """
    )
    environment = os.environ | {"ALSA_CONFIG_PATH": str(config)}
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_a_chirp_goes_in_and_out_of_the_real_library(tmp_path: Path, rate: int) -> None:
    os.mkfifo(tmp_path / "rx.raw")
    feed = os.open(tmp_path / "rx.raw", os.O_RDWR)
    spoken = np.concatenate([np.zeros(800, np.int16), CHIRP_A.samples(), np.zeros(800, np.int16)])
    frames = len(spoken) // 160
    card = np.interp(np.arange(len(spoken) * rate // 8000) * 8000 / rate, np.arange(len(spoken)),
                     spoken).astype("<i2").tobytes()  # fmt: skip
    period = rate // 50 * 2

    def feeder() -> None:
        # More than is read: at the end of the file the library would repeat its last buffer.
        for octets in (card, bytes(period * 10)):
            view = memoryview(octets)
            while view:
                view = view[os.write(feed, view[:period]) :]

    thread = threading.Thread(target=feeder, name="feeder")
    child = run(tmp_path, CHILD, str(rate), str(frames))
    thread.start()
    out, errors = child.communicate(timeout=30)
    thread.join(10)
    os.close(feed)

    assert errors == ""
    assert out.strip() == str(frames)
    played = np.frombuffer((tmp_path / "tx.raw").read_bytes(), "<i2")
    eight = played[:: rate // 8000].astype(np.int16)
    found = find(eight, CHIRP_A)
    assert found is not None
    assert found.clean
    assert abs(found.level_db) < 1.0
    assert abs(found.at - (0.1 + PREFILL * 0.02)) < 0.005


def test_pcms_that_are_not_there_are_lost_ports_with_the_librarys_cause(tmp_path: Path) -> None:
    child = run(tmp_path, ABSENT)
    out, _ = child.communicate(timeout=30)
    causes = out.splitlines()

    assert len(causes) == 3
    assert all("No such" in cause for cause in causes), causes
