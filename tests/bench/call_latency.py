"""From an incoming call's number to what is done about it, with 16 busy lines.

    python -m tests.bench call_latency

Half of the lines are private numbers, the others second lines. Callers ring, talk for a while, hang
up and ring again, each on a number of its own, so that nearly all lines carry voice while a new
call comes in. Measured on the command ports: from ``+CLIP`` to ``ATA`` where the caller is answered
first; from ``+CLIP`` on one line to ``ATD`` on another where the second party is called first.

The peer is the shortest program that does the same with python-gsmmodem-new: it answers from its
callback for calls and dials on the second modem. It finds out nothing before, and bridges nothing.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic

from appliance.demo.people import BankControl
from tests.bench.scene import Place, Scene, lines, python_peer, scene
from tests.bench.table import Row, cpu_seconds, memory_mb, percentile
from tests.bench.tap import Said

BUDGET = 30.0  # milliseconds, p99
CPU_BUDGET, MEMORY_BUDGET = 50.0, 150.0  # % of one core, MB
SPEED = 10.0
MAKE = "e1550"  # the peer knows how a Huawei stick tells of its calls
TALK = 2.5  # seconds
_PATIENCE = 30.0


@dataclass
class Found:
    """What one contestant did.

    Args:
        answered: From +CLIP to ATA, milliseconds.
        dialled: From +CLIP to the ATD of the second leg, milliseconds.
        calls: How many callers got through.
        lost: How many did not.
        cpu: Its processor time, % of one core.
        memory: MB at the end.
    """

    answered: list[float] = field(default_factory=list)
    dialled: list[float] = field(default_factory=list)
    calls: int = 0
    lost: int = 0
    cpu: float = 0.0
    memory: float = 0.0


@dataclass(frozen=True)
class Pair:
    """A private number, a second line, and who talks over them."""

    x: str
    second: str
    a: str
    b: str


def pairs(count: int) -> list[Pair]:
    """Return who calls whom."""
    xs, seconds = lines(1, count), lines(101, count)
    return [
        Pair(x, second, f"+86139{n:08d}", f"+86138{n:08d}")
        for n, (x, second) in enumerate(zip(xs, seconds, strict=True), 1)
    ]


def delays(said: Iterable[Said], everybody: list[Pair], found: Found) -> None:
    """Read the delays out of what was said on the ports."""
    rang: dict[str, float] = {}
    over = set[str]()  # answered already: the next +CLIP is of a new call
    x_of = {pair.b: pair.x for pair in everybody}
    for one in said:
        if not one.by_host:
            if "+CLIP:" in one.text and (one.line not in rang or one.line in over):
                rang[one.line] = one.at
                over.discard(one.line)
            continue
        for command in one.text.split("\r"):
            if command.startswith("ATA") and one.line in rang and one.line not in over:
                found.answered.append((one.at - rang[one.line]) * 1000)
                over.add(one.line)
            elif command.startswith("ATD") and (x := x_of.get(command[3:].rstrip(";"))) in rang:
                assert x is not None
                found.dialled.append((one.at - rang[x]) * 1000)


def keep_calling(bank: BankControl, pair: Pair, end: float, talk: float, found: Found) -> None:
    """Let A ring X again and again, and talk for ``talk`` seconds."""
    phone, pause = bank.phone(pair.a), threading.Event()
    while monotonic() < end:
        phone.do("dial", to=pair.x)
        try:
            phone.until("active", _PATIENCE)
            found.calls += 1
        except TimeoutError:
            found.lost += 1
        pause.wait(talk)
        with contextlib.suppress(RuntimeError):  # it is over already
            phone.do("hangup")
        phone.until("idle", _PATIENCE)
        pause.wait(talk / 8)


def call(stage: Scene, everybody: list[Pair], seconds: float, pid: int) -> Found:
    """Let everybody call for a while; returns what the ports told."""
    for pair in everybody:
        stage.bank.phone(pair.b).do("auto", answer_after=0.2)
    each = [Found() for _ in everybody]
    talk = min(TALK, seconds / 4)
    end = monotonic() + seconds
    threads = [
        threading.Thread(
            target=keep_calling, args=(stage.bank, pair, end, talk, one), name=f"caller-{n}"
        )
        for n, (pair, one) in enumerate(zip(everybody, each, strict=True))
    ]
    stage.said()
    began, before = monotonic(), cpu_seconds(pid)
    for thread in threads:
        thread.start()
        threading.Event().wait(talk / len(threads))  # not all at once
    for thread in threads:
        thread.join()
    found = Found(calls=sum(one.calls for one in each), lost=sum(one.lost for one in each))
    found.cpu = 100 * (cpu_seconds(pid) - before) / (monotonic() - began)
    found.memory = memory_mb(pid)
    delays(stage.said(), everybody, found)
    return found


def ours(count: int, seconds: float) -> tuple[Found, Found]:
    """Measure the box: callers answered first, and the second party called first."""
    everybody = pairs(count)
    numbers = [pair.x for pair in everybody] + [pair.second for pair in everybody]
    place = Place(numbers, SPEED, make=MAKE, box='connect = ["bridge"]\n')
    with scene(place) as stage:
        stage.start_box()
        for pair in everybody:
            stage.admin("POST", "/numbers", {"msisdn": pair.second, "trunk": True})
        found = []
        for early in (False, True):
            name = "early" if early else "late"
            customer = stage.application(name, settings={"early_dial": early})
            for pair in everybody:
                if early:
                    stage.admin("POST", f"/numbers/%2B{pair.x[1:]}/transfer", {"app": name})
                else:
                    stage.admin("POST", "/numbers", {"msisdn": pair.x, "app": name})
                bound = customer.bind(callerNum=pair.a, relationNum=pair.x, calleeNum=pair.b)
                assert bound["resultcode"] == "0", bound
            found.append(call(stage, everybody, seconds, stage.box_pid))
            customer.close()
    return found[0], found[1]


def theirs(count: int, seconds: float) -> Found:
    """Measure python-gsmmodem-new."""
    everybody = pairs(count)
    numbers = [pair.x for pair in everybody] + [pair.second for pair in everybody]
    with scene(Place(numbers, SPEED, make=MAKE, plain=True)) as stage:
        words = [
            word
            for pair in everybody
            for word in (*(stage.bank.line(n)["port"] for n in (pair.x, pair.second)), pair.b)
        ]
        with python_peer("gsmmodem_calls", *words) as pid:
            return call(stage, everybody, seconds, pid)


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    return table(1, 0.4) if quick else table(8, 30.0)


def table(count: int, seconds: float) -> list[Row]:
    """Measure both and return the figures."""
    late, early = ours(count, seconds)
    peer = theirs(count, seconds)
    lost = late.lost + early.lost
    name = "python-gsmmodem-new, the same calls"
    answered, dialled = (percentile(v, 0.99) for v in (late.answered, early.dialled))
    if not (late.answered and early.dialled):
        raise RuntimeError("nothing was heard on the command ports")
    return [
        Row(f"+CLIP to ATA, {2 * count} busy lines, p50", percentile(late.answered, 0.5), "ms",
            name, percentile(peer.answered, 0.5)),
        Row("  p99", answered, "ms", name, percentile(peer.answered, 0.99), f"≤ {BUDGET:g}",
            answered <= BUDGET),
        Row("+CLIP to the second leg's ATD, p50", percentile(early.dialled, 0.5), "ms",
            name, percentile(peer.dialled, 0.5)),
        Row("  p99", dialled, "ms", name, percentile(peer.dialled, 0.99), f"≤ {BUDGET:g}",
            dialled <= BUDGET),
        Row("calls meanwhile", late.calls, "", name, peer.calls),
        Row("callers not answered", lost, "", name, peer.lost, "0", lost == 0),
        Row(f"processor, {count} calls with voice", late.cpu, "%", name, peer.cpu,
            f"< {CPU_BUDGET:g}", late.cpu < CPU_BUDGET),
        Row("memory", late.memory, "MB", name, peer.memory, f"< {MEMORY_BUDGET:g}",
            late.memory < MEMORY_BUDGET),
    ]  # fmt: skip
