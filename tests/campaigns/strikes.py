"""When the box is killed: at a moment that the bank, the application or the disk tells of."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.campaigns.binder import Binder
from tests.campaigns.receiver import Receiver
from tests.campaigns.town import COUPLE, NUMBERS, PATIENCE, X1, X2, XM, Town
from tests.campaigns.traffic import Dialled
from tests.campaigns.watch import Event

MOMENT_SECONDS = 6.0
"""How long a moment is waited for; the box is killed then in any case."""
_POLL = 0.0005
_DIALS = 5

Afterwards = Callable[[], list[str]]


def nothing() -> list[str]:
    """Nothing more is to be looked at after the restart."""
    return []


@dataclass
class Stage:
    """What a strike has to do with.

    ``missed`` counts moments that did not come, by kind; ``taken_up`` and ``ended`` what became of
    the couple's calls.
    """

    town: Town
    receiver: Receiver
    binders: list[Binder]
    dice: random.Random
    dialled: list[Dialled] = field(default_factory=list)
    taken_up: int = 0
    ended: int = 0

    def pause(self, low: float, high: float) -> None:
        """Let a random time pass."""
        threading.Event().wait(self.dice.uniform(low, high))

    def at(self, wanted: Callable[[Event], bool], low: float, high: float) -> bool:
        """Kill the box some seconds after an event of the bank; return whether it came."""
        came = self.town.watch.until(wanted, MOMENT_SECONDS) is not None
        if came:
            self.pause(low, high)
        self.town.strike()
        return came


Strike = Callable[[Stage], tuple[bool, Afterwards]]


def prompt(stage: Stage) -> tuple[bool, Afterwards]:
    """A modem was asked for a prompt: before it comes, and before the text is given."""
    came = stage.at(
        lambda e: e["kind"] == "sms" and e["state"] == "prompt" and e["line"] in (X1, X2), 0, 0.06
    )
    return came, nothing


def given(stage: Stage) -> tuple[bool, Afterwards]:
    """The network was given a text, its reference is not there yet."""
    return stage.at(lambda e: e["kind"] == "sms" and e["state"] == "given", 0, 0.18), nothing


def noted(stage: Stage) -> tuple[bool, Afterwards]:
    """A send was put on the disk: as soon as that can be seen from outside."""
    town, pause = stage.town, threading.Event()
    end = time.monotonic() + MOMENT_SECONDS
    with town.reading() as db:
        ask = "SELECT coalesce(max(id), 0) FROM sends"
        last = db.execute(ask).fetchone()[0]
        while db.execute(ask).fetchone()[0] == last and time.monotonic() < end:
            pause.wait(_POLL)
        came = bool(db.execute(ask).fetchone()[0] > last)
        town.strike()
    return came, nothing


def arrival(stage: Stage) -> tuple[bool, Afterwards]:
    """A modem has received a text: it is told, read, kept and deleted within milliseconds."""
    came = stage.at(
        lambda e: e["kind"] == "pdu" and e["direction"] == "down" and e.get("line") in NUMBERS,
        0,
        0.04,
    )
    return came, nothing


def call(stage: Stage) -> tuple[bool, Afterwards]:
    """A call is being put through: at one of its first steps."""
    steps = stage.dice.randint(1, 9)

    def wanted(event: Event) -> bool:
        nonlocal steps
        steps -= event["kind"] == "call" and event.get("line") == XM
        return steps <= 0

    mark = stage.town.watch.mark()
    dialled = _dial(stage)
    came = stage.town.watch.until(wanted, MOMENT_SECONDS, mark) is not None
    stage.pause(0, 0.03)
    stage.town.strike()
    return came, lambda: _see_off(stage, dialled)


def multiparty(stage: Stage) -> tuple[bool, Afterwards]:
    """Two people are in a conversation that the network mixes; they stay, or one leaves."""
    town = stage.town
    dialled = multiparty_of(stage)
    stage.pause(0.05, 0.6)
    town.strike()
    legs = town.rows(f"SELECT legs FROM calls WHERE closed = 0 AND dialled = '{XM}'")
    joined = any(json.loads(row["legs"]).get("joined") for row in legs)
    if dialled.met is None:
        return False, lambda: [f"{COUPLE} were not put through", *_see_off(stage, dialled)]
    stays = stage.dice.random() < 0.6
    if not stays:
        town.phones[stage.dice.choice((COUPLE.a, COUPLE.b))].do("hangup")
    # What had not reached the disk can't be taken up; it has to be ended.
    return joined, lambda: _see_off(stage, dialled, lives_on=stays and joined)


def bind(stage: Stage) -> tuple[bool, Afterwards]:
    """Many bindings are made at once, and one was acknowledged this moment."""
    for binder in stage.binders:
        binder.hurry = True
    stage.pause(0.1, 0.3)
    what = stage.dice.choice(("bind", "unbind", ""))
    if what:
        stage.dice.choice(stage.binders).ambush = (what, stage.town.strike)
        came = stage.town.struck.wait(MOMENT_SECONDS)
    else:
        came = True
    stage.town.strike()
    for binder in stage.binders:
        binder.hurry, binder.ambush = False, None
    return came, nothing


def push(stage: Stage) -> tuple[bool, Afterwards]:
    """A push is being answered: before the answer, or right after it."""
    stage.receiver.ambush(stage.dice.choice(("before", "after")), stage.town.strike)
    came = stage.town.struck.wait(MOMENT_SECONDS)
    stage.receiver.ambush("", None)
    stage.town.strike()
    return came, nothing


def starting(stage: Stage) -> tuple[bool, Afterwards]:
    """The box comes up after a kill, and is killed again before it is ready."""
    stage.town.strike()
    stage.town.spawn_box()
    stage.pause(0.3, 1.7)
    stage.town.strike()
    return True, nothing


def anytime(stage: Stage) -> tuple[bool, Afterwards]:
    """No moment in particular."""
    stage.pause(0, 1.0)
    stage.town.strike()
    return True, nothing


KINDS: dict[str, tuple[int, Strike]] = {
    "prompt": (28, prompt),
    "given": (20, given),
    "noted": (20, noted),
    "arrival": (20, arrival),
    "multiparty": (24, multiparty),
    "call": (24, call),
    "bind": (24, bind),
    "push": (24, push),
    "starting": (4, starting),
    "anytime": (12, anytime),
}
"""Every kind of kill: how many of 200 it makes (``starting`` kills twice), and how it is done."""


def plan(seed: int, count: int) -> list[str]:
    """Return the kinds of ``count`` kills, each kind in its share, in an order of the seed's."""
    dice = random.Random(seed)
    every = [kind for kind, (share, _) in KINDS.items() for _ in range(share)]
    kinds = list(KINDS)
    dice.shuffle(kinds)
    chosen = kinds[:count]  # one of each, then by their shares
    dice.shuffle(every)
    for kind in chosen:
        every.remove(kind)
    rounds = -(-count // len(every)) if every else 1
    chosen += (every * rounds)[: count - len(chosen)]
    dice.shuffle(chosen)
    return chosen


# --- the couple -----------------------------------------------------------------------------------


def multiparty_of(stage: Stage) -> Dialled:
    """Have the couple's call put through; it has ``met`` if it was."""
    for _ in range(_DIALS):  # the line may be lent to another call for a moment
        dialled = _dial(stage)
        stage.town.watch.until_phones(
            lambda state: (
                state(COUPLE.a) == "idle" or state(COUPLE.a) == state(COUPLE.b) == "active"
            ),
            PATIENCE,
        )
        if stage.town.watch.until_state(COUPLE.a, {"active"}, 0.0):
            dialled.rang = dialled.met = time.time()
            break
        dialled.ended = time.time()
        stage.pause(0.5, 1.0)
    return dialled


def _dial(stage: Stage) -> Dialled:
    dialled = Dialled(COUPLE.a, XM, COUPLE.b, time.time())
    stage.dialled.append(dialled)
    mark = stage.town.watch.mark()
    stage.town.phones[COUPLE.a].do("dial", to=XM)
    stage.town.watch.until(
        lambda e: e["kind"] == "phone" and e["phone"] == COUPLE.a and e["state"] == "dialling",
        PATIENCE,
        mark,
    )
    return dialled


def _see_off(stage: Stage, dialled: Dialled, *, lives_on: bool = False) -> list[str]:
    """See the couple's call taken up and ended by them, or ended by the box that came back."""
    town = stage.town
    wrong = []

    def talk(seconds: float) -> bool:
        return town.watch.until_phones(
            lambda state: state(COUPLE.a) == state(COUPLE.b) == "active", seconds
        )

    def owned() -> bool:
        """Wait until the box, which has just come back, has the call; a call may end meanwhile."""
        end = time.monotonic() + PATIENCE
        pause = threading.Event()
        while talk(0.0) and time.monotonic() < end:
            if any(line["msisdn"] == XM and line["call"] for line in town.admin("/lines")):
                return True
            pause.wait(0.05)
        return False

    def settled(state: Callable[[str], str]) -> bool:
        pair = {state(COUPLE.a), state(COUPLE.b)}
        return pair == {"idle"} or pair == {"active"}

    town.watch.until_phones(settled, PATIENCE)
    if owned():
        stage.taken_up += 1
        town.phones[stage.dice.choice((COUPLE.a, COUPLE.b))].do("hangup")
    elif lives_on:
        wrong.append(f"the multiparty of {COUPLE} was not taken up")
    else:
        stage.ended += 1
    for number in (COUPLE.a, COUPLE.b):
        if not town.put_down(number):
            wrong.append(f"phone {number} was left in a call that nobody owns")
            town.phones[number].do("hangup")
    dialled.ended = time.time()
    return wrong
