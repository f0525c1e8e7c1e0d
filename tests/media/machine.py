"""What the machine itself adds, beside a measurement in real time: a clock, and a bare pty.

    python -m tests.media.machine

Says ``ready``; when its standard input ends it tells the most milliseconds by which it woke late in
real time, as an ordinary process, and by which an octet was late that went over a pty by itself.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import subprocess
import sys
import time
import tty

HIGHEST = 50  # real-time priority, above everything that is measured
TURN = 0.005  # seconds


class Watch:
    """The machine, watched from the beginning of a ``with`` to its end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.media.machine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.late: dict[str, float] = {}

    def __enter__(self) -> Watch:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_: object) -> None:
        out, _errors = self._process.communicate(timeout=10)
        self.late = json.loads(out)

    def worst(self, *ways: str) -> float:
        """Return the most milliseconds that the machine was late in these ways, or in any."""
        return max(late for way, late in self.late.items() if way in (ways or CLOCKS))


def watch(priority: int, pty: bool, ending: int) -> float:
    """Sleep for a turn again and again until ``ending`` is closed; return the most lateness, ms.

    With a pty, an octet is sent over it each time, and its way counts instead.
    """
    if priority:
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(priority))
    master, slave = os.openpty()
    tty.setraw(slave)
    came = select.epoll()
    came.register(slave, select.EPOLLIN | select.EPOLLET)
    late = 0.0
    while not select.select([ending], [], [], 0)[0]:
        due = time.monotonic() + TURN
        time.sleep(TURN)
        if pty:
            due = time.monotonic()
            os.write(master, b"x")
            came.poll(1.0)
            os.read(slave, 16)
        late = max(late, time.monotonic() - due)
    return 1000.0 * late


CLOCKS = {"real_time_ms": (HIGHEST, False), "ordinary_ms": (0, False), "pty_ms": (HIGHEST, True)}


def main() -> None:
    """Watch until standard input ends, each way in a process of its own."""
    gc.disable()
    children = {}
    for name, (priority, pty) in CLOCKS.items():
        told, tell = os.pipe()
        if os.fork() == 0:
            late = watch(priority, pty, sys.stdin.fileno())
            os.write(tell, json.dumps(late).encode())
            os._exit(0)
        os.close(tell)
        children[name] = told
    print("ready", flush=True)
    late = {}
    for name, told in children.items():
        with os.fdopen(told) as answer:
            late[name] = json.loads(answer.read())
    print(json.dumps(late))


if __name__ == "__main__":
    main()
