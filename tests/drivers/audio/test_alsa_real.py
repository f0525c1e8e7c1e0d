"""The ALSA port on the real library and pyalsaaudio: PCMs that are files, clocked by a FIFO.

In a process of its own, since the library reads its configuration once.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest

from appliance.media.listening import CHIRP_A, find
from drivers.audio.alsa import PREFILL
from tests.drivers.audio import card
from tests.drivers.audio.pulse import Pulse, configure

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


OTHERS = """
from drivers.audio.ports import open_port
from drivers.errors import PortLost
from drivers.modem import AudioSpec

for name, rate in (("faster", 8000), ("wide", 8000), ("wire", 44100)):
    try:
        open_port(AudioSpec("alsa", name, rate)).open()
    except PortLost as error:
        print(error)
"""
STARVED = """
import sys
import time
from drivers.audio.alsa import PREFILL
from drivers.audio.ports import open_port
from drivers.modem import AudioSpec

port = open_port(AudioSpec("alsa", "m0"))
port.open()
before = port.usual
for _ in range(3):
    assert port.write(bytes(320))
deadline = time.monotonic() + 10.0
while port.queued():
    assert time.monotonic() < deadline
raw = [port._playback.write(bytes(320)) for _ in range(2)]
while port.queued():
    assert time.monotonic() < deadline
assert port.write(bytes(320))
print(raw[0], before // 320, port.usual // 320, port.queued() // 320)
frames = [port.read(1.0) for _ in range(10)]
assert all(frames)
port.close()
"""


OVERRUN = """
import select
import sys
import time
import numpy as np
from drivers.audio.ports import open_port
from drivers.modem import AudioSpec

def heard(frames):
    got = []
    while len(got) < frames:
        frame = port.read(5.0)  # a machine that stands still makes gaps of its own
        got = [*got, frame] if frame is not None else []
    samples = np.frombuffer(b"".join(got), "<u2")
    assert (np.diff(samples) == 1).all()
    return samples[-1]

port = open_port(AudioSpec("alsa", "card"))
port.open()
before = heard(10)
select.select([], [], [], 0.25)
raw, _ = port._capture.read()
unready = port.read(0.1)
port._waiting.clear()
port._kick = True
heard(3)
select.select([], [], [], 0.25)
began = time.monotonic()
gap = port.read(5.0)
waited = time.monotonic() - began
after = heard(10)
late = ((time.monotonic() - float(sys.argv[1])) * 8000 - int(after)) % 65536
missed = (int(after) - int(before)) % 65536
port.close()
print(raw, unready, gap, waited < 1.0, missed > 8000 * 0.5, late < 8000 * 0.4)
"""


def run(folder: Path, script: str, *arguments: str) -> subprocess.Popen[str]:
    """Run a script with PCMs of files, and with some whose cards have settings of their own."""
    config = folder / "alsa.conf"
    config.write_text(
        f"""
        </usr/share/alsa/alsa.conf>
        pcm.wire {{ type asym
          playback.pcm {{ type file slave.pcm null file "{folder}/tx.raw" format raw }}
          capture.pcm {{ type file slave.pcm null file "/dev/null"
            infile "{folder}/rx.raw" format raw }} }}
        pcm.faster {{ type asym
          playback.pcm {{ type a52 slavepcm null rate 48000 }} capture.pcm null }}
        pcm.wide {{ type vdownmix slave.pcm null }}
        """
    )
    return started(config, script, *arguments)


def started(config: Path, script: str, *arguments: str) -> subprocess.Popen[str]:
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


def test_a_card_that_runs_at_another_rate_or_with_other_channels_is_refused(tmp_path: Path) -> None:
    """Asked for 8 kHz mono, alsa-lib's A/52 encoder says 48 kHz and six channels, and so on."""
    out, _ = run(tmp_path, OTHERS).communicate(timeout=30)

    assert out.splitlines() == [
        "faster: 8000 Hz wanted, the card runs at 48000 Hz and 6 channels",
        "wide: 8000 Hz wanted, the card runs at 8000 Hz and 4 channels",
        "wire: 8000, 16000 or 48000 Hz, not 44100",
    ]


def test_a_playback_that_starved_is_told_by_the_library_and_prefilled() -> None:
    """The sound server's plugin reports underruns where it is told to: -32, through pyalsaaudio."""
    with (
        tempfile.TemporaryDirectory(prefix="pa") as place,
        Pulse(Path(place) / "0", [0]) as daemon,
    ):
        config = configure(Path(place), daemon)
        text = config.read_text()
        config.write_text(text.replace("device m0_tx }", "device m0_tx handle_underrun 1 }"))
        out, errors = started(config, STARVED).communicate(timeout=30)

    assert errors == ""
    raw, before, after, queued = map(int, out.split())
    assert raw == -errno.EPIPE
    assert (before, after) == (PREFILL, PREFILL + 1)
    assert PREFILL + 1 <= queued <= PREFILL + 2  # silence in hand, and the frame behind it


def test_a_capture_that_ran_over_is_a_gap_and_is_started_again(tmp_path: Path) -> None:
    """A card that is a clock: -32 through pyalsaaudio, which leaves it prepared and not started."""
    clock = card.ClockCard(tmp_path, "card")
    clock.say(np.arange(8000 * 40).astype(np.uint16).view(np.int16))  # every sample tells its time
    config = card.configure(tmp_path, clock)
    out, errors = started(config, OVERRUN, str(clock.epoch)).communicate(timeout=30)

    assert errors == ""
    raw, unready, gap, at_once, missed, fresh = out.split()
    assert int(raw) == -errno.EPIPE
    assert unready == "None"  # nobody but the port starts it again
    assert (gap, at_once, missed, fresh) == ("None", "True", "True", "True")
