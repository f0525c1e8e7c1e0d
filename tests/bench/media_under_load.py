"""Voice beside an API at full load: gaps and delay of 16 lines in call on two cores.

    python -m tests.bench.media_under_load [--room process inside ...] [--ports serial|alsa|mixed]
        [--lines 16] [--seconds 20] [--rate 200] [--storm 8] [--no-export] [--nice 0] [--switch MS]
        [--json]

The box's process carries the store, the mirrored interface (real HTTP, real commits), an export of
the call records without end, and the media room: ``inside`` it, as threads, or in a ``process`` of
its own. Customers in processes of their own send ``--rate`` binds a second and, as the storm,
``--storm`` clients bind as fast as they are answered. The modems are a process too. Everything
shares the machine's cores, so what is measured is the whole of them. ``peer`` is the same of as
many more ptys, which a bare copy of octets joins in real time: what the machine adds to anybody. On
a pty that is a lot, for the kernel hands octets over on a worker thread of ordinary priority;
``alsa`` ports are PCMs on named pipes, which have no such thread (their delay includes what waits
in the pipes). ``mixed`` has half of each, told apart, and as many ptys of the peer as of ours.
``own_gap_ms`` is the longest gap on ptys less what the peer's is longer than a frame. Processor and
memory are the voice process's (``inside``: the whole box's). ``--rate 0 --storm 0 --no-export`` is
the same without load.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, get_args

from prometheus_client import CollectorRegistry

from appliance.api.cloud import cloud_app
from appliance.api.counters import Requests
from appliance.api.server import Server
from appliance.config import parse
from appliance.media import Attached, Media, MediaEvent, MediaProcess
from appliance.model.records import CallRecord, Mode
from appliance.store import Store
from drivers.audio.port import FRAME_SECONDS
from drivers.clock import SystemClock
from drivers.modem import AudioSpec
from tests.bench import media_wire
from tests.bench.media_modems import SETTLE
from tests.bench.store_binds import furnish
from tests.bench.table import Row, cpu_seconds

Kind = Literal["serial", "alsa", "mixed"]
FRAME_MS = 1000.0 * FRAME_SECONDS
RECORDS = 2000  # calls that the export writes again and again


class NoCalls:
    """An exchange without calls."""

    def stop_call(self, session_id: str, timeout: float = 2.0) -> bool:
        """There is none."""
        return False


class Export(threading.Thread):
    """Writes every call record as CSV, without end."""

    def __init__(self, store: Store) -> None:
        super().__init__(name="job")
        self._store = store
        self.ending = threading.Event()
        self.rows = 0

    def run(self) -> None:
        while not self.ending.is_set():
            text = io.StringIO()
            writer: csv.DictWriter[str] | None = None
            for record in self._store.calls.recent(RECORDS):
                row = asdict(record)
                writer = writer or csv.DictWriter(text, list(row))
                writer.writerow(row)
                self.rows += 1


class Crowd:
    """Customers in a process of their own."""

    def __init__(self, port: int, key: str, secret: str, *options: str) -> None:
        # Customers have machines of their own: here they take what time is left.
        command = ["nice", "-n", "19", sys.executable, "-m", "tests.bench.http_load"]
        command += [str(port), key, secret, *options]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def go(self) -> None:
        """Begin."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def end(self) -> dict[str, float]:
        """Return the rate and the p99 of the answers, in ms."""
        told = json.loads(self._process.communicate(timeout=120)[0])
        delays = sorted(told["delays_ms"])
        return {
            "per_second": len(delays) / told["seconds"],
            "p99_ms": delays[int(len(delays) * 0.99)] if delays else 0.0,
            "failures": told["failures"],
        }


class Box:
    """The process under load: store, mirrored interface, export."""

    def __init__(self, folder: Path, *, export: bool) -> None:
        text = f'[box]\ndata = "{folder}"\n[api]\nlisten = "127.0.0.1:0"\nplain = true\n'
        settings = parse(text)
        self.clock = SystemClock()
        self.clock.start()
        self.store = Store(settings.box.database, clock=self.clock)
        self.store.start()
        self.app = furnish(self.store)
        self._fill()
        requests = Requests(CollectorRegistry())
        self.server = Server(
            cloud_app(self.store, NoCalls(), self.clock, settings, requests=requests),
            settings.api.addresses,
            threads=settings.api.threads,
        )
        self.server.start()
        self.export = Export(self.store)
        if export:
            self.export.start()

    def _fill(self) -> None:
        now = self.clock.now()

        def work(db: Any) -> None:
            for number in range(RECORDS):
                record = CallRecord(
                    f"s{number}", f"i{number}", self.app.app_id, Mode.AXB, "+8617000000000",
                    "+8617000000000", call_in_at=now, ended_at=now, state_code=0,
                )  # fmt: skip
                self.store.calls.save(db, record)

        self.store.write(work, 60.0)

    def close(self) -> None:
        """End everything."""
        self.export.ending.set()
        if self.export.is_alive():
            self.export.join()
        self.server.stop()
        self.store.stop()
        self.clock.stop()


def measure(
    room: str,
    kind: Kind,
    lines: int,
    seconds: float,
    rate: float,
    storm: int,
    *,
    export: bool = True,
) -> dict[str, Any]:
    """Return the figures of one arrangement."""
    with tempfile.TemporaryDirectory() as place:
        box = Box(Path(place), export=export)
        port = int(box.server.addresses[0][1])
        crowds = []
        for number, options in enumerate(
            [("--rate", str(rate), "--clients", "16")] * bool(rate)
            + [("--clients", str(storm))] * bool(storm)
        ):
            more = ("--seconds", str(seconds + SETTLE), "--first", str(number * 10_000_000))
            crowds.append(Crowd(port, box.app.key, box.app.secret, *options, *more))
        try:
            return {
                "room": room,
                "ports": kind,
                **_calls(room, kind, lines, seconds, Path(place), crowds, box),
            }
        finally:
            box.close()


def _calls(
    room: str, kind: Kind, lines: int, seconds: float, folder: Path, crowds: list[Crowd], box: Box
) -> dict[str, Any]:
    attached, count = threading.Event(), [0]

    def post(event: MediaEvent) -> None:
        count[0] += isinstance(event, Attached)
        if count[0] == lines:
            attached.set()

    media: Media | MediaProcess
    if room == "process":
        media = MediaProcess(post, prompts=folder, recordings=folder)
    else:
        media = Media(post, clock=SystemClock(), prompts=folder, recordings=folder)
    cards = {"serial": 0, "alsa": lines, "mixed": lines // 4 * 2}[kind]
    peers = max(2, lines - cards)
    command = [sys.executable, "-m", "tests.bench.media_modems", str(lines + peers)]
    command += ["--apart", str(peers), "--alsa", str(folder), "--cards", str(cards)]
    os.environ["ALSA_CONFIG_PATH"] = str(folder / "alsa.conf")  # the child's, too
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as modems:
        assert modems.stdin is not None
        assert modems.stdout is not None
        ports: list[str] = json.loads(modems.stdout.readline())
        wire = media_wire.started(*ports[lines:])
        media.start()
        for number, address in enumerate(ports[:lines]):
            spec = AudioSpec("alsa" if number < cards else "serial", address)
            media.attach(str(number // 2), "ab"[number % 2], spec)
        modems.stdin.write(f"{seconds}\n")
        modems.stdin.flush()
        assert attached.wait(20)
        for call in range(lines // 2):
            media.bridge(str(call), on=True)
            media.record(str(call), f"{call}.wav")
            for leg in "ab":
                media.listen(str(call), leg, on=True)
        rows, began = box.export.rows, time.monotonic()
        voice = media.pid if isinstance(media, MediaProcess) and media.pid else os.getpid()
        used = cpu_seconds(voice)
        for crowd in crowds:
            crowd.go()
        modems.stdin.write("measure\n")
        modems.stdin.flush()
        figures: dict[str, Any] = json.loads(modems.stdout.readline())
        wire.communicate(timeout=10)
        elapsed = time.monotonic() - began
        exported = (box.export.rows - rows) / elapsed
        used = cpu_seconds(voice) - used
        memory = memory_mb(voice)
        media.stop(5.0)
        modems.stdin.write("done\n")
        modems.stdin.flush()
    if kind != "alsa":
        longest = figures.get("serial", figures)["longest_gap_ms"]
        figures["own_gap_ms"] = longest - max(0.0, figures["peer"]["longest_gap_ms"] - FRAME_MS)
    return {
        **figures,
        "voice_cpu_percent": 100.0 * used / elapsed,
        "voice_memory_mb": memory,
        "exported_rows_per_second": exported,
        "api": [crowd.end() for crowd in crowds],
    }


def memory_mb(process: int) -> float:
    """Return what a process has in memory now."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    size = (2, 0.5, 10.0, 1) if quick else (16, 20.0, 200.0, 8)
    found = {room: measure(room, "serial", *size) for room in ("process", "inside")}
    ours, inside = found["process"], found["inside"]
    binds = [sum(api["per_second"] for api in one["api"]) for one in (ours, inside)]
    return [
        *(
            Row(what, ours[name], "ms", peer, figures[name])
            for peer, figures in (
                ("voice on threads of the box", inside),
                ("bare copy between two ports", ours["peer"]),
            )
            for name, what in (
                ("delay_p99_ms", f"one-way delay under load, {size[0]} lines, p99"),
                ("longest_gap_ms", "  longest gap"),
            )
        ),
        Row("  processor of the voice", ours["voice_cpu_percent"], "%", "whole box with voice",
            inside["voice_cpu_percent"], "< 50 % of a core", ours["voice_cpu_percent"] < 50),
        Row("  memory of the voice", ours["voice_memory_mb"], "MB", "whole box with voice",
            inside["voice_memory_mb"], "< 150", ours["voice_memory_mb"] < 150),
        Row("  binds meanwhile", binds[0], "/s", "voice on threads of the box", binds[1],
            more_is_better=True),
    ]  # fmt: skip


def main() -> int:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--room", nargs="+", default=["inside", "process"])
    parser.add_argument("--ports", choices=get_args(Kind), default="serial")
    parser.add_argument("--lines", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--storm", type=int, default=8, metavar="CLIENTS")
    parser.add_argument("--no-export", action="store_true")
    parser.add_argument("--switch", type=float, default=5.0, metavar="MS")
    parser.add_argument("--nice", type=int, default=0, help="of the box's process without voice")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.setswitchinterval(options.switch / 1000.0)
    os.nice(options.nice)
    for room in options.room:
        figures = measure(
            room,
            options.ports,
            options.lines,
            options.seconds,
            options.rate,
            options.storm,
            export=not options.no_export,
        )
        if options.json:
            print(json.dumps(figures))
            continue
        print(f"media {room}, {options.lines} lines, {options.seconds:.0f} s")
        for name, value in figures.items():
            shown = f"{value:10.1f}" if isinstance(value, float | int) else f" {value}"
            print(f"  {name:26} {shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
