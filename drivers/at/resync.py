"""A port made clean: what came late for one command answers no other."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import replace
from typing import Any, Final

from drivers.at.commands import ATTENTION_PROBE, Command, Reply
from drivers.at.queue import Step
from drivers.errors import CommandTimeout, PortLost

PROBES: Final = 3  # unanswered AT in a row that make a modem deaf
AT_ONCE: Final = 0.75  # seconds for an AT and the silence after it, where nothing is late
CLEANINGS: Final = 8  # AT with late results around it, before the port counts as unusable


def resynchronise(probes: int, timeout: float, *, owed: int = 0) -> Generator[Step, Any, None]:
    """Procedure: write ``AT`` until every result that is due has come and silence follows.

    A modem that is late with everything would answer each command with the last one's result. Each
    command has one result and they keep their order: so they are counted. A result may also have
    been lost for ever: who answers two ``AT`` in a row at once is late with nothing, nor is who
    stays silent for ``timeout`` seconds after a result.

    Args:
        probes: Unanswered ``AT`` after which the modem counts as deaf.
        timeout: Seconds to wait for each.
        owed: Commands of before whose results have not come.

    Raises PortLost when the modem is deaf or never falls silent.
    """
    probe = Command(ATTENTION_PROBE.text, timeout=timeout, numeric=True, drain=True)
    unanswered = prompt = 0
    listens = False
    for _ in range(CLEANINGS + probes):
        owed += 1
        began = time.monotonic()
        try:
            reply: Reply = yield replace(probe, expects=owed) if listens else probe
        except CommandTimeout:
            unanswered += 1
            if unanswered >= probes:
                raise PortLost(
                    f"deaf: no answer to {probes} × AT within {timeout:g} s each"
                ) from None
            continue
        owed -= reply.results
        if listens and owed > 0:
            owed = 0  # they would have come
        if reply.final != "OK":
            prompt, listens = 0, False
            continue
        prompt = prompt + 1 if time.monotonic() - began < AT_ONCE else 0
        if owed <= 0 or prompt > 1:
            return
        listens = prompt == 0
    raise PortLost("never silent: results keep coming that nobody asked for")
