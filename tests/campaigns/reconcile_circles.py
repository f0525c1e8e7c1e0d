"""Circles of AXB, AX and AXE; each knows what its application has arranged."""

from __future__ import annotations

import time
from typing import Any

from tests.campaigns.reconcile_books import Placed, Tickets, Written
from tests.campaigns.reconcile_circles_asked import AxybCircle, XCircle, ask, flag, relation
from tests.campaigns.reconcile_desk import CALLEE_PATH, Json
from tests.campaigns.reconcile_people import Circle
from tests.campaigns.reconcile_town import NUMBERS, Town

LIFE, MARGIN = 6, 3.0
"""Seconds that a relation of a short life lives; how many must be left for another call."""
LONG_LIFE = 259_200
"""Seconds for which a temporary callee is set: longer than any run."""


class AxbCircle(Circle):
    """Two people, and a stranger; some relations end by their time, often while the two talk."""

    x = ""
    subscription: str | None = None
    record = False
    direction = 0
    ends: tuple[float, float] | None = None

    def arrange(self) -> None:
        """Bind mostly; unbind and change sometimes."""
        self._lapse(MARGIN)
        if self.subscription is None:
            if self.dice.random() < 0.85:
                self._bind()
        elif self.ends is not None:
            return  # it is left alone
        elif self.dice.random() < 0.1:
            self._unbind()
        elif self.dice.random() < 0.1:
            self.settle()
            self.record = self.dice.random() < 0.5
            self.direction = self.dice.choice([0, 0, 1, 2])
            self.request(
                self.client.modify(
                    subscriptionId=self.subscription,
                    recordFlag=flag(self.record),
                    callDirection=self.direction,
                )
            )

    def meanwhile(self) -> None:
        """Who talks goes on talking although the relation ends."""
        if self.ends is None:
            self._unbind()

    def linger(self) -> float:
        """Who talks goes on until the relation has ended by its time."""
        return 0.0 if self.ends is None else max(0.0, self.ends[1] + 0.3 - time.time())

    def only_calls(self) -> bool:
        """A text may be under way for longer than a short life lasts."""
        return self.ends is not None

    def settle(self) -> None:
        """See a short life to its end once nothing more is to be done."""
        super().settle()
        if self.done.is_set():
            self._lapse(LIFE + 1.0)

    def _lapse(self, margin: float) -> None:
        """Wait for the end of a relation that has less than so many seconds left."""
        if self.ends is None or self.ends[0] - time.time() > margin:
            return
        self._ending.wait(max(0.0, self.ends[1] + 0.5 - time.time()))
        self.subscription, self.ends = None, None
        self.lapsed += 1

    def _bind(self) -> None:
        self.settle()
        self.record = self.dice.random() < 0.4
        self.direction = self.dice.choice([0, 0, 0, 0, 1, 2])
        life = LIFE if self.dice.random() < 0.2 else 0
        before = time.time()
        answer = self.request(
            self.client.bind(
                relationNum=self.x,
                callerNum=self.people["a"],
                calleeNum=self.people["b"],
                recordFlag=flag(self.record),
                callDirection=self.direction,
                duration=life,
            )
        )
        self.ends = (before + life, time.time() + life) if life else None
        self.subscription = answer.get("subscriptionId")
        self.bound += 1

    def _unbind(self) -> None:
        if self.subscription is not None:
            self.settle()
            self.request(self.client.unbind(subscriptionId=self.subscription))
            self.subscription = None
            self.ended += 1

    def choose_call(self) -> Placed:
        """One of the two mostly."""
        who = self.dice.choices(["a", "b", "third"], [5, 4, 1])[0]
        call = Placed("AXB", self.people[who], self.x, [], [8014], self.x)
        if self.subscription is None or who == "third":
            call.withheld = self.dice.random() < 0.3
            return call
        call.subscription, call.record, call.ends = self.subscription, self.record, self.ends
        if self.direction == (2 if who == "a" else 1):
            call.codes = [8016]
        else:
            call.callees, call.codes = [self.people["b" if who == "a" else "a"]], []
        return call

    def back(self, call: Placed, callee: str, shown: str) -> Placed | None:
        """Calling back is a call of the other one's, by the relation as it is now."""
        back = super().back(call, callee, shown)
        assert back is not None
        role = "a" if callee == self.people["a"] else "b"
        back.subscription, back.record, back.ends = self.subscription, self.record, self.ends
        if self.subscription is None or self.ends is not None:
            return None  # the way back has ended with its relation, or is about to
        if self.direction == (2 if role == "a" else 1):
            back.callees, back.codes = [], [8016]
        return back

    def choose_text(self) -> Written:
        """One of the two mostly; directions do not bind texts."""
        who = self.dice.choices(["a", "b", "third"], [4, 4, 1])[0]
        text = Written("AXB", self.people[who], self.x, self.words(), None, None, 2)
        if self.subscription is not None and who != "third":
            text.recipient = self.people["b" if who == "a" else "a"]
            text.arrives, text.result, text.subscription = text.text, 0, self.subscription
        return text

    def expected(self) -> list[Json]:
        """Return its relation."""
        if self.subscription is None:
            return []
        return [relation(self.subscription, self.x, self.people["a"], self.people["b"])]


class AxCircle(Circle):
    """A, its X, and anybody."""

    x = ""
    subscription: str | None = None
    record = False
    direction = 0
    on = True
    temporary: str | None = None

    def arrange(self) -> None:
        """Bind mostly; a temporary callee before most calls."""
        if self.subscription is None:
            if self.dice.random() < 0.85:
                self._bind()
            return
        choice = self.dice.random()
        if choice < 0.08:
            self._unbind()
        elif choice < 0.2:
            self.settle()
            self.record = self.dice.random() < 0.5
            self.direction = self.dice.choice([0, 0, 1, 2])
            self.on = self.dice.random() < 0.8
            self.request(
                self.client.modify(
                    privateNum=self.x,
                    recordFlag=flag(self.record),
                    callDirection=self.direction,
                    turnFlag="on" if self.on else "off",
                )
            )
        elif choice < 0.5:
            self.temporary = self.people[self.dice.choice(["b", "c"])]
            self.request(
                self.client.send(
                    "PUT",
                    CALLEE_PATH,
                    {
                        "privateNum": self.x,
                        "calleeNum": self.temporary,
                        "duration": LONG_LIFE,
                    },
                )
            )

    def _bind(self) -> None:
        self.settle()
        self.record = self.dice.random() < 0.4
        self.direction, self.on, self.temporary = 0, True, None
        answer = self.request(
            self.client.bind(
                origNum=self.people["a"], privateNum=self.x, recordFlag=flag(self.record)
            )
        )
        self.subscription = answer.get("subscriptionId")
        self.bound += 1

    def _unbind(self) -> None:
        self.settle()
        self.request(self.client.unbind(origNum=self.people["a"], privateNum=self.x))
        self.subscription = None
        self.ended += 1

    def choose_call(self) -> Placed:
        """A, or somebody."""
        who = self.dice.choice(["a", "b", "c", "third"])
        call = Placed("AX", self.people[who], self.x, [], [8018], self.x)
        if self.subscription is None:
            return call
        call.subscription, call.record = self.subscription, self.record
        if not self.on:
            call.codes = [8104]
        elif who != "a":
            call.withheld = self.dice.random() < 0.15
            call.codes = [8016]
            if self.direction != 1:
                call.callees, call.codes = [self.people["a"]], []
        elif self.direction == 2:
            call.codes = [8016]
        elif self.temporary is None:
            call.codes = [8013]
        else:
            call.callees, call.codes = [self.temporary], []
        return call

    def back(self, call: Placed, callee: str, shown: str) -> Placed | None:
        """A reaches who has called last, everybody else A, where the direction allows it."""
        back = super().back(call, callee, shown)
        assert back is not None
        if self.direction == (2 if callee == self.people["a"] else 1):
            back.callees, back.codes = [], [8016]
        return back

    def choose_text(self) -> Written:
        """A to somebody by name, or by the application's word; somebody to A."""
        who = self.dice.choice(["a", "a", "b", "c"])
        text = Written("AX", self.people[who], self.x, self.words(), None, None, 2)
        if self.subscription is None:
            return text
        text.subscription = self.subscription
        if not self.on:
            text.result = 3
        elif who != "a":
            text.recipient, text.result = self.people["a"], 0
            text.arrives = f"{text.text}[From{text.sender}]"
        elif self.dice.random() < 0.5:
            text.recipient, text.arrives = self.people[self.dice.choice(["b", "c"])], text.text
            text.text, text.result = f"{text.text}@{text.recipient}", 0
        else:
            ask(self, text)
        return text

    def expected(self) -> list[Json]:
        """Return its relation."""
        if self.subscription is None:
            return []
        return [relation(self.subscription, self.x, self.people["a"], None)]


class AxeCircle(Circle):
    """Two people behind extensions of one X, and strangers who type them."""

    x = ""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.relations: dict[str, tuple[str, str, bool]] = {}  # role: id, extension, record
        self.last: dict[str, str | None] = {}

    def arrange(self) -> None:
        """Both are bound mostly."""
        role = self.dice.choice(["a", "d"])
        if role not in self.relations:
            record = self.dice.random() < 0.4
            extension = f"{1 if role == 'a' else 2}{self.dice.randint(0, 99):02d}"
            answer = self.request(
                self.client.bind(
                    virtualNum=self.x,
                    bindNum=self.people[role],
                    extendNum=extension,
                    recordFlag=flag(record),
                    bindExpiredTime=0,
                    callbackExpiredTime=0,
                )
            )
            self.relations[role] = (answer.get("subscriptionId", ""), extension, record)
            self.last[role] = None
            self.bound += 1
        elif self.dice.random() < 0.08:
            subscription, extension, _ = self.relations.pop(role)
            if self.dice.random() < 0.5:
                self.request(self.client.unbind(subscriptionId=subscription))
            else:
                self.request(self.client.unbind(virtualNum=self.x, extendNum=extension))
            self.ended += 1

    def choose_call(self) -> Placed:
        """A stranger who types, or one of those behind the extensions who calls back."""
        role = self.dice.choice(["a", "d"])
        relation = self.relations.get(role)
        if relation is not None and self.dice.random() < 0.35:
            return self._call_back(role, self.x)
        caller = self.people[self.dice.choice(["b", "c"])]
        call = Placed("AXE", caller, self.x, [], [8022], self.x)
        call.withheld = self.dice.random() < 0.15
        if not self.relations:
            return call
        choice = self.dice.random()
        wrong = f"9{self.dice.randint(0, 99):02d}"
        if relation is None or choice < 0.15:
            call.typed = [wrong, f"8{self.dice.randint(0, 99):02d}"]
        elif choice < 0.25:
            call.typed = ["4"]  # and no more: the caller leaves
            call.codes = [8022, 8033]
        else:
            call.typed = [wrong, relation[1]] if choice < 0.4 else [relation[1]]
            call.callees, call.codes = [self.people[role]], [8022, 8033]
            call.subscription, call.record = relation[0], relation[2]
        return call

    def _call_back(self, role: str, dialled: str) -> Placed:
        subscription, _, record = self.relations[role]
        last = self.last[role]
        call = Placed("AXE", self.people[role], dialled, [], [8019], self.x, subscription, record)
        if last is not None:
            call.callees, call.codes = [last], []
        return call

    def turn(self) -> None:
        """See afterwards who is remembered as the last one to have called."""
        before = len(self.calls)
        super().turn()
        for call in self.calls[before:]:
            self._remember(call)

    def _remember(self, call: Placed) -> None:
        role = next((role for role in self.relations if self.people[role] in call.callees), None)
        if role is None or call.caller == self.people[role] or call.withheld:
            return
        started = any(
            arrival["body"]["eventType"] == "callout"
            and arrival["body"]["statusInfo"]["called"] == self.people[role]
            and arrival["came"] >= call.at
            for arrival in self.town.desk.arrivals()[-400:]
            if arrival["mode"] == "AXE" and arrival["kind"] == "status"
        )
        if started:
            self.last[role] = call.caller

    def back(self, call: Placed, callee: str, shown: str) -> Placed | None:
        """A reaches the last one; everybody else reaches A."""
        self._remember(call)
        role = next((role for role in self.relations if self.people[role] == callee), None)
        if role is not None:
            back = self._call_back(role, shown)
            back.part = "back"
            return back
        return super().back(call, callee, shown)

    def choose_text(self) -> Written:
        """There are no texts in this mode: nobody is told of one."""
        who = self.dice.choice(["a", "b"])
        return Written("AXE", self.people[who], self.x, self.words(), None, None, None)

    def expected(self) -> list[Json]:
        """Return its relations."""
        return [
            relation(subscription, self.x, self.people[role], None)
            for role, (subscription, _, _) in self.relations.items()
        ]


def circles(town: Town, tickets: Tickets, seeds: list[int]) -> list[Circle]:
    """Return everybody."""
    kinds: list[tuple[type[Circle], str, str | None]] = [
        (AxbCircle, "AXB", NUMBERS["AXB"][0]),
        (AxbCircle, "AXB", NUMBERS["AXB"][0]),
        (AxbCircle, "AXB", NUMBERS["AXB"][1]),
        (AxbCircle, "AXB", NUMBERS["AXB"][2]),
        (AxCircle, "AX", NUMBERS["AX"][0]),
        (AxCircle, "AX", NUMBERS["AX"][1]),
        (AxeCircle, "AXE", NUMBERS["AXE"][0]),
        (AxeCircle, "AXE", NUMBERS["AXE"][1]),
        (AxybCircle, "AXYB", None),
        (AxybCircle, "AXYB", None),
        (XCircle, "X", NUMBERS["X"][0]),
        (XCircle, "X", NUMBERS["X"][1]),
    ]
    made = []
    for number, (kind, mode, x) in enumerate(kinds, start=10):
        roles = ["a", "b", "c", "third", "d"]
        people = {role: f"+8613900{number:02d}{place:04d}" for place, role in enumerate(roles, 1)}
        name = f"{mode}-{number}"
        circle = kind(name, town, town.clients[mode], people, tickets, seeds.pop())
        if x is not None:
            circle.x = x  # type: ignore[attr-defined]
        made.append(circle)
    return made
