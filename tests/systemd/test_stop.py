"""A stop keeps its time when nothing of what is to be stopped answers any more."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from time import monotonic

import pytest

from appliance.demo.house import House

STOP = 2.0
MARGIN = 3.0
"""Seconds of a busy machine for the end of the process behind the stop itself."""


@pytest.mark.alone
def test_dead_modems_and_a_voice_process_that_stands_still_do_not_hold_up_a_stop(
    tmp_path: Path,
) -> None:
    timings = f"[timings]\nstop = {STOP}\n"
    with House(["+8617000000001"], speed=20, folder=tmp_path, extra=timings, bank_apart=True) as h:
        (voice,) = children(h.pid("serve"))
        bank = h.pid("bank")
        for stopped in (voice, bank):
            os.kill(stopped, signal.SIGSTOP)
        try:
            began = monotonic()
            status = h.end_box(STOP + 30)
            took = monotonic() - began
        finally:
            os.kill(bank, signal.SIGCONT)
    said = h.log("serve")
    assert status == 0, said
    assert took < STOP + MARGIN, f"{took:.1f} s\n{said}"
    assert "the voice process did not end in time" in said
    assert not Path(f"/proc/{voice}").exists()


def children(pid: int) -> list[int]:
    """Return a process's children."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
