"""Added one-way delay, CPU per call and calls per core beside alsaloop, on the same ALSA PCMs.

    python -m tests.bench.media_alsaloop [--calls 1] [--seconds 20] [--tries 5] [--latency MS]
        [--plot delay.png] [--json]

Every call is a pair of PCMs on a private PulseAudio (tests/drivers/audio/pulse.py). The far end of
the first call says a burst every second; it is timed where the bridge captures it and where the
other far end hears it, by recordings of one process, and the difference is what the bridge
adds. First the box's bridge runs on the PCMs, recordings and key detection included, then alsaloop,
two processes a call, with ``--latency`` milliseconds: with less than 200 its playback starves at
the start on a sound server's PCMs and it gives up. With 200 it does so now and then, or passes no
sound; it then has up to ``--tries`` more runs, each on a fresh server. Delays of both include the
playback's buffer. Several calls of it at once, each in real time of its own accord, mostly give up
on two cores. ``--plot`` draws them over time; it needs matplotlib (the ``bench`` extra).
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
from appliance.media.tones import RATE, sine
from drivers.modem import AudioSpec
from tests.bench.table import Row, cpu_seconds, load, median, percentile, render
from tests.drivers.audio.pulse import Pulse, configure

EVERY = 1.0  # seconds from burst to burst
BURST = sine(1500.0, 0.01, -6.0)
LOUD = 3000
LATEST = 0.9  # seconds by which a burst may be late and still be that burst

Point = tuple[float, float]
Running = tuple[Callable[[], None], list[int]]
"""How to end a bridge, and its processes."""
Begin = Callable[[Path, argparse.Namespace], Running]


def bursts(seconds: float) -> bytes:
    """Return the far end's words: a burst at every second."""
    said = np.zeros(round(seconds * RATE), np.int16)
    for at in range(0, len(said) - len(BURST), round(EVERY * RATE)):
        said[at : at + len(BURST)] = BURST
    return said.astype("<i2").tobytes()


def onsets(path: Path, began: float) -> list[float]:
    """Return when bursts begin in a recording, in monotonic seconds."""
    samples = np.abs(np.frombuffer(path.read_bytes(), "<i2").astype(np.int32))
    found: list[float] = []
    for at in np.flatnonzero(samples > LOUD):
        moment = began + float(at) / RATE
        if not found or moment - found[-1] > 0.1:
            found.append(moment)
    return found


def added(folder: Path, seconds: float) -> list[Point]:
    """Let the first call's far end speak; return time and added delay (s) of each burst."""
    words = folder / "bursts.words"
    words.write_bytes(bursts(seconds))
    command = [sys.executable, "-m", "tests.drivers.audio.far_end", str(folder), str(seconds + 1)]
    told = subprocess.run(
        [*command, f"far0={words}", "m0", "far1"], stdout=subprocess.PIPE, text=True, check=True
    )
    began = json.loads(told.stdout)
    sent = onsets(folder / "m0.raw", began["m0"])
    heard = onsets(folder / "far1.raw", began["far1"])
    points = []
    for moment in sent:
        late = [at - moment for at in heard if -0.01 <= at - moment <= LATEST]
        if late:
            points.append((moment - sent[0], late[0]))
    return points


def box_bridge(folder: Path, options: argparse.Namespace) -> Running:
    """Bridge every call by the media room; return how to end it, and its process."""
    calls = options.calls
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
        media.record(str(call), f"{call}.wav")
        for leg in "ab":
            media.listen(str(call), leg, on=True)
    assert media.pid is not None
    return lambda: media.stop(5.0), [media.pid]


def alsaloop_bridge(_folder: Path, options: argparse.Namespace) -> Running:
    """Bridge every call by two alsaloops."""
    calls, latency = options.calls, options.latency
    running = []
    for call in range(calls):
        for source, target in ((2 * call, 2 * call + 1), (2 * call + 1, 2 * call)):
            command = ["alsaloop", "-C", f"m{source}", "-P", f"m{target}", "-t", f"{latency}000"]
            command += ["-f", "S16_LE", "-c", "1", "-r", "8000", "-S", "0"]
            running.append(
                subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )

    def end() -> None:
        for one in running:
            one.terminate()
            one.wait(10)

    time.sleep(2.0)
    return end, [one.pid for one in running]


def measure(begin: Begin, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return what one bridge adds and costs."""
    seconds = options.seconds
    end, processes = begin(folder, options)
    before, began = sum(map(cpu_seconds, processes)), time.monotonic()
    points = added(folder, seconds)
    used = sum(map(cpu_seconds, processes)) - before
    elapsed = time.monotonic() - began
    dead = sum(not is_alive(process) for process in processes)
    end()
    delays = [1000 * delay for at, delay in points if at > 1.0]
    return {
        "points": points,
        "median_ms": median(delays),
        "p99_ms": percentile(delays, 0.99),
        "missed": round(seconds / EVERY) - len(points),
        "cpu_percent": 100 * used / elapsed,
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
    axes.set(xlabel="seconds", ylabel="added one-way delay, ms", ylim=(0, None))
    axes.legend()
    figure.savefig(path, dpi=120)


def compare(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Return what either bridge adds and costs, each on a fresh server."""
    found: dict[str, dict[str, Any]] = {}
    for name, begin in (("simveil", box_bridge), ("alsaloop", alsaloop_bridge)):
        for run in range(1, options.tries + 1):
            with (
                tempfile.TemporaryDirectory(prefix="pa") as place,
                Pulse(Path(place) / "0", list(range(2 * options.calls))) as daemon,
            ):
                folder = Path(place)
                os.environ["ALSA_CONFIG_PATH"] = str(configure(folder, daemon))
                found[name] = measure(begin, folder, options) | {"runs": run}
            if found[name]["points"] and not found[name]["ended_early"]:
                break
    return found


def table(found: dict[str, dict[str, Any]], calls: int) -> list[Row]:
    """Return the rows; what a bridge that passed no sound would say of delay is left out."""
    ours, peer = found["simveil"], found["alsaloop"]
    each = {name: told["cpu_percent"] / calls for name, told in found.items()}
    heard = bool(peer["points"])
    name = "alsaloop" if heard else "alsaloop (no sound)"
    return [
        Row("added one-way delay, median", ours["median_ms"], "ms", name,
            peer["median_ms"] if heard else 0.0, "<= 60 ms", ours["median_ms"] <= 60),
        Row("  p99", ours["p99_ms"], "ms", name, peer["p99_ms"] if heard else 0.0),
        Row("processor per bridged call", each["simveil"], "%", name, each["alsaloop"],
            "<= 3 % of a core", each["simveil"] <= 3),
        Row("calls per core", 100 / each["simveil"], "calls", name,
            100 / max(0.01, each["alsaloop"]), more_is_better=True),
        Row("bursts not heard", ours["missed"], "", name, peer["missed"]),
        Row("processes that gave up", ours["ended_early"], "", name, peer["ended_early"]),
        Row("runs until sound passed", ours["runs"], "", name, peer["runs"]),
    ]  # fmt: skip


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    calls, seconds, tries = (1, 3.0, 1) if quick else (1, 20.0, 5)
    options = argparse.Namespace(calls=calls, seconds=seconds, tries=tries, latency=200)
    return table(compare(options), calls)


def main() -> int:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1, choices=range(1, 9))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--latency", type=int, default=200, metavar="MS", help="alsaloop's")
    parser.add_argument("--tries", type=int, default=5, metavar="RUNS")
    parser.add_argument("--plot", type=Path, default=None)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = compare(options)
    if options.plot is not None:
        plot(options.plot, found)
    if options.json:
        print(json.dumps({**found, "load": load()}))
    else:
        print(f"{options.calls} calls, {options.seconds:.0f} s, {load()}")
        print(render(table(found, options.calls)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
