"""Power cuts of the image: ``python -m tests.image.cuts IMAGE FOLDER --count N --seed N``.

The machine's disk has a volatile cache (see ``volatile``). Under binds, texts and recorded calls
the power goes at a random moment. What is left of the data partition has to be clean for e2fsck
once its journal is replayed; and after the next start the database has to be whole, everything
acknowledged there, recordings as long as their sums say, and every line back. A breach is told and
ends the run with 1. ``--machine`` is one of :mod:`tests.image.rigs`.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.image.guest import LIB, RIG, Log
from tests.image.machine import Machine, Silent
from tests.image.rigs import PATIENCE, Emulated, Rig, UserModeRig

KINDS: Final = {
    "binding": "bindings",
    "text": "texts",
    "call": "calls",
    "recording": "recordings",
}
WHOLE: Final = 10  # every so many lives there is one from the firmware on


@dataclass
class Tally:
    """What was acknowledged, what was found wrong, and how long the box took to be back."""

    acknowledged: dict[str, set[str]] = field(
        default_factory=lambda: {kind: set() for kind in KINDS}
    )
    breaches: list[str] = field(default_factory=list)
    back: list[float] = field(default_factory=list)
    cuts: int = 0
    lost: int = 0


def main() -> int:
    """Run the campaign and return 0, or 1 after a breach."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--machine", choices=("qemu", "uml"), default="uml")
    parser.add_argument("--until", type=float, default=float("inf"), help="no cut after SECONDS")
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    given.folder = given.folder.resolve()
    log = Log(given.folder / "log.jsonl")
    shutil.copytree(RIG, given.folder / "share/rig")
    tally = Tally()
    begun = time.monotonic()
    kind = Emulated if given.machine == "qemu" else UserModeRig
    rig: Rig = kind(given.image, given.folder, given.seed)
    try:
        rig.first(log)
        chance = random.Random(given.seed)
        while tally.cuts < given.count and time.monotonic() - begun < given.until:
            life(rig, chance, tally, log)
    except (Silent, ValueError) as error:
        tally.breaches.append(f"after cut {tally.cuts}: {error}")
    finally:
        rig.close()
    log(
        "summary", ok=not tally.breaches, machine=given.machine, cuts=tally.cuts,
        breaches=tally.breaches, sectors_lost=tally.lost,
        acknowledged={kind: len(names) for kind, names in tally.acknowledged.items()},
        median_back=round(statistics.median(tally.back), 1) if tally.back else None,
        seconds=round(time.monotonic() - begun),
    )  # fmt: skip
    return 1 if tally.breaches else 0


def life(rig: Rig, chance: random.Random, tally: Tally, log: Log) -> None:
    """Have traffic for a random time, cut the power, and look at what comes back."""
    moment = chance.uniform(2, 25)
    taken = traffic(rig.machine, moment, tally.acknowledged)
    lost, survived = rig.cut()
    tally.cuts += 1
    tally.lost += lost
    whole = tally.cuts % WHOLE == 0
    partition, wrong = checked(rig.image, rig.machine.folder / "data.img")
    begun = time.monotonic()
    rig.again(whole=whole)
    found = json.loads(
        rig.machine.run(f"{LIB} python3 /run/rig/rig/judge.py", PATIENCE).strip().splitlines()[-1]
    )
    tally.back.append(time.monotonic() - begun)
    wrong += judged(found, tally.acknowledged)
    tally.breaches += wrong
    log(
        "cut", number=tally.cuts, after=round(moment, 1), acknowledged=taken, sectors_lost=lost,
        sectors_kept=survived, whole=whole, back=round(tally.back[-1], 1), slot=found["slot"],
        filesystem=found["filesystem"], fsck=found["fsck"][-1:], e2fsck=partition,
        recordings=len(found["recordings"]), wrong=wrong,
    )  # fmt: skip


def checked(image: Path, copy: Path) -> tuple[str, list[str]]:
    """Replay the journal of a copy of the data partition and check it.

    Returns what e2fsck said last, and one sentence for each breach.
    """
    table = json.loads(
        subprocess.run(
            ["sfdisk", "--json", image], check=True, capture_output=True, timeout=30
        ).stdout
    )["partitiontable"]
    parts = [one for one in table["partitions"] if one.get("name") == "simveil-data"]
    if not parts:
        return "", [f"the partition table is damaged: {table['partitions']}"]
    data = parts[0]
    with image.open("rb") as source, copy.open("wb") as target:
        source.seek(data["start"] * 512)
        left = data["size"] * 512
        target.truncate(left)
        while left > 0:
            block = source.read(min(left, 1 << 20))
            if block.count(0) != len(block):
                target.seek(data["size"] * 512 - left)
                target.write(block)
            left -= len(block)
    said = []
    for options in (["-y", "-E", "journal_only"], ["-f", "-n"]):
        done = subprocess.run(
            ["e2fsck", *options, copy], capture_output=True, text=True, timeout=300, check=False
        )
        said.append((done.returncode, done.stdout.strip().splitlines()[-1:], done.stdout))
    copy.unlink()
    told = " ".join(said[1][1])
    if said[0][0] not in (0, 1) or said[1][0] != 0:
        return told, [f"e2fsck ended with {said[0][0]} and {said[1][0]}: {said[1][2][-600:]}"]
    return told, []


def traffic(machine: Machine, seconds: float, acknowledged: dict[str, set[str]]) -> int:
    """Have traffic for so long and note what was acknowledged; return how much."""
    since = machine.shell.mark()
    machine.shell.write(f"{LIB} python3 -u /run/rig/rig/traffic.py </dev/null 2>&1\n")
    machine.shell.expect('"begun"', PATIENCE, since)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            machine.shell.expect(
                "Traceback|not seen in", min(1.0, max(0.01, deadline - time.monotonic())), since
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
        wrong.append(f"recordings are missing or damaged: {found['missing_recordings']}")
    for kind, names in acknowledged.items():
        gone = names - set(found[KINDS[kind]])
        if gone:
            wrong.append(f"{len(gone)} acknowledged of {kind} are gone: {sorted(gone)[:3]}")
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
