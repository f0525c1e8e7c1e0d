"""What can go wrong with a modem, and at which steps of calls and texts it does."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from tests.campaigns.faults_town import MAKES

HANGS = ("hang-port", "hang-reset", "hang-usb")
"""What a hang is cured by is chosen at random: the port opened anew, a reset, the bus."""

MENDS = {"unplug": ("plug", 0.5), "no-network": ("network", 1.5)}
"""What undoes a fault that does not pass by itself, and after how many seconds."""

LASTS = {"garble": 3.5, "late": 16.5}
"""Seconds after which a fault that passes by itself has passed, and nothing is due any more."""

FAULTS = ("unplug", "hang", "garble", "reset", "late", "no-network")


@dataclass(frozen=True)
class Step:
    """A place in the life of a call or of a text.

    Args:
        name: For people.
        story: ``in`` (a caller), ``out`` (the second leg), ``received`` or ``sent`` (a text).
        heard: The fault waits for what the host says; ``said``: for what the modem says.
        moment: Before, during or after that word.
        state: … or it comes when the callee's phone is in this state; ``leaving``: it waits for
            the word from then on that the caller hangs up.
        far: On the line that carries the second leg.
    """

    name: str
    story: str
    heard: str = ""
    said: str = ""
    moment: str = "before"
    state: str = ""
    far: bool = False

    @property
    def call(self) -> bool:
        """It belongs to a call."""
        return self.story in ("in", "out")


STEPS = (
    Step("+CLIP is lost", "in", said="+CLIP"),
    Step("after +CLIP", "in", said="+CLIP", moment="after"),
    Step("ATA is not heard", "in", heard="ATA"),
    Step("the result of ATA is lost", "in", heard="ATA", moment="during"),
    Step("after the result of ATA", "in", heard="ATA", moment="after"),
    Step("in conversation", "in", state="active"),
    Step("the last leg is released", "in", heard="AT+CH", state="leaving", far=True),
    Step("the hold is lost", "out", heard="+CHLD=2", moment="during"),
    Step("ATD is not heard", "out", heard="ATD", far=True),
    Step("the result of ATD is lost", "out", heard="ATD", moment="during", far=True),
    Step("after the result of ATD", "out", heard="ATD", moment="after", far=True),
    Step("the callee's phone rings", "out", state="ringing", far=True),
    Step("the join is lost", "out", heard="+CHLD=3", moment="during"),
    Step("second leg in conversation", "out", state="active", far=True),
    Step("+CMTI is lost", "received", said="+CMTI"),
    Step("after +CMTI", "received", said="+CMTI", moment="after"),
    Step("the text read is lost", "received", heard="+CMGR", moment="during"),
    Step("the delete is not heard", "received", heard="+CMGD"),
    Step("the delete's result is lost", "received", heard="+CMGD", moment="during"),
    Step("the send is not heard", "sent", heard="+CMGS"),
    Step("the prompt is lost", "sent", heard="+CMGS", moment="during"),
    Step("after the prompt", "sent", said="> ", moment="after"),
    Step("Ctrl-Z is not heard", "sent", heard="\x1a"),
    Step("between Ctrl-Z and +CMGS", "sent", heard="\x1a", moment="after"),
    Step("+CMGS is lost", "sent", said="+CMGS:"),
    Step("after +CMGS", "sent", said="+CMGS:", moment="after"),
)

_NEVER = {"e1550": {"the hold is lost", "the join is lost"}}
"""Steps that a make's calls do not have."""


@dataclass(frozen=True)
class Case:
    """A fault at a step, on a make."""

    step: Step
    fault: str
    make: str


def every_case() -> list[Case]:
    """Return all cases."""
    return [
        Case(step, fault, make)
        for step in STEPS
        for fault in FAULTS
        for make in MAKES
        if step.name not in _NEVER.get(make, set())
    ]


def sample(seed: int, count: int, faults: Iterable[str] = FAULTS) -> list[Case]:
    """Return some cases: each make, story and fault has its share. ``count`` 0 is all of them."""
    dice = random.Random(seed)
    chosen = [case for case in every_case() if case.fault in set(faults)]
    dice.shuffle(chosen)
    if not count:
        return chosen
    taken: list[Case] = []
    used: dict[object, int] = {}
    while chosen and len(taken) < count:
        best = min(
            chosen,
            key=lambda case: (
                used.get(case.make, 0),
                used.get((case.make, case.step.story), 0) + used.get(case.fault, 0),
            ),
        )
        chosen.remove(best)
        taken.append(best)
        for key in (best.make, (best.make, best.step.story), best.fault):
            used[key] = used.get(key, 0) + 1
    return taken
