"""False digits in speech: ``python -m tests.bench.media_talkoff [--minutes 60] [--seed 0]``.

The speech is synthesised by espeak-ng from random words of this machine's licence texts, in several
languages, voices, speeds and pitches. Prints one line per false digit and a total; the exit status
is the number of false digits (at most 100).
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr

from appliance.media.dtmf import Detector, Press
from appliance.media.g711 import Samples

VOICES = ("en-us", "en-gb+f2", "cmn", "cmn+f2", "de", "fr+f4", "it", "es", "ru+f3", "yue", "en+m3")
CHINESE = "您拨打的用户正在通话中请稍后再拨号码绑定关系业务出现异常为了提升服务质量本次将被录音"


def words() -> list[str]:
    """Return what there is to say."""
    texts = sorted(Path("/usr/share/common-licenses").iterdir())
    return " ".join(text.read_text(errors="replace") for text in texts).split()


def speech(minutes: float, seed: int) -> Iterator[tuple[str, Samples]]:
    """Yield spoken passages, with the voice's name, until ``minutes`` are full."""
    chance = random.Random(seed)
    vocabulary = words()
    left = minutes * 60.0
    while left > 0:
        voice = chance.choice(VOICES)
        asian = voice.startswith(("cmn", "yue"))
        said = chance.choices(list(CHINESE) if asian else vocabulary, k=60)
        command = ["espeak-ng", "-v", voice, "-s", str(chance.randint(120, 220))]
        command += ["-p", str(chance.randint(20, 80)), "--stdout"]
        text = ("" if asian else " ").join(said)
        wave = subprocess.run(
            command, input=text.encode(), capture_output=True, check=True, timeout=60
        ).stdout
        raw = np.frombuffer(wave[44 : len(wave) & ~1], "<i2").astype(np.float64)
        spoken = soxr.resample(raw * chance.uniform(0.1, 0.8), 22050, 8000)
        left -= len(spoken) / 8000
        yield voice, np.round(spoken).astype(np.int16)


def false_digits(minutes: float, seed: int) -> Iterator[tuple[str, Press]]:
    """Yield every digit that is heard in speech."""
    for voice, spoken in speech(minutes, seed):
        detector = Detector()
        octets = spoken[: len(spoken) // 160 * 160].astype("<i2").tobytes()
        for at in range(0, len(octets), 320):
            for press in detector.feed(octets[at : at + 320]):
                yield voice, press


def main() -> int:
    """Parse the arguments, listen, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    count = 0
    for voice, press in false_digits(options.minutes, options.seed):
        print(f"{voice}: {press.digit} for {press.milliseconds} ms")
        count += 1
    print(f"{count} false digits in {options.minutes:g} minutes of speech")
    return min(count, 100)


if __name__ == "__main__":
    sys.exit(main())
