"""Sound cards without a kernel's: ALSA PCMs on a private PulseAudio daemon.

Modem N is the PCM ``mN`` of the box; its far end, the network's side, is ``farN``. One daemon may
be stopped while another goes on, as one card may stall beside another.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from appliance.media.leg import run_in_real_time

_STARTED = 20.0  # seconds
HARDWARE = 20  # real-time priority, above the voice's


def on_time() -> None:
    """Be on time whatever the processors do, as a card is."""
    run_in_real_time(HARDWARE)


class Pulse:
    """One daemon with its modems.

    Args:
        folder: Its own; short, for its socket lies in there.
        modems: Names by number.
    """

    def __init__(self, folder: Path, modems: list[int]) -> None:
        folder.mkdir()
        self.folder = folder
        self._socket = folder / "native"
        lines = [
            f"load-module module-native-protocol-unix auth-anonymous=1 socket={self._socket}",
            *(
                f"load-module module-null-sink sink_name=m{number}_{way} norewinds=1 rate=8000"
                " channels=1 format=s16le"
                for number in modems
                for way in ("tx", "rx")
            ),
        ]
        (folder / "rig.pa").write_text("\n".join(lines) + "\n")
        self.pcms = "".join(self._pcm(number) for number in modems)
        home = ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_RUNTIME_PATH")
        command = ["pulseaudio", "-n", "-F", str(folder / "rig.pa"), "--daemonize=no"]
        command += ["--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"]
        command += ["--realtime=no", "--high-priority=no", f"--log-target=file:{folder / 'log'}"]
        self._process = subprocess.Popen(
            command,
            env=os.environ | dict.fromkeys(home, str(folder)),
            stdin=subprocess.DEVNULL,
            preexec_fn=on_time,
        )

    def _pcm(self, number: int) -> str:
        def way(device: str) -> str:
            return f'.pcm {{ type pulse server "unix:{self._socket}" device {device} }}\n'

        tx, rx = f"m{number}_tx", f"m{number}_rx"
        return (
            f"pcm.m{number} {{ type asym\n playback{way(tx)} capture{way(rx + '.monitor')}}}\n"
            f"pcm.far{number} {{ type asym\n playback{way(rx)} capture{way(tx + '.monitor')}}}\n"
        )

    def until_ready(self) -> None:
        """Wait until it answers."""
        environment = os.environ | {
            "PULSE_SERVER": f"unix:{self._socket}",
            "HOME": str(self.folder),
        }
        end = time.monotonic() + _STARTED
        command = ["pactl", "info"]
        while subprocess.run(command, env=environment, capture_output=True, check=False).returncode:
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end, "PulseAudio does not answer"

    def freeze(self, frozen: bool) -> None:
        """Stop it in mid-air, or let it go on."""
        self._process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a card that is pulled out."""
        self._process.kill()
        self._process.wait(10)

    def __enter__(self) -> Pulse:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def configure(folder: Path, *daemons: Pulse) -> Path:
    """Write the ALSA configuration of these daemons' PCMs; return its path (ALSA_CONFIG_PATH)."""
    path = folder / "asound.conf"
    path.write_text("</usr/share/alsa/alsa.conf>\n" + "".join(each.pcms for each in daemons))
    for each in daemons:
        each.until_ready()
    return path
