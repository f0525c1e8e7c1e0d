"""Added one-way delay, CPU per call and calls per core beside alsaloop, on the same ALSA PCMs.

    python -m tests.bench.media_alsaloop [--calls 1 4 8] [--seconds 20] [--latency MS] [--ppm N]
        [--plot delay.png] [--json]

The PCMs are cards that are clocks (tests/drivers/audio/card.c): they run over and dry on time as a
kernel's do, and what each captures and plays is kept by its own time, so that a delay is exact.
Every far end says a burst each second; the delay is from that mouth to the other far end's ear, the
frame that a card gathers and what waits in the playback included. First the box's bridge runs on
them with recordings and key detection, as it does in calls, then without either, as ``bare``, then
alsaloop with ``--latency`` milliseconds, two processes a call in real time of its own accord.
``--ppm``: the legs' clocks are so much slow and fast. ``--plot`` draws the first call's delays over
time; it needs matplotlib (the ``bench`` extra).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from appliance.media import Attached, MediaEvent, MediaProcess
from appliance.media.g711 import Samples
from appliance.media.tones import RATE, sine
from drivers.modem import AudioSpec
from tests.bench.table import Row, cpu_seconds, load, median, percentile, render
from tests.drivers.audio.card import ClockCard, configure

EVERY = 1.0  # seconds from burst to burst
BURST = sine(1500.0, 0.01, -6.0)
LOUD = 3000
LATEST = 0.9  # seconds by which a burst may be late and still be that burst
SETTLE = 3.0  # seconds before the first burst

Point = tuple[float, float]
Running = tuple[Callable[[], None], list[int]]
"""How to end a bridge, and its processes."""
Begin = Callable[[Path, argparse.Namespace, int], Running]


def bursts(seconds: float) -> Samples:
    """Return a far end's words: a burst at every second."""
    said = np.zeros(round(seconds * RATE), np.int16)
    for at in range(0, len(said) - len(BURST), round(EVERY * RATE)):
        said[at : at + len(BURST)] = BURST
    return said


def onsets(samples: Samples) -> list[float]:
    """Return when bursts begin, in seconds."""
    found: list[float] = []
    for at in np.flatnonzero(np.abs(samples.astype(np.int32)) > LOUD) / RATE:
        if not found or at - found[-1] > 0.1:
            found.append(float(at))
    return found


def delays(said: Samples, ear: Samples) -> list[Point]:
    """Return time and delay (s) of each burst that was heard, both sides by one clock."""
    heard = onsets(ear)
    points = []
    for moment in onsets(said):
        late = [at - moment for at in heard if 0.0 <= at - moment <= LATEST]
        if late:
            points.append((moment, late[0]))
    return points


def box_bridge(folder: Path, _options: argparse.Namespace, calls: int, bare: bool) -> Running:
    """Bridge every call by the media room; return how to end it, and its process."""
    attached = threading.Semaphore(0)

    def post(event: MediaEvent) -> None:
        if isinstance(event, Attached):
            attached.release()

    media = MediaProcess(post, prompts=folder, recordings=folder, keep=None)
    media.start()
    for call in range(calls):
        for leg, number in (("a", 2 * call), ("b", 2 * call + 1)):
            media.attach(str(call), leg, AudioSpec("alsa", f"m{number}"))
    for _ in range(2 * calls):
        assert attached.acquire(timeout=20)
    for call in range(calls):
        media.bridge(str(call), on=True)
        if not bare:
            media.record(str(call), f"{call}.wav")
            for leg in "ab":
                media.listen(str(call), leg, on=True)
    assert media.pid is not None
    return lambda: media.stop(5.0), [media.pid]


def alsaloop_bridge(_folder: Path, options: argparse.Namespace, calls: int) -> Running:
    """Bridge every call by two alsaloops."""
    running = []
    for call in range(calls):
        for source, target in ((2 * call, 2 * call + 1), (2 * call + 1, 2 * call)):
            command = ["alsaloop", "-C", f"m{source}", "-P", f"m{target}"]
            command += ["-t", f"{options.latency}000", "-f", "S16_LE", "-c", "1", "-r", "8000"]
            command += ["-S", "0"]
            running.append(
                subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )

    def end() -> None:
        for one in running:
            one.terminate()
            one.wait(10)

    return end, [one.pid for one in running]


BRIDGES: dict[str, Begin] = {
    "simveil": lambda folder, options, calls: box_bridge(folder, options, calls, False),
    "bare": lambda folder, options, calls: box_bridge(folder, options, calls, True),
    "alsaloop": alsaloop_bridge,
}


def measure(name: str, options: argparse.Namespace, calls: int) -> dict[str, Any]:
    """Return what one bridge adds and costs, on fresh cards."""
    with tempfile.TemporaryDirectory(prefix="cards") as place:
        folder, epoch = Path(place), time.monotonic()
        cards = [
            ClockCard(folder, f"m{number}", options.ppm * (-1, 1)[number % 2], epoch=epoch)
            for number in range(2 * calls)
        ]
        os.environ["ALSA_CONFIG_PATH"] = str(configure(folder, *cards))
        end, processes = BRIDGES[name](folder, options, calls)
        said = np.concatenate(
            [np.zeros(round((cards[0].now + SETTLE) * RATE), np.int16), bursts(options.seconds)]
        )
        for card in cards:
            card.say(said)
        time.sleep(SETTLE)
        before, began = sum(map(cpu_seconds, processes)), time.monotonic()
        time.sleep(options.seconds + LATEST)
        used = sum(map(cpu_seconds, processes)) - before
        elapsed = time.monotonic() - began
        dead = sum(not is_alive(process) for process in processes)
        end()
        ways = [delays(said, cards[number ^ 1].ear()) for number in range(2 * calls)]
    each = [1000 * delay for points in ways for _, delay in points]
    return {
        "points": [(at - onsets(said)[0], delay) for at, delay in ways[0]],
        "median_ms": median(each),
        "p99_ms": percentile(each, 0.99),
        "missed": len(ways) * len(onsets(said)) - len(each),
        "cpu_percent": 100 * used / elapsed / calls,
        "ended_early": dead,
    }


def is_alive(process: int) -> bool:
    """Tell whether a process of ours still runs."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def plot(path: Path, found: dict[str, dict[str, Any]]) -> None:
    """Draw the delays over time."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 4), layout="constrained")
    for name, told in found.items():
        times = [at for at, _ in told["points"]]
        axes.plot(times, [1000 * delay for _, delay in told["points"]], ".-", label=name)
    highest = max(1000 * delay for told in found.values() for _, delay in told["points"])
    axes.set(xlabel="seconds", ylabel="added one-way delay, ms", ylim=(0, 1.25 * highest))
    axes.legend()
    figure.savefig(path, dpi=120)


def table(found: dict[str, dict[str, Any]], calls: int) -> list[Row]:
    """Return the rows."""
    ours, bare, peer = found["simveil"], found["bare"], found["alsaloop"]
    each = f"{calls} call{'s' * (calls > 1)}"
    return [
        Row(f"one-way delay, {each}, median", ours["median_ms"], "ms", "alsaloop",
            peer["median_ms"], "≤ 60 ms", ours["median_ms"] <= 60),
        Row("  p99", ours["p99_ms"], "ms", "alsaloop", peer["p99_ms"]),
        Row("  processor per call, recorded, keys heard", ours["cpu_percent"], "%", "alsaloop",
            peer["cpu_percent"], "≤ 3 % of a core", ours["cpu_percent"] <= 3),
        Row("  processor per call, bridge only", bare["cpu_percent"], "%", "alsaloop",
            peer["cpu_percent"]),
        Row("  calls per core, recorded, keys heard", 100 / ours["cpu_percent"], "calls",
            "alsaloop", 100 / max(0.01, peer["cpu_percent"]), more_is_better=True),
        Row("  bursts not heard", ours["missed"], "", "alsaloop", peer["missed"]),
        Row("  processes that gave up", ours["ended_early"], "", "alsaloop", peer["ended_early"]),
    ]  # fmt: skip


def compare(options: argparse.Namespace, calls: int) -> dict[str, dict[str, Any]]:
    """Return what every bridge adds and costs."""
    return {name: measure(name, options, calls) for name in BRIDGES}


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    sizes, seconds = ((1,), 2.0) if quick else ((1, 8), 15.0)
    options = argparse.Namespace(seconds=seconds, latency=40, ppm=0)
    return [row for calls in sizes for row in table(compare(options, calls), calls)]


def main() -> int:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--latency", type=int, default=40, metavar="MS", help="alsaloop's")
    parser.add_argument("--ppm", type=int, default=0)
    parser.add_argument("--plot", type=Path, default=None)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for calls in options.calls:
        found = compare(options, calls)
        if options.plot is not None and calls == options.calls[0]:
            plot(options.plot, found)
        if options.json:
            print(json.dumps({"calls": calls, **found, "load": load()}))
        else:
            print(f"{calls} calls, {options.seconds:.0f} s, {load()}")
            print(render(table(found, calls)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
