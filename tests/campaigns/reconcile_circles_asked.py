"""Circles of AXYB, whose numbers the box chooses, and of X, which the application steers."""

from __future__ import annotations

from typing import Any

from tests.campaigns.reconcile_books import Placed, Written
from tests.campaigns.reconcile_desk import Json
from tests.campaigns.reconcile_people import Circle
from tests.campaigns.reconcile_town import CITY, NUMBERS

_FULL = ("1012008", "1011002")


class AxybCircle(Circle):
    """A with an X, and two B with a Y each; the third is a B as soon as it calls X."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.subscription: str | None = None
        self.x = ""
        self.record = False
        self.direction = 0
        self.y: dict[str, str] = {}

    def arrange(self) -> None:
        """Bound mostly, with a Y for some."""
        if self.subscription is None:
            self._bind()
            return
        choice = self.dice.random()
        if choice < 0.06:
            self.request(self.client.unbind(subscriptionId=self.subscription))
            self.subscription, self.y = None, {}
            self.ended += 1
        elif choice < 0.12 and self.y:
            role = self.dice.choice(sorted(self.y))
            by = {"yNum": self.y[role]} if self.dice.random() < 0.5 else {"bNum": self.people[role]}
            self.request(self.client.unbind(subscriptionId=self.subscription, **by))
            del self.y[role]
        elif choice < 0.5:
            role = self.dice.choice(["b", "c"])
            if role not in self.y:
                answer = self.request(
                    self.client.bind(subscriptionId=self.subscription, origNum=self.people[role]),
                    *_FULL,
                )
                if answer["resultcode"] == "0":
                    self.y[role] = answer["relationNumber"]

    def _bind(self) -> None:
        self.record = self.dice.random() < 0.3
        self.direction = self.dice.choice([0, 0, 0, 1, 2])
        answer = self.request(
            self.client.bind(
                origNum=self.people["a"],
                areaCode=CITY,
                callDirection=self.direction,
                duration="0",
                recordFlag=self.record,
            ),
            *_FULL,
        )
        if answer["resultcode"] == "0":
            self.subscription, self.x = answer["subscriptionId"], answer["relationNumber"]
            self.bound += 1

    def choose_call(self) -> Placed | None:
        """A calls a Y, a B calls X; sometimes the wrong one."""
        a = self.people["a"]
        if self.subscription is None:
            return None  # no number is left, so every one is somebody's
        call = Placed("AXYB", a, self.x, [], [8032], self.x, self.subscription, self.record)
        choice = self.dice.random()
        if choice < 0.45 and self.y:
            role = self.dice.choice(sorted(self.y))
            call.dialled, call.codes = self.y[role], [8016]
            if self.direction != 2:
                call.callees, call.codes = [self.people[role]], []
        elif choice < 0.95:
            role = self.dice.choice(["b", "c"])
            call.caller = self.people[role]
            call.codes = [8016] if self.direction == 1 else [8031]
            if self.dice.random() < 0.1:
                call.withheld, call.codes = True, [8030]
                call.subscription, call.record = None, False
            elif self.direction != 1:
                call.callees = [a]
                if role in self.y:
                    call.codes = []
        return call

    def turn(self) -> None:
        """See afterwards whether a Y was found during a call."""
        super().turn()
        if self.subscription is not None and not self.done.is_set():
            listed = self.request(
                self.client.send(
                    "GET",
                    "/rest/omp/xyrelationnumber/v1.0",
                    None,
                    app_key=self.client.key,
                    subscriptionId=self.subscription,
                )
            )
            roles = {self.people[role]: role for role in ("b", "c")}
            self.y = {
                roles[each["numB"]]: each["numY"]
                for each in listed.get("xyRelationNumList", [])
                if each.get("numB")
            }

    def choose_text(self) -> Written:
        """There are no texts in this mode: nobody is told of one."""
        x = self.x or NUMBERS["AXYB"][0]
        return Written("AXYB", self.people["b"], x, self.words(), None, None, None)

    def expected(self) -> list[Json]:
        """Return its relation, with how many Y it has."""
        if self.subscription is None:
            return []
        return [relation(self.subscription, self.x, self.people["a"], None, len(self.y))]


class XCircle(Circle):
    """Three people about whom the application is asked each time."""

    x = ""

    def arrange(self) -> None:
        """Nothing is bound."""

    def choose_call(self) -> Placed:
        """The answer is fixed before the call."""
        caller, callee = self.dice.sample(["a", "b", "c"], 2)
        call = Placed("X", self.people[caller], self.x, [], [], self.x)
        call.withheld = self.dice.random() < 0.15
        self._plan(call, self.people[callee])
        return call

    def _plan(self, call: Placed, callee: str) -> None:
        choice = self.dice.random()
        data = f"order-{self.dice.randint(1, 10**9)}"
        who = call.dialled if call.withheld else call.caller
        if choice < 0.1:
            close: Json = {"operation": "close", "closeInfo": {"userData": data}}
            self.town.desk.plan(who, close)
            call.callees, call.codes, call.user_data = [], [7516], data
        elif choice < 0.15:
            self.town.desk.plan(who, {"operation": "perhaps"})
            call.callees, call.codes = [], [8014]
        else:
            call.record = self.dice.random() < 0.4
            call.callees, call.codes, call.user_data = [callee], [], data
            info: Any = {"calleeNum": callee, "recordFlag": flag(call.record), "userData": data}
            if self.dice.random() < 0.3:
                info = [info]
            self.town.desk.plan(who, {"operation": "connect", "connectInfo": info})

    def back(self, call: Placed, callee: str, shown: str) -> Placed | None:
        """The application is asked again, as if X had been called."""
        back = super().back(call, callee, shown)
        assert back is not None
        back.record, back.user_data = False, None
        self._plan(back, call.caller)
        return back

    def choose_text(self) -> Written:
        """Every text is asked about."""
        text = Written(
            "X", self.people[self.dice.choice(["a", "b"])], self.x, self.words(), None, None, 6
        )
        ask(self, text)
        return text

    def expected(self) -> list[Json]:
        """Return nothing."""
        return []


def flag(value: bool) -> str:
    return "true" if value else "false"


def relation(subscription: str, x: str, a: str, b: str | None, halves: int = 0) -> Json:
    return {"subscription": subscription, "x": x, "a": a, "b": b, "halves": halves}


def ask(circle: Circle, text: Written) -> None:
    """Plan what the application says about a text: send it on, drop it, or nothing useful."""
    text.asked = True
    choice = circle.dice.random()
    if choice < 0.2:
        circle.town.desk.plan(text.text, {"actions": [{"operation": "DiscardMessage"}]})
        text.result = 6
    elif choice < 0.3:
        circle.town.desk.plan(text.text, {"actions": []})
        text.result = 7
    else:
        text.recipient, text.arrives, text.result = circle.people["c"], text.text, 0
        message = {"called": text.recipient, "calling": text.sender}
        action: Any = {"operation": "vNumberRoute", "message": message}
        actions = action if circle.dice.random() < 0.3 else [action]
        circle.town.desk.plan(text.text, {"actions": actions})
