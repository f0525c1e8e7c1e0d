"""People of the books: what they do at random is written down by themselves as they do it."""

from __future__ import annotations

import itertools
import struct
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from tests.campaigns.actors import Actor
from tests.campaigns.reconcile_books import Placed, Tickets, Written
from tests.campaigns.reconcile_desk import Client, Json
from tests.campaigns.reconcile_town import Town

PATIENCE = 60.0
"""Seconds for whatever has to happen."""
_LOUD = 800
_GAVE_UP = 2.5
"""Within so many seconds who has no patience hangs up."""
_VERSE = "车已到东门请走地下通道出来左转第三个路口我穿蓝色外套手里拿着一把黄色的伞到了给我打电话"
_serials = itertools.count(1)


class Circle(Actor):
    """People who know each other through one private number, and the application behind them.

    Args:
        name: Of the circle.
        client: The application.
        people: Who is there, by role.
    """

    def __init__(
        self,
        name: str,
        town: Town,
        client: Client,
        people: dict[str, str],
        tickets: Tickets,
        seed: int,
    ) -> None:
        super().__init__(name, seed)
        self.town, self.client, self.people = town, client, people
        self._tickets = tickets
        self.calls: list[Placed] = []
        self.texts: list[Written] = []
        self.friends: list[tuple[str, str]] = []
        self.done = threading.Event()
        self.bound = self.ended = self.lapsed = 0
        self._untold: list[Written] = []
        self._mark = 0
        for number in {*people.values(), self.friend}:
            town.person(number)

    @property
    def friend(self) -> str:
        """Somebody outside, who keeps a phone busy."""
        return f"+86135{next(iter(self.people.values()))[-8:]}"

    # --- what a circle is -------------------------------------------------------------------------

    @abstractmethod
    def arrange(self) -> None:
        """Bind, change or unbind something, or nothing."""

    @abstractmethod
    def choose_call(self) -> Placed | None:
        """Choose who calls what; None when nobody can."""

    @abstractmethod
    def choose_text(self) -> Written:
        """Choose who writes to what."""

    def only_calls(self) -> bool:
        """Whether no text may be written now, whose way could outlast the relation."""
        return False

    def linger(self) -> float:
        """Return for how many seconds two people talk on for a reason of their own."""
        return 0.0

    @abstractmethod
    def expected(self) -> list[Json]:
        """Return the bindings that the box has to know: ``subscription``, ``x``, ``a``, ``b``."""

    # --- one thing after the other ----------------------------------------------------------------

    def turn(self) -> None:
        """One call or one text, some things arranged before."""
        if self.done.is_set():
            self.nap(0.2, 0.2)
            return
        self.arrange()
        if not self._tickets.take():
            self.done.set()
            return
        call = self.choose_call() if self.dice.random() < 0.6 or self.only_calls() else None
        if call is not None:
            self._call(call)
        else:
            self._text(self.choose_text())

    def request(self, answer: Json, *also: str) -> Json:
        """Return an answer that has to be success, or one of these codes; else it is a fault."""
        code = answer.get("resultcode")
        if code != "0" and code not in also:
            self.faults.append(f"{self.name}: a request was answered {answer}")
        return answer

    def settle(self) -> None:
        """Wait until every text has been told of: only then may a relation change."""
        words = {text.text for text in self._untold}

        def all_told(arrivals: list[Json]) -> bool:
            for arrival in arrivals:
                if arrival["kind"] == "sms":
                    words.discard(self._original(arrival["body"]["smsEvent"]["smsContent"]))
            return not words

        if not self.town.desk.until(all_told, self._mark, PATIENCE):
            self.faults.append(f"{self.name}: the application is not told of the texts {words}")
        self._untold.clear()

    def _original(self, content: str) -> str:
        """Return the text that a notification is about, as it was written."""
        for text in self._untold:
            if content in (text.text, text.arrives):
                return text.text
        return content

    # --- texts ------------------------------------------------------------------------------------

    def words(self) -> str:
        """Return new words, unlike all others."""
        serial = next(_serials)
        match self.dice.choices(["gsm", "long gsm", "short", "emoji", "long"], [3, 1, 3, 1, 3])[0]:
            case "gsm":
                return f"#{serial} see you at the east gate {{[€]}}"
            case "long gsm":
                return f"#{serial} " + "the lift is broken, take the stairs ~ " * 6 + "thanks"
            case "short":
                return f"#{serial} 我到楼下了"
            case "emoji":
                return f"#{serial} 好的\N{THUMBS UP SIGN}" + "\N{GRINNING FACE}" * 40
            case _:
                length = self.dice.randint(60, 300)
                return f"#{serial} " + (_VERSE * 8)[:length]

    def _text(self, text: Written) -> None:
        if not self._untold:
            self._mark = self.town.desk.mark()
        if text.result is not None:
            self._untold.append(text)
        text.at = time.time()
        self.texts.append(text)
        self._phone(text.sender).do("sms", to=text.x, text=text.text)

    # --- calls ------------------------------------------------------------------------------------

    def _call(self, call: Placed) -> None:
        mood = "answer"
        callee = call.callees[0] if call.callees else None
        if callee is not None:
            mood = self.dice.choices(
                ["answer", "reject", "busy", "ignore", "off", "engaged"], [70, 8, 5, 6, 5, 6]
            )[0]
        shown = None
        with self._prepared(call, callee, mood):
            hasty = None
            if self.dice.random() < 0.15:
                hasty = threading.Timer(
                    self.dice.uniform(0.0, _GAVE_UP), self._hang_up, [call, call.caller]
                )
                hasty.name = f"{self.name}-hasty"
            call.at = time.time()
            self.calls.append(call)
            mark = self.town.desk.mark()
            if not self._dial(call.caller, call.dialled, withhold=call.withheld):
                self.calls.pop()
                return
            if hasty is not None:
                hasty.start()
            try:
                self._press(call, mark)
                if callee is not None and self._until_ringing(call, callee):
                    shown = self._ringing(call, callee, mood, calm=hasty is None)
                elif self.dice.random() < 0.7:
                    self.nap(0.1, 0.6)
                    self._hang_up(call, call.caller)
            finally:
                if hasty is not None:
                    hasty.cancel()
                    hasty.join(30)
                self._until_idle([call.caller, *([callee] if callee and mood != "engaged" else [])])
                call.until = time.time()
        if shown is not None and callee is not None and shown != call.dialled:
            self._maybe_back(call, callee, shown)

    def _maybe_back(self, call: Placed, callee: str, shown: str) -> None:
        """The callee calls back the number that was shown."""
        if call.mode == "AXYB" or shown == call.x or self.dice.random() > 0.3:
            return
        if call.part == "back" or call.withheld:
            return  # who hid the number is called back by nobody
        back = self.back(call, callee, shown)
        if back is not None:
            self._call(back)

    def back(self, call: Placed, callee: str, shown: str) -> Placed | None:
        """Return the call of a callee who calls back a second line, None if there is none."""
        return Placed(
            call.mode,
            callee,
            shown,
            [call.caller],
            [],
            call.x,
            call.subscription,
            call.record,
            call.user_data,
            part="back",
        )

    def _prepared(self, call: Placed, callee: str | None, mood: str) -> _Mood:
        return _Mood(self, call, callee, mood)

    def _press(self, call: Placed, mark: int) -> None:
        """Type what is to be typed, each once the question is heard."""
        for number, keys in enumerate(list(call.typed)):
            del call.typed[number:]
            if not self._until_asked(call, mark, number):
                return
            if not self._do(call.caller, "digits", digits=keys):
                return
            call.typed.append(keys)
            call.did.append((time.time(), call.caller, f"typed {keys}"))

    def _until_asked(self, call: Placed, mark: int, tries: int) -> bool:
        state = self.town.watch.until_phones
        if not state(lambda of: of(call.caller) in ("active", "idle"), PATIENCE):
            return False
        if tries:
            wanted = tries

            def typed(arrivals: list[Json]) -> bool:
                return self._idle(call.caller) or wanted <= sum(
                    arrival["body"]["eventType"] == "collectInfo"
                    and arrival["body"]["statusInfo"]["digitInfo"] in call.typed
                    for arrival in arrivals
                    if arrival["kind"] == "status"
                )

            if not self.town.desk.until(typed, mark, 10.0):
                return False
        if tries:
            return not self._idle(call.caller)
        end = time.monotonic() + 10.0
        before = len(self._phone(call.caller).heard())  # the network's own ringing tone
        while not self._idle(call.caller) and time.monotonic() < end:
            if _sounds(self._phone(call.caller).heard()[before:]):
                return True
            self.nap(0.05, 0.1)
        return False

    def _until_ringing(self, call: Placed, callee: str) -> bool:
        self.town.watch.until_phones(
            lambda of: of(callee) == "ringing" or of(call.caller) == "idle", PATIENCE
        )
        return self.town.watch.until_state(callee, {"ringing"}, 0.0)

    def _ringing(self, call: Placed, callee: str, mood: str, *, calm: bool) -> str | None:
        """The callee's phone rings; returns what it shows."""
        shown: str | None = self._phone(callee).look()["shown"]
        self.nap(0.0, 0.4)
        if mood in ("reject", "busy"):
            if self._do(callee, "reject", cause=21 if mood == "reject" else 17):
                call.did.append((time.time(), callee, mood))
            return shown
        if mood == "ignore":
            self.town.watch.until_phones(lambda of: of(callee) != "ringing", PATIENCE)
            return shown
        if not self._do(callee, "answer"):
            return shown
        call.did.append((time.time(), callee, "answer"))
        both = {call.caller, callee}
        met = self.town.watch.until_phones(
            lambda of: (
                all(of(each) == "active" for each in both)
                or any(of(each) == "idle" for each in both)
            ),
            PATIENCE,
        )
        if not met:
            self.faults.append(f"{self.name}: {both} do not hear each other")
        elif not any(self._idle(each) for each in both):
            self._talking(call, callee, calm=calm)
        return shown

    def _talking(self, call: Placed, callee: str, *, calm: bool) -> None:
        end = time.monotonic() + self.dice.uniform(0.1, 0.9)
        if call.record and self.dice.random() < 0.7:
            end += 3.4
        end += self.linger()
        third = self.people["third"] not in (call.caller, callee)
        if self.dice.random() < 0.12 and third and calm and call.part == "main":
            self._third(call)
        if self.dice.random() < 0.06:
            self.meanwhile()
        self.nap(0.0, 0.0)
        self._ending.wait(max(0.0, end - time.monotonic()))
        self._hang_up(call, self.dice.choice([call.caller, callee]))

    def meanwhile(self) -> None:
        """Something is changed while two people talk."""

    def _third(self, call: Placed) -> None:
        """A third caller meets the busy line."""
        third = self.people["third"]
        x = call.x if call.mode != "AXYB" else ""  # to a stranger a Y is nobody's
        other = Placed(call.mode, third, call.dialled, [], [8102], x, part="third")
        other.at = time.time()
        if not self._dial(third, call.dialled):
            return
        self.calls.append(other)
        self._until_idle([third])
        other.until = time.time()

    # --- phones -----------------------------------------------------------------------------------

    def _phone(self, number: str) -> Any:
        return self.town.phones[number]

    def _idle(self, number: str) -> bool:
        return self.town.watch.until_state(number, {"idle"}, 0.0)

    def _dial(self, number: str, to: str, *, withhold: bool = False) -> bool:
        """Dial, and wait until that is seen; False, and a fault, if the phone does not."""
        mark = self.town.watch.mark()
        seen = self._do(number, "dial", to=to, withhold=withhold) and self.town.watch.until(
            lambda event: (
                event["kind"] == "phone"
                and event["phone"] == number
                and event["state"] == "dialling"
            ),
            PATIENCE,
            mark,
        )
        if not seen:
            self.faults.append(f"{self.name}: {number} could not dial")
        return bool(seen)

    def _hang_up(self, call: Placed, number: str) -> None:
        before = time.time()
        if self._do(number, "hangup"):
            call.did.append((before, number, "hangup"))

    def _until_idle(self, numbers: Sequence[str]) -> None:
        """See phones put down; who is left in half a call is the box's to look after."""
        for number in numbers:
            if not self.town.watch.until_state(number, {"idle", "off"}, PATIENCE):
                self.faults.append(f"{self.name}: phone {number} was left in a call by the box")
                self._do(number, "hangup")

    def _do(self, number: str, action: str, **words: object) -> bool:
        """Do something with a phone; False when that moment had passed (HTTP 409)."""
        try:
            self._phone(number).do(action, **words)
        except RuntimeError as error:
            if "HTTP 409" not in str(error):
                raise
            return False
        return True

    def wait_for(self, seen: Callable[[], bool], what: str) -> None:
        """Wait for something of a phone; a fault when it never comes."""
        end = time.monotonic() + PATIENCE
        while not seen():
            if time.monotonic() > end:
                self.faults.append(f"{self.name}: {what} never came")
                return
            self.nap(0.05, 0.05)


class _Mood:
    """What a callee does before it is called: off, or talking to a friend."""

    def __init__(self, circle: Circle, call: Placed, callee: str | None, mood: str) -> None:
        self._circle, self._call, self._callee, self._mood = circle, call, callee, mood

    def __enter__(self) -> None:
        circle, callee = self._circle, self._callee
        if callee is None:
            return
        if self._mood == "off":
            circle._do(callee, "power", on=False)
            self._call.did.append((time.time(), callee, "off"))
        elif self._mood == "engaged":
            circle._do(circle.friend, "auto", answer_after=0.0)
            circle._dial(callee, circle.friend)
            circle.friends.append((callee, circle.friend))
            circle.wait_for(
                lambda: circle.town.watch.until_state(callee, {"active"}, 0.0), "a friend's word"
            )
            self._call.did.append((time.time(), callee, "engaged"))

    def __exit__(self, *_: object) -> None:
        circle, callee = self._circle, self._callee
        if callee is None:
            return
        if self._mood == "off":
            circle._do(callee, "power", on=True)
            phone = circle._phone(callee)
            circle.wait_for(lambda: bool(phone.look()["registered"]), "the network")
        elif self._mood == "engaged":
            with suppress(RuntimeError):
                circle._do(callee, "hangup")
            circle._until_idle([callee, circle.friend])


def _sounds(data: bytes) -> bool:
    """Return whether something can be heard in samples of 16 bits."""
    samples = struct.unpack(f"<{len(data) // 2}h", data[: len(data) // 2 * 2])
    return any(abs(sample) > _LOUD for sample in samples)
