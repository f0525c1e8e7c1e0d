"""The least that a bridge on two ports can be: octets copied as they come, in real time.

    python -m tests.bench.media_wire PORT PORT [PORT PORT …]

What it adds is what the machine's ports and scheduler add to anybody. Says ``ready``; ends with its
standard input.
"""

from __future__ import annotations

import gc
import os
import select
import subprocess
import sys
import termios
import tty

from appliance.media.leg import run_in_real_time


def started(*ports: str) -> subprocess.Popen[bytes]:
    """Return the process of a wire between each two ports, which copies already."""
    wire = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.media_wire", *ports],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert wire.stdout is not None
    wire.stdout.readline()
    return wire


def main() -> None:
    """Open all, copy until standard input ends."""
    ports = [os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK) for path in sys.argv[1:]]
    for port in ports:
        tty.setraw(port)
        termios.tcflush(port, termios.TCIFLUSH)
    other: dict[int, int] = {}
    for one, two in zip(ports[::2], ports[1::2], strict=True):
        other |= {one: two, two: one}
    gc.disable()
    run_in_real_time()
    # Edges: to ask an empty pty whether it has something waits for the kernel's worker (see Bank).
    poll = select.epoll()
    for port in ports:
        poll.register(port, select.EPOLLIN | select.EPOLLET)
    poll.register(sys.stdin.fileno(), select.EPOLLIN)
    print("ready", flush=True)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor not in other:
                return
            os.write(other[descriptor], os.read(descriptor, 4096))


if __name__ == "__main__":
    main()
