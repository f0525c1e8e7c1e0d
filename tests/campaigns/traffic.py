"""People who call and text each other through the box, whatever becomes of it."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.campaigns.actors import Actor
from tests.campaigns.town import PAIRS, Pair, Town

RING_SECONDS = 4.0
_VERSE = "车已到东门请走地下通道出来左转第三个路口我穿蓝色外套"


@dataclass
class Dialled:
    """One call as its people know it; times of day in seconds, None for what did not happen.

    Args:
        caller: Who dialled; ``other`` is to be reached by it.
        met: Both were in the conversation.
    """

    caller: str
    x: str
    other: str
    began: float
    rang: float | None = None
    met: float | None = None
    ended: float | None = None


@dataclass
class Sent:
    """One text that the service centre has taken."""

    sender: str
    x: str
    recipient: str
    text: str
    at: float
    taken: bool = False


class Caller(Actor):
    """A pair of people who call each other all day."""

    def __init__(self, town: Town, pair: Pair, seed: int) -> None:
        super().__init__(f"caller-{pair.a[-2:]}", seed)
        self._town = town
        self.pair = pair
        self.calls: list[Dialled] = []

    def turn(self) -> None:
        """One call, from dialling to both phones at rest."""
        pair, watch = self.pair, self._town.watch
        self.nap(0.1, 1.0)
        caller, other = (pair.a, pair.b) if self.dice.random() < 0.75 else (pair.b, pair.a)
        call = Dialled(caller, pair.x, other, time.time())
        mark = watch.mark()
        if not self.do(caller, "dial", to=pair.x):
            return
        watch.until(
            lambda e: e["kind"] == "phone" and e["phone"] == caller and e["state"] == "dialling",
            RING_SECONDS,
            mark,
        )
        self.calls.append(call)
        try:
            watch.until_phones(
                lambda state: state(other) == "ringing" or state(caller) == "idle", RING_SECONDS
            )
            if watch.until_state(other, {"ringing"}, 0.0):
                call.rang = time.time()
                self._ringing(call)
        finally:
            self.both_idle()
            call.ended = time.time()

    def _ringing(self, call: Dialled) -> None:
        what = self.dice.choices(["answer", "reject", "leave"], [80, 8, 12])[0]
        self.nap(0.0, 0.25)
        if what == "reject":
            self.do(call.other, "reject")
            return
        if what == "leave" or not self.do(call.other, "answer"):
            return
        if not self._town.watch.until_phones(
            lambda state: state(call.other) == state(call.caller) == "active", 2.0
        ):
            return
        call.met = time.time()
        self.nap(0.3, 1.5)
        self.do(self.dice.choice([call.caller, call.other]), "hangup")

    def both_idle(self) -> None:
        """See both phones put down; who is left in half a call is the box's to look after."""
        for number in (self.pair.a, self.pair.b):
            if not self._town.put_down(number):
                self.faults.append(f"phone {number} was left in a call that nobody owns")
                self.do(number, "hangup")

    def do(self, number: str, action: str, **words: object) -> bool:
        """Do something with a phone; False when that moment had passed (HTTP 409)."""
        try:
            self._town.phones[number].do(action, **words)
        except RuntimeError as error:
            if "HTTP 409" not in str(error):
                raise
            return False
        return True


class Texter(Actor):
    """Somebody in every pair writes to the other, texts of all kinds, no two of them alike."""

    _serial = itertools.count(1)
    _one_at_a_time = threading.Lock()

    def __init__(self, town: Town, number: int, seed: int, pairs: Sequence[Pair] = PAIRS) -> None:
        super().__init__(f"texter-{number}", seed)
        self._town = town
        self._pairs = pairs
        self.sent: list[Sent] = []

    def turn(self) -> None:
        """One text, taken by the service centre before the next one is written."""
        self.nap(0.05, 0.5)
        if not self._town.up.is_set():
            self.nap(0.5, 1.5)  # a box that is slow to come back must not drown in what has waited
        pair = self.dice.choice(self._pairs)
        sender, recipient = (pair.a, pair.b) if self.dice.random() < 0.5 else (pair.b, pair.a)
        with self._one_at_a_time:
            serial = next(self._serial)
        sent = Sent(sender, pair.x, recipient, self._words(serial), time.time())
        self.sent.append(sent)
        self._town.phones[sender].do("sms", to=pair.x, text=sent.text)
        sent.taken = True

    def _words(self, serial: int) -> str:
        kind = self.dice.choices(["gsm", "long gsm", "short", "emoji", "long"], [30, 8, 30, 8, 24])
        match kind[0]:
            case "gsm":
                return f"#{serial} see you at the east gate {{[€]}}"
            case "long gsm":
                return "; ".join(f"#{serial} line {n} of a long one" for n in range(12))
            case "short":
                return f"#{serial} 我到了，你在哪里？"
            case "emoji":
                return f"#{serial} 五分钟后到 👍🚕"
            case _:
                parts = self.dice.randint(4, 9)
                return "".join(f"#{serial}之{n}{_VERSE[: 18 + n]}。" for n in range(parts))
