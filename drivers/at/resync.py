"""A port made clean: what came late for one command answers no other."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, Final

from drivers.at.commands import ATTENTION_PROBE, Command, Reply
from drivers.at.queue import Step
from drivers.errors import CommandTimeout, PortLost

PROBES: Final = 3  # unanswered AT in a row that make a modem deaf
PROMPTLY: Final = 2.5  # seconds for an AT and the silence after it, where nothing is late
CLEANINGS: Final = 8  # AT with late results around it, before the port counts as unusable


def resynchronise(probes: int, timeout: float) -> Generator[Step, Any, None]:
    """Procedure: write ``AT`` until exactly its own OK comes and silence follows.

    Whatever came late for an earlier command is thrown away, so that it answers nothing. A modem
    that is late with everything would answer each command with the last one's result: an OK that
    took long, or that came with lines, was another command's, and ``AT`` is written again.

    Args:
        probes: Unanswered ``AT`` after which the modem counts as deaf.
        timeout: Seconds to wait for each.

    Raises PortLost when the modem is deaf or never falls silent.
    """
    probe = Command(ATTENTION_PROBE.text, timeout=timeout, numeric=True, drain=True)
    unanswered = 0
    for _ in range(CLEANINGS + probes):
        began = time.monotonic()
        try:
            reply: Reply = yield probe
        except CommandTimeout:
            unanswered += 1
            if unanswered >= probes:
                raise PortLost(
                    f"deaf: no answer to {probes} × AT within {timeout:g} s each"
                ) from None
        else:
            if reply.final == "OK" and time.monotonic() - began < PROMPTLY:
                return
    raise PortLost("never silent: results keep coming that nobody asked for")
