"""An application that binds, modifies and unbinds all day, and knows what was acknowledged."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import urllib3

from appliance.demo.application import CustomerApplication
from tests.campaigns.actors import Actor
from tests.campaigns.town import NUMBERS, X1, X2, X3, Pair

Json = dict[str, Any]
LIVE_AT_MOST = 12
_UNANSWERED = (urllib3.exceptions.HTTPError, OSError, ValueError)


@dataclass
class Bound:
    """A binding that was acknowledged; ``minutes`` is its acknowledged ``maxDuration``."""

    subscription: str
    pair: Pair
    minutes: int = 0


class Binder(Actor):
    """One client of the AXB interface.

    What was not acknowledged is in doubt until the box is asked: it may have happened or not.

    Args:
        number: 0-9, tells the people of one client from those of another.
    """

    def __init__(self, application: CustomerApplication, number: int, seed: int) -> None:
        super().__init__(f"binder-{number}", seed)
        self._application = application
        self._prefixes = (f"+86138{number}", f"+86136{number}")
        self._serial = itertools.count(1)
        self.live: dict[str, Bound] = {}
        self.gone: set[str] = set()
        self._maybe_bound: dict[tuple[str, str, str], Pair] = {}
        self._maybe_gone: set[str] = set()
        self._maybe_minutes: dict[str, set[int]] = {}
        self.counts = {"bind": 0, "modify": 0, "unbind": 0, "unanswered": 0}
        self._lasting: set[str] = set()
        self.hurry = False
        self.ambush: tuple[str, Callable[[], object]] | None = None

    def lasting(self, pair: Pair) -> None:
        """Make a binding that stays. Raises RuntimeError."""
        answer = self._application.bind(
            relationNum=pair.x,
            callerNum=pair.a,
            calleeNum=pair.b,
            recordFlag="true" if pair.record else "false",
        )
        if answer.get("resultcode") != "0":
            raise RuntimeError(f"bind answered {answer}")
        bound = Bound(answer["subscriptionId"], pair)
        self.live[bound.subscription] = bound
        self._lasting.add(bound.subscription)

    def turn(self) -> None:
        """One request."""
        if not self.hurry:
            self.nap(0.05, 0.4)
        passing = [key for key in self.live if key not in self._lasting | self._maybe_gone]
        choice = self.dice.choices(["bind", "unbind", "modify"], [55, 35, 10])[0]
        if not passing or (choice == "bind" and len(self.live) < LIVE_AT_MOST):
            self._bind()
        elif choice == "modify":
            self._modify(self.dice.choice(passing))
        else:
            self._unbind(self.dice.choice(passing))

    def _bind(self) -> None:
        serial = next(self._serial)
        x = self.dice.choice((X1, X2, X3))
        pair = Pair(f"{self._prefixes[0]}{serial:07d}", x, f"{self._prefixes[1]}{serial:07d}")
        key = (pair.x, pair.a, pair.b)
        self._maybe_bound[key] = pair
        answer = self._ask(
            "bind",
            lambda: self._application.bind(relationNum=pair.x, callerNum=pair.a, calleeNum=pair.b),
        )
        if answer is not None:
            del self._maybe_bound[key]
            self.live[answer["subscriptionId"]] = Bound(answer["subscriptionId"], pair)
            self._spring("bind")

    def _unbind(self, subscription: str) -> None:
        self._maybe_gone.add(subscription)
        answer = self._ask("unbind", lambda: self._application.unbind(subscriptionId=subscription))
        if answer is not None:
            self._maybe_gone.discard(subscription)
            self._forget(subscription)
            self._spring("unbind")

    def _modify(self, subscription: str) -> None:
        minutes = self.dice.randint(1, 1440)
        self._maybe_minutes.setdefault(subscription, set()).add(minutes)
        answer = self._ask(
            "modify",
            lambda: self._application.modify(subscriptionId=subscription, maxDuration=minutes),
        )
        if answer is not None:
            del self._maybe_minutes[subscription]
            self.live[subscription].minutes = minutes

    def _ask(self, what: str, request: Callable[[], Json]) -> Json | None:
        """Return the answer, None when none came; anything but success is a fault."""
        try:
            answer = request()
        except _UNANSWERED:
            self.counts["unanswered"] += 1
            self.nap(0.05, 0.1)
            return None
        if answer.get("resultcode") != "0":
            self.faults.append(f"{what} was answered {answer}")
            return None
        self.counts[what] += 1
        return answer

    def _spring(self, what: str) -> None:
        ambush = self.ambush
        if ambush is not None and ambush[0] == what:
            self.ambush = None
            ambush[1]()

    def _forget(self, subscription: str) -> None:
        self.live.pop(subscription, None)
        self._maybe_minutes.pop(subscription, None)
        self.gone.add(subscription)

    # --- what the box says ---

    def owns(self, each: Json) -> bool:
        """Return whether a binding that the box tells of is one of this client's."""
        return each["subscriptionId"] in self.live or each["callerNum"].startswith(
            self._prefixes[0]
        )

    def compare(self, found: dict[str, Json]) -> list[str]:
        """Return what of the box's bindings, by id, is not as it was acknowledged.

        The client must rest. What was in doubt is as the box says from now on.
        """
        wrong = [
            f"binding {key} of {self.live[key].pair} was acknowledged and is not there"
            for key in self.live
            if key not in found and key not in self._maybe_gone
        ]
        for key in self._maybe_gone - found.keys():
            self._forget(key)
        self._maybe_gone.clear()
        for key, each in found.items():
            wrong += self._compare(key, each)
        self._maybe_bound.clear()
        self._maybe_minutes.clear()
        return wrong

    def _compare(self, key: str, each: Json) -> list[str]:
        pair = Pair(each["callerNum"], each["relationNum"], each["calleeNum"])
        minutes = int(each["maxDuration"])
        if key in self.gone:
            return [f"binding {key} of {pair} is there although its end was acknowledged"]
        bound = self.live.get(key)
        if bound is None:
            if (pair.x, pair.a, pair.b) not in self._maybe_bound:
                return [f"binding {key} of {pair} is there and nobody asked for it"]
            self.live[key] = Bound(key, pair, minutes)
            return []
        if (pair.x, pair.a, pair.b) != (bound.pair.x, bound.pair.a, bound.pair.b):
            return [f"binding {key} is {pair} and was acknowledged as {bound.pair}"]
        if minutes not in self._maybe_minutes.get(key, set()) | {bound.minutes}:
            return [f"binding {key} has maxDuration {minutes}, acknowledged was {bound.minutes}"]
        bound.minutes = minutes
        return []


def check(application: CustomerApplication, binders: Iterable[Binder]) -> list[str]:
    """Ask the box for every binding; return what is not as it was acknowledged to its client."""
    clients = list(binders)
    shares: dict[Binder, dict[str, Json]] = {client: {} for client in clients}
    wrong = []
    for each in (each for x in NUMBERS for each in _all(application, x)):
        owner = next((client for client in clients if client.owns(each)), None)
        if owner is None:
            wrong.append(f"binding {each['subscriptionId']} is there and nobody asked for it")
        else:
            shares[owner][each["subscriptionId"]] = each
    for client, found in shares.items():
        wrong += client.compare(found)
    return wrong


def _all(application: CustomerApplication, x: str) -> list[Json]:
    every: list[Json] = []
    for page in itertools.count(1):
        answer = application.query(relationNum=x, pageIndex=str(page), pageSize="100")
        if answer.get("resultcode") == "1012007":
            return every
        if answer.get("resultcode") != "0":
            raise RuntimeError(f"the query of bindings answered {answer}")
        every += answer["relationNumList"]
        if len(every) >= int(answer["totalCount"]):
            return every
    return every
