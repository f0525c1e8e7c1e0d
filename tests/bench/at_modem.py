"""A modem that costs next to nothing, in a process of its own: what a benchmark talks to.

    python -m tests.bench.at_modem [--every SECONDS --calls N]

The first line on standard output is the port. With ``--every`` it rings so often once it hears
``AT+RING``, between the lines of a reply as real modems do, and writes ``<number> <time>`` for each
call, on the monotonic clock; a call ends by NO CARRIER when the next begins. The modem ends with
its standard input.
"""

from __future__ import annotations

import argparse
import os
import select
import sys
import time
import tty

ANSWERS = {
    b"AT+CSQ": (b"+CSQ: 20,99",),
    b"AT+CPIN?": (b"+CPIN: READY",),
    b"AT+CFUN?": (b"+CFUN: 1",),
    b"AT+CGMI": (b"Bench",),
    b"AT+CGMM": (b"One",),
    b"AT+CGSN": (b"353627020000034",),
    b"AT+CIMI": (b"460001234567890",),
    b"AT+CREG?": (b"+CREG: 2,1",),
    b"AT+CEREG?": (b"+CEREG: 2,1",),
    b"AT+COPS?": (b'+COPS: 0,0,"NET",7',),
    b"AT+CSCA?": (b'+CSCA: "+49176000000",145',),
    b"AT+CPMS?": (b'+CPMS: "ME",0,25,"ME",0,25,"ME",0,25',),
    b"AT+CPMS=?": (b'+CPMS: ("ME","SM"),("ME","SM"),("ME","SM")',),
}
PDU = b"07919471060000F0040C919451113254760000621122814300809F" + b"C8329BFD0655" * 22 + b"C832"
ANSWERS[b"AT+CMGR=1"] = (b"+CMGR: 0,,153", PDU)
CALLS = (
    b'+CLCC: 1,1,0,0,1,"+4915110000001",145,""',
    b'+CLCC: 2,0,0,0,1,"+4915110000002",145,""',
)
REFUSED = (b"AT+CLAC", b"AT^", b"AT+WIND", b"AT+ZPAS", b"AT+CNUM", b"AT+CSCS=?", b"AT+VTS=?")


class Modem:
    """The modem's end of a pty.

    Args:
        every: Seconds between calls, 0 for none.
        calls: How many calls there will be.
    """

    def __init__(self, every: float, calls: int) -> None:
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        tty.setraw(self.master)
        self.path = os.ttyname(self._slave)
        self.every = every
        self.left = calls
        self.due = float("inf")
        self.number = 0
        self.live: str | None = None

    def run(self) -> None:
        """Answer until standard input ends."""
        rest = b""
        while True:
            wait = None if self.due == float("inf") else max(0.0, self.due - time.monotonic())
            ready, _, _ = select.select([self.master, sys.stdin], [], [], wait)
            if sys.stdin in ready:
                return
            if self.master in ready:
                *commands, rest = (rest + os.read(self.master, 4096)).split(b"\r")
                for command in commands:
                    self.answer(command.strip(b"\x1b\n "))
            if time.monotonic() >= self.due + self.every:
                self.ring()  # nobody asks anything: it rings all the same

    def answer(self, command: bytes) -> None:
        """Answer one command, with a call in the middle if one is due."""
        if not command:
            return
        if command == b"AT+RING":
            self.due = time.monotonic() + self.every
        if command.startswith(REFUSED):
            os.write(self.master, b"\r\nERROR\r\n")
            return
        lines = ANSWERS.get(command, ())
        if command == b"AT+CLCC" and self.live:
            lines = (f'+CLCC: 1,1,4,0,0,"{self.live}",145'.encode(),)
        elif command == b"AT+CLCC" and not self.every:
            lines = CALLS
        if time.monotonic() >= self.due:
            self.ring()
        os.write(self.master, b"".join(b"\r\n" + line + b"\r\n" for line in (*lines, b"OK")))

    def ring(self) -> None:
        """Let a new caller ring, the one before having hung up."""
        if self.left == 0:
            self.due = float("inf")
            return
        if self.live is not None:
            os.write(self.master, b"\r\nNO CARRIER\r\n")
        self.left -= 1
        self.number += 1
        self.live = f"+49151{self.number:08d}"
        lines = f'\r\n+CRING: VOICE\r\n\r\n+CLIP: "{self.live}",145,,,,0\r\n'
        sys.stdout.write(f"{self.live} {time.monotonic()}\n")
        sys.stdout.flush()
        os.write(self.master, lines.encode())
        self.due = time.monotonic() + self.every


def main() -> None:
    """Run the modem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=float, default=0.0)
    parser.add_argument("--calls", type=int, default=0)
    arguments = parser.parse_args()
    modem = Modem(arguments.every, arguments.calls)
    sys.stdout.write(f"{modem.path}\n")
    sys.stdout.flush()
    modem.run()


if __name__ == "__main__":
    main()
