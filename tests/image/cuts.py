"""Power cuts in QEMU: ``python -m tests.image.cuts IMAGE FOLDER --count N --seed N``.

The machine's disk has a volatile cache (see ``powercut_disk``). Under binds, texts and calls the
power goes at a random moment; after the next boot the file system has to be clean, the database
whole, everything acknowledged there, and every line back. A breach is told and ends the run with 1.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

from tests.image.guest import LIB, RIG, Log, modems, mount, shared, story
from tests.image.machine import Machine, Silent, prepared
from tests.image.powercut_disk import PowercutDisk

KINDS = {"binding": "bindings", "text": "texts", "call": "calls"}


def main() -> int:
    """Run the campaign and return 0, or 1 after a breach."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--until", type=float, default=float("inf"), help="no cut after SECONDS")
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    log = Log(given.folder / "log.jsonl")
    shutil.copytree(RIG, given.folder / "share/rig")
    chance = random.Random(given.seed)
    image = prepared(given.image, given.folder / "disk.img")
    disk = PowercutDisk(image, given.folder / "disk.sock", seed=given.seed)
    where = f"file=nbd:unix:{given.folder}/disk.sock,format=raw,cache=none"
    machine = Machine(given.folder, where, shared(given.folder / "share"))
    acknowledged: dict[str, set[str]] = {kind: set() for kind in KINDS}
    breaches: list[str] = []
    boots: list[float] = []
    cuts = 0
    begun = time.monotonic()
    try:
        first(machine, log)
        while cuts < given.count and time.monotonic() - begun < given.until:
            moment = chance.uniform(2, 25)
            taken = traffic(machine, moment, acknowledged)
            machine.cut()
            lost, kept = disk.cut()
            cuts += 1
            machine.on()
            started = time.monotonic()
            found = back(machine)
            boots.append(time.monotonic() - started)
            wrong = judged(found, acknowledged)
            breaches += wrong
            log(
                "cut", number=cuts, after=round(moment, 1), acknowledged=taken, sectors_lost=lost,
                sectors_kept=kept, back=round(boots[-1], 1), slot=found["slot"],
                filesystem=found["filesystem"], fsck=found["fsck"][-1:], wrong=wrong,
            )  # fmt: skip
    except Silent as error:
        breaches.append(f"cut {cuts}: {error}")
    finally:
        machine.cut()
        disk.cut()
    log(
        "summary", ok=not breaches, cuts=cuts, breaches=breaches,
        acknowledged={kind: len(names) for kind, names in acknowledged.items()},
        flushes=disk.flushes, sectors_written=disk.written,
        median_back=round(statistics.median(boots), 1) if boots else None,
    )  # fmt: skip
    return 1 if breaches else 0


def first(machine: Machine, log: Log) -> None:
    """Set the box up: numbers, roles, a binding, a call and a text."""
    machine.on()
    machine.shell_ready(600)
    mount(machine)
    modems(machine)
    for step in story(machine, seconds=900):
        log("story", **step)


def back(machine: Machine) -> dict[str, Any]:
    """Bring the machine up with its modems and return what the judge sees."""
    machine.shell_ready(600)
    mount(machine)
    modems(machine)
    text = machine.run(f"{LIB} python3 /run/rig/rig/judge.py", 600)
    found: dict[str, Any] = json.loads(text.strip().splitlines()[-1])
    return found


def traffic(machine: Machine, seconds: float, acknowledged: dict[str, set[str]]) -> int:
    """Have traffic for so long and note what was acknowledged; return how much."""
    since = machine.shell.mark()
    machine.shell.write(f"{LIB} python3 -u /run/rig/rig/traffic.py </dev/null 2>&1\n")
    machine.shell.expect('"begun"', 300, since)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            machine.shell.expect(
                "Traceback", min(1.0, max(0.01, deadline - time.monotonic())), since
            )
        except Silent:
            continue
        raise Silent("traffic failed: " + machine.shell.said(since)[-1500:])
    count = 0
    # A line that is not whole was cut off itself: it was not acknowledged to anybody.
    for line in machine.shell.said(since).split("\n")[:-1]:
        if line.startswith('{"ack"'):
            told = json.loads(line)
            if told["ack"] in KINDS:
                acknowledged[told["ack"]].add(told["id"])
                count += 1
    return count


def judged(found: dict[str, Any], acknowledged: dict[str, set[str]]) -> list[str]:
    """Return one sentence for each breach."""
    wrong = []
    if found["integrity"] != "ok" or found["orphans"]:
        wrong.append(f"the database: {found['integrity']}, {found['orphans']} orphans")
    if found["filesystem"] != "clean" or found["kernel"]:
        wrong.append(f"the file system: {found['filesystem']}, {found['kernel']}")
    if found["missing_recordings"]:
        wrong.append(f"recordings are missing: {found['missing_recordings']}")
    for kind, names in acknowledged.items():
        gone = names - set(found[KINDS[kind]])
        if gone:
            wrong.append(f"{len(gone)} acknowledged of {kind} are gone: {sorted(gone)[:3]}")
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
