"""The least that a bridge on two ports can be: octets copied as they come, in real time.

    python -m tests.bench.media_wire PORT PORT

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


def started(one: str, two: str) -> subprocess.Popen[bytes]:
    """Return the process of a wire between two ports, which copies already."""
    wire = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.media_wire", one, two],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert wire.stdout is not None
    wire.stdout.readline()
    return wire


def main() -> None:
    """Open both, copy until standard input ends."""
    ports = [os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK) for path in sys.argv[1:3]]
    for port in ports:
        tty.setraw(port)
        termios.tcflush(port, termios.TCIFLUSH)
    other = {ports[0]: ports[1], ports[1]: ports[0]}
    gc.disable()
    run_in_real_time()
    print("ready", flush=True)
    poll = select.poll()
    for descriptor in (*ports, sys.stdin.fileno()):
        poll.register(descriptor, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor not in other:
                return
            os.write(other[descriptor], os.read(descriptor, 4096))


if __name__ == "__main__":
    main()
