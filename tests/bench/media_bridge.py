"""What a bridge adds: one-way delay, CPU, memory and longest gap, on serial ports.

    python -m tests.bench.media_bridge [--calls 1 8] [--seconds 20] [--record] [--keys] [--inside]
                                       [--load THREADS] [--switch MILLISECONDS] [--json]

The modems are a process of their own, and so is the voice, as in the box; ``--inside`` has it as
threads of this process instead. ``arrival`` is from the
moment at which one modem hands a frame over to that at which the other can take it; ``ear`` is to
that modem's own next turn, when it really does. ``--load`` runs threads in this process that
do what a full-rate bind storm does: JSON, and commits to a SQLite file with a sync each.
The peer is a bare copy of octets between two more of the modems, beside it in the same run.
``--switch`` is how long a thread may keep the interpreter to itself (Python's own value is 5 ms).
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from appliance.media import Attached, Media, MediaEvent, MediaProcess
from drivers.clock import SystemClock
from drivers.modem import AudioSpec
from tests.bench import media_wire
from tests.bench.table import Row, cpu_seconds, memory_mb
from tests.bench.table import load as machine_load

BUDGETS = {"ear_median_ms": 60.0, "cpu_percent_per_call": 3.0, "longest_gap_ms": 40.0}


class Load:
    """Threads that keep interpreter, database and disk busy."""

    def __init__(self, threads: int, folder: Path) -> None:
        self.requests = 0
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(folder / f"load{n}.db",), name=f"load-{n}")
            for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End them."""
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _run(self, path: Path) -> None:
        database = sqlite3.connect(path)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE bind (id INTEGER PRIMARY KEY, body TEXT)")
        body = {f"field{n}": ["+8613800000000", n, {"nested": True}] for n in range(30)}
        while not self._ending.is_set():
            for _ in range(5):
                text = json.dumps(json.loads(json.dumps(body)))
            with database:
                database.execute("INSERT INTO bind (body) VALUES (?)", (text,))
            self.requests += 1
        database.close()


def measure(
    calls: int, seconds: float, *, record: bool, keys: bool, load: int, inside: bool = False
) -> dict[str, Any]:
    """Run ``calls`` bridged calls for ``seconds`` and return the figures."""
    command = [sys.executable, "-m", "tests.bench.media_modems", str(2 * calls + 2), "--apart", "2"]
    with (
        tempfile.TemporaryDirectory() as place,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as modems,
    ):
        assert modems.stdin is not None
        assert modems.stdout is not None
        *ports, one, two = json.loads(modems.stdout.readline())
        wire = media_wire.started(one, two)
        media, attached, voice = _media(Path(place), 2 * calls, inside)
        for number in range(calls):
            for leg, port in zip("ab", ports[2 * number : 2 * number + 2], strict=True):
                media.attach(str(number), leg, AudioSpec("serial", port))
        modems.stdin.write(f"{seconds}\n")
        modems.stdin.flush()
        assert attached.wait(10)
        for number in range(calls):
            media.bridge(str(number), on=True)
            if record:
                media.record(str(number), f"{number}.wav")
            if keys:
                media.listen(str(number), "a", on=True)
                media.listen(str(number), "b", on=True)
        modems.stdin.write("measure\n")
        modems.stdin.flush()
        busy = Load(load, Path(place))
        wire_before = cpu_seconds(wire.pid)
        before, began = cpu_seconds(voice), time.monotonic()
        figures: dict[str, Any] = json.loads(modems.stdout.readline())
        used, ended = cpu_seconds(voice) - before, time.monotonic()
        memory = memory_mb(voice)
        wire_used = cpu_seconds(wire.pid) - wire_before
        wire.communicate(timeout=10)
        busy.stop()
        figures["requests_per_second"] = busy.requests / (ended - began)
        slips = [(leg.slips, leg.empty, leg.lost) for leg in media.figures()]
        media.stop(5.0)
        modems.stdin.write("done\n")
        modems.stdin.flush()
    figures["calls"] = calls
    figures["cpu_percent"] = 100 * used / (ended - began)
    figures["cpu_percent_per_call"] = figures["cpu_percent"] / calls
    figures["peer"]["cpu_percent_per_call"] = 100 * wire_used / (ended - began)
    figures["memory_mb"] = memory
    figures["slips"], figures["empty"], figures["lost"] = (sum(n) for n in zip(*slips, strict=True))
    return figures


def _media(
    folder: Path, legs: int, inside: bool
) -> tuple[Media | MediaProcess, threading.Event, int]:
    """Return the started room, what is set once so many legs are attached, and its process."""
    attached, count = threading.Event(), [0]

    def post(event: MediaEvent) -> None:
        count[0] += isinstance(event, Attached)
        if count[0] == legs:
            attached.set()

    if inside:
        here = Media(post, clock=SystemClock(), prompts=folder, recordings=folder)
        here.start()
        return here, attached, os.getpid()
    media = MediaProcess(post, prompts=folder, recordings=folder)
    media.start()
    assert media.pid is not None
    return media, attached, media.pid


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    calls, seconds = (1, 0.5) if quick else (8, 20.0)
    found = measure(calls, seconds, record=True, keys=True, load=0)
    peer = found["peer"]
    words = {
        "ear_median_ms": f"one-way delay to the ear, {calls} calls, p50",
        "ear_p99_ms": "  p99",
        "longest_gap_ms": "  longest gap",
        "cpu_percent_per_call": "  processor per call",
    }
    return [
        Row(what, found[name], "%" if "cpu" in name else "ms", "bare copy between two ports",
            peer[name], f"≤ {BUDGETS[name]:g}" if name in BUDGETS else "",
            found[name] <= BUDGETS[name] if name in BUDGETS else None)
        for name, what in words.items()
    ]  # fmt: skip


def main() -> int:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--keys", action="store_true")
    parser.add_argument("--inside", action="store_true", help="voice as threads of this process")
    parser.add_argument("--load", type=int, default=0, metavar="THREADS")
    parser.add_argument("--switch", type=float, default=5.0, metavar="MILLISECONDS")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.setswitchinterval(options.switch / 1000.0)
    for calls in options.calls:
        figures = measure(
            calls,
            options.seconds,
            record=options.record,
            keys=options.keys,
            load=options.load,
            inside=options.inside,
        )
        if options.json:
            print(json.dumps(figures))
            continue
        print(f"{calls} bridged calls, {options.seconds:.0f} s, {machine_load()}")
        peer = figures.pop("peer")
        figures |= {f"wire_{name}": value for name, value in peer.items()}
        for name, value in figures.items():
            budget = f"   budget {BUDGETS[name]:.0f}" if name in BUDGETS else ""
            print(f"  {name:22} {value:10.1f}{budget}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
