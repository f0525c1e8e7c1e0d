"""Feeds the AT reader and the PDU decoders with what no modem should send, until the time is over.

    python -m tests.drivers.at.fuzz --seconds 3600 --seed 1

Each round has a seed of its own, which a failure names: ``--round SEED`` plays that one again.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from drivers.at import pdu, pdu_json
from drivers.at.classify import Classifier
from drivers.at.commands import Command, Reply, dial, send_pdu
from drivers.at.engine import Engine
from drivers.at.exchange import Dialogue, Transcript
from drivers.at.pdu_octets import PduError
from drivers.at.queue import Job
from drivers.at.urcs import Urc
from drivers.errors import CommandTimeout, DriverError
from drivers.families.catalogue import FAMILIES, URC_RULES
from drivers.virtual.pdu import Submit, decode_incoming
from drivers.virtual.pdu_fields import BadPdu
from tests.drivers.at.pdu_fixtures import FIXTURES
from tests.drivers.wire import Wire

ROUND_SECONDS = 20.0
"""A round that takes longer hangs: it has a few milliseconds of work to do."""
_PDU = "07919471060000F0040C9194511132547600006211228143008005C8329BFD06"
_ENDS = (b"\r\n", b"\r", b"\n", b"\r\r\n", b"\n\r")
_LINES = (
    "OK", "ERROR", "NO CARRIER", "BUSY", "0", "4", "> ", ">", "AT", "AT+CSQ", "+CSQ: 20,99",
    "+CME ERROR: 100", "+CMS ERROR: 331", "+CMGS: 42", "+CMGR: 0,,24", "+CMGL: 1,0,,24", _PDU,
    '+CLCC: 1,1,0,0,0,"+4915110000001",145', "+CRING: VOICE", "RING", '+CCWA: "+49151",145,1',
    '+CUSD: 0,"Balance 5 EUR",15', "+CMT: ,24", "+CDS: 25", '+CDSI: "SR",1', "+CREG: 1",
    '+QIND: "ccinfo",1,1,1,0,0,"+4915110000001",145', "^CEND:1,0,29,31", "^ORIG:1,0", "^CONN:1,0",
    "VOICE CALL: BEGIN", "VOICE CALL: END: 000012", "MISSED_CALL: 11:22AM +49151", "+QTONEDET: 53",
    "+RXDTMF: 5", "^DDTMF: 5", '^SMMEMFULL: "ME"', "+CPIN: SIM PIN", "^RSSI:17", "RDY", "PB DONE",
    "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A",
)  # fmt: skip
_COMMANDS = (
    Command("AT"), Command("AT+CSQ"), Command("AT+CLCC"), Command("AT+CREG?"), Command("AT+CGMM"),
    Command("ATA", call=True), dial("+4915110000001"), Command("AT+CMGR=1"), Command("AT+CMGL=4"),
    Command("AT", numeric=True, drain=True), Command("AT+CUSD=1", raw=True), send_pdu(_PDU, 24),
)  # fmt: skip


class Broken(Exception):
    """Something that must hold did not; the message says what."""


# --- what is sent ---------------------------------------------------------------------------------


def _mutated(dice: random.Random, line: bytes) -> bytes:
    """Return a line with a few octets changed, left out, repeated or added, and no end in it."""
    octets = bytearray(line)
    for _ in range(dice.choice((0, 1, 1, 2, 4, 12))):
        place = dice.randrange(len(octets) + 1)
        match dice.randrange(5):
            case 0:
                octets[place:place] = dice.randbytes(dice.randint(1, 4))
            case 1:
                del octets[place : place + dice.randint(1, 4)]
            case 2:
                octets[place : place + 1] = dice.choice((b'"', b",", b":", b"+", b">", b"\x00"))
            case 3:
                octets[place:place] = octets[: dice.randint(0, len(octets))]
            case _:
                octets[place:place] = str(dice.choice((-1, 0, 255, 65536, 10**30))).encode()
    return bytes(octets)


def noise(dice: random.Random) -> bytes:
    """Return octets that mean nothing, ended as a line."""
    match dice.randrange(6):
        case 0:
            body = dice.randbytes(dice.randint(0, 400))
        case 1:
            body = dice.choice((b"x", b"\x00", b"+", b"A", b"\xff")) * dice.choice((1, 4096, 9000))
        case 2:
            lines = [_mutated(dice, _line(dice)) for _ in range(dice.randint(1, 6))]
            body = b"".join(line + dice.choice(_ENDS) for line in lines)
        case 3:
            body = _line(dice)
        case _:
            body = _mutated(dice, _line(dice))
    return body + dice.choice(_ENDS)


def _line(dice: random.Random) -> bytes:
    if dice.random() < 0.3:
        head = dice.choice(list(URC_RULES))
        return f"{head}: {dice.randint(0, 9)},{dice.randint(0, 999)}".encode("latin-1")
    return dice.choice(_LINES).encode("latin-1")


def mark(dice: random.Random, number: int) -> tuple[bytes, Urc]:
    """Return an unsolicited line that nothing else looks like, and how it has to be told."""
    rest = dice.choice((f'"ME",{number}', f'"SM",{number}'))
    urc = Urc("+CMTI", rest)
    match dice.randrange(4):
        case 0:
            urc = Urc("+CLIP", f'"+8613{number:09d}",145,,,,0')
        case 1:
            urc = Urc("+CMT", ",24", _PDU[:-8] + f"{number % 2**32:08X}")
        case 2:
            urc = Urc("+CREG", f'1,"{number % 65536:04X}","0{number:07X}",7')
        case _:
            pass
    lines = [f"{urc.head}: {urc.rest}", *([urc.pdu] if urc.pdu else [])]
    framed = b"".join(b"\r\n" + line.encode() + b"\r\n" for line in lines)
    return framed, urc


def torn(dice: random.Random, octets: bytes) -> Iterator[bytes]:
    """Return a stream in pieces that begin and end anywhere."""
    longest = dice.choice((1, 3, 40, 5000))
    while octets:
        size = dice.randint(1, longest)
        yield octets[:size]
        octets = octets[size:]


# --- the reader -----------------------------------------------------------------------------------


class _Port:
    """Where a dialogue writes: nowhere."""

    path = "fuzz"
    pending = 0

    def read(self) -> bytes:
        return b""

    def write(self, octets: bytes) -> None:
        pass

    def drop_output(self) -> None:
        pass


def _stream(dice: random.Random) -> tuple[bytes, list[Urc]]:
    pieces, marks = [], []
    for number in range(dice.randint(1, 12)):
        pieces += [noise(dice) for _ in range(dice.randint(0, 3))]
        framed, urc = mark(dice, 100_000 + dice.randrange(10**6) * 16 + number)
        pieces.append(framed)
        marks.append(urc)
    return b"".join(pieces), marks


def _compare(seen: list[Urc], marks: list[Urc]) -> None:
    mine = [urc for urc in seen if urc in marks]
    if mine != marks:
        lost = [urc for urc in marks if urc not in mine]
        raise Broken(f"unsolicited lines were lost, doubled or disordered: {lost or mine}")


def reader_round(dice: random.Random) -> None:
    """The reader without its thread: dialogues, torn streams, commands that end or time out."""
    seen: list[Urc] = []
    parsers = [family.all_parsers() for family in FAMILIES.values()]

    def urc(told: Urc) -> None:
        seen.append(told)
        for each in parsers:
            if told.head in each:
                each[told.head](told)

    ended: list[Command] = []

    def over(command: Command, _reply: Reply | None, _error: DriverError | None) -> None:
        ended.append(command)

    port: Any = _Port()
    dialogue = Dialogue(port, Classifier(URC_RULES), Transcript(), urc, over)
    dialogue._give = urc  # type: ignore[method-assign] - a parser that stumbles is told of here
    octets, marks = _stream(dice)
    begun = 0
    for piece in torn(dice, octets):
        if not dialogue.busy and dice.random() < 0.5:
            dialogue.begin(dice.choice(_COMMANDS))
            begun += 1
        dialogue.feed(piece)
        if dialogue.busy and dice.random() < 0.05:
            dialogue.check(dialogue.deadline)
    _compare(seen, marks)
    while dialogue.busy:
        dialogue.check(dialogue.deadline)
    if len(ended) != begun:
        raise Broken(f"{begun} commands began and {len(ended)} ended")


def engine_round(dice: random.Random) -> None:
    """The reader with its thread, on a pty; afterwards it has to work as if nothing had been."""
    seen: list[Urc] = []
    lost: list[str] = []
    done: list[object] = []
    well = threading.Event()
    octets, marks = _stream(dice)
    last, ending = mark(dice, 99_999_999)
    with Wire() as wire:
        engine = Engine(wire.path, URC_RULES, seen.append, lost.append)
        engine.start()
        opened = threading.Event()
        engine.call(opened.set)
        opened.wait(ROUND_SECONDS)

        def one(command: Command) -> Any:
            return (yield command)

        def told(value: object, error: DriverError | None) -> None:
            done.append(value if error is None else error)

        def ended(value: object, error: DriverError | None) -> None:
            done.append(value if error is None else error)
            well.set()

        jobs = dice.sample(_COMMANDS[:-1], 2)
        for command in jobs:
            engine.submit(Job(one(command), told, command.text))
        for piece in torn(dice, octets + last):
            wire.say(piece)
        engine.submit(Job(one(Command("AT+CGMI")), ended, "the last"))
        end = time.monotonic() + ROUND_SECONDS
        while not well.is_set() and time.monotonic() < end:
            if b"\r" in wire.read(0.05):
                wire.say("\r\nOK\r\n")
        engine.stop(5.0)
    if lost or not well.is_set() or len(done) != len(jobs) + 1:
        raise Broken(f"the engine did not come to itself: {lost} {done}")
    if isinstance(done[-1], DriverError) and not isinstance(done[-1], CommandTimeout):
        raise Broken(f"the last command failed: {done[-1]}")
    _compare(seen, [*marks, ending])


# --- PDUs -----------------------------------------------------------------------------------------


def pdu_round(dice: random.Random) -> None:
    """Both decoders, given what is nearly a PDU or not at all."""
    text = _nearly(dice)
    for submit, smsc in itertools.product((False, True), repeat=2):
        try:
            pdu.decode(text, submit=submit, smsc=smsc)
        except PduError:
            continue
        json.dumps(pdu_json.describe(text, submit=submit, smsc=smsc))
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        return
    decoders: tuple[Callable[[bytes], object], ...] = (decode_incoming, Submit.decode)
    for decode in decoders:
        try:
            decode(octets)
        except BadPdu:
            continue


def _nearly(dice: random.Random) -> str:
    if dice.random() < 0.05:
        return dice.randbytes(dice.randint(0, 200)).decode("latin-1")
    if dice.random() < 0.2:
        return dice.randbytes(dice.randint(0, 200)).hex().upper()
    octets = bytearray.fromhex(dice.choice(FIXTURES).pdu)
    for _ in range(dice.randint(1, 6)):
        place = dice.randrange(len(octets) + 1)
        match dice.randrange(5):
            case 0 if place < len(octets):
                octets[place] ^= 1 << dice.randrange(8)
            case 1 if place < len(octets):
                octets[place] = dice.choice((0, 1, 127, 128, 255))
            case 2:
                del octets[place : place + dice.randint(1, 8)]
            case 3:
                other = bytes.fromhex(dice.choice(FIXTURES).pdu)
                octets[place:] = other[dice.randrange(len(other)) :]
            case _:
                octets[place:place] = dice.randbytes(dice.randint(1, 8))
    text = octets.hex().upper()
    return text[: dice.randrange(len(text) + 1)] if dice.random() < 0.1 else text


ROUNDS: dict[str, Callable[[random.Random], None]] = {
    "reader": reader_round,
    "engine": engine_round,
    "pdu": pdu_round,
}


def play(name: str, seed: int) -> float:
    """Play one round; returns the seconds that it took.

    Raises Broken, which names the seed, for whatever went wrong.
    """
    began = time.monotonic()
    try:
        ROUNDS[name](random.Random(seed))
    except Exception as error:
        raise Broken(f"{name} round {seed}: {error!r}") from error
    if (took := time.monotonic() - began) > ROUND_SECONDS:
        raise Broken(f"{name} round {seed}: it took {took:.1f} s")
    return took


def fuzz(name: str, seed: int, seconds: float) -> int:
    """Play rounds for so many seconds; returns how many. Raises Broken."""
    end, dice, count = time.monotonic() + seconds, random.Random(seed), 0
    while time.monotonic() < end:
        play(name, dice.getrandbits(64))
        count += 1
    return count


def main() -> int:
    """Fuzz from the command line; each kind of rounds has its share of the time."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=ROUNDS)
    parser.add_argument("--round", type=int, help="play one round again, of --only's kind")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    names = [given.only] if given.only else list(ROUNDS)
    if given.round is not None:
        play(names[0], given.round)
        return 0
    try:
        for name in names:
            count = fuzz(name, given.seed, given.seconds / len(names))
            print(f"{name}: {count} rounds, nothing broke", flush=True)
    except Broken as broken:
        print(broken, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
