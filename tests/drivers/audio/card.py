"""Sound cards that are clocks: ``card.c``, compiled as a plugin of the real alsa-lib.

A sound server's PCMs hide overruns and keep old sound instead; these run over and dry on time, as a
kernel's cards do, and may be off by some parts in a million.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from appliance.media.g711 import Samples

SOURCE = Path(__file__).with_suffix(".c")


@dataclass(frozen=True)
class ClockCard:
    """One card: the PCM ``name``.

    Args:
        folder: Where its sound lies.
        name: Of the PCM.
        ppm: Parts in a million by which its clock is fast.
        rate: Samples per second, the only ones that it has.
        epoch: Monotonic seconds at which its words begin.
    """

    folder: Path
    name: str
    ppm: int = 0
    rate: int = 8000
    epoch: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        for what in ("words", "state"):
            self._path(what).touch()

    @property
    def now(self) -> float:
        """Seconds since its epoch."""
        return time.monotonic() - self.epoch

    def say(self, samples: Samples, at: float = 0.0) -> None:
        """Let it capture these samples, so many seconds after its epoch."""
        with self._path("words").open("r+b") as words:
            words.seek(round(at * self.rate) * 2)
            words.write(samples.astype("<i2").tobytes())

    def freeze(self) -> None:
        """Let its clock stand still."""
        self._path("state").write_text("frozen")

    def pull_out(self) -> None:
        """Let it be gone."""
        self._path("state").write_text("gone")

    def played(self) -> float:
        """Return up to which of its seconds it has been given something to play."""
        path = self._path("ear")
        return path.stat().st_size / 2 / self.rate if path.exists() else 0.0

    def ear(self) -> Samples:
        """Return what it has played, from its epoch on, silence where it had nothing to play."""
        octets = self._path("ear").read_bytes()
        return np.frombuffer(octets, "<i2").astype(np.int16)

    def _path(self, what: str) -> Path:
        return self.folder / f"{self.name}.{what}"

    def pcm(self) -> str:
        """Return its part of an ALSA configuration."""
        settings = {
            "words": f'"{self._path("words")}"',
            "ear": f'"{self._path("ear")}"',
            "state": f'"{self._path("state")}"',
            "epoch": f'"{round(self.epoch * 1e9)}"',
            "ppm": str(self.ppm),
            "rate": str(self.rate),
        }
        return f"pcm.{self.name} {{ type card {' '.join(map(' '.join, settings.items()))} }}\n"


def configure(folder: Path, *cards: ClockCard) -> Path:
    """Compile the plugin, write the cards' ALSA configuration; return its path."""
    plugin = folder / "card.so"
    command = ["cc", "-O1", "-shared", "-fPIC", "-DPIC", "-o", str(plugin), str(SOURCE), "-lasound"]
    subprocess.run(command, check=True, timeout=60)
    path = folder / "cards.conf"
    path.write_text(
        f'</usr/share/alsa/alsa.conf>\npcm_type.card {{ lib "{plugin}" }}\n'
        + "".join(card.pcm() for card in cards)
    )
    return path
