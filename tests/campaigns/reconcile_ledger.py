"""The calls of a run, each put together from every book."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from tests.campaigns.reconcile_desk import Json
from tests.campaigns.reconcile_evidence import Evidence, Leg, legs, moment, pushes_of
from tests.campaigns.reconcile_town import LINES

CLOCK = 0.02
"""Seconds by which two clocks that are one may differ: the bank tells milliseconds."""
HELD_BACK = 0.5
"""Seconds by which a modem's words may be later than the text that held them back."""
NO_LINE = 522
"""State code of a call for which no second line was to be had in time."""
REJECTED_BY_LINE = 21
"""Q.850 cause of a call that its line hangs up unanswered."""
LATE = 10.0
"""Seconds by which the box may learn late of what the bank did: the machine may be busy."""


@dataclass
class Call:
    """One call with all its traces.

    Args:
        placed: As the caller means it; ``leg`` is the caller's phone, ``line`` the end on the
            number that was dialled; ``session`` the box's record, ``pushes`` what was told,
            ``rang`` the legs at the callee's phone.
    """

    placed: Json
    leg: Leg | None = None
    line: Leg | None = None
    session: Json | None = None
    pushes: list[tuple[str, Any]] = field(default_factory=list)
    rang: list[Leg] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How a sentence names it."""
        placed = self.placed
        at = f"{placed['at'] % 86400:.2f}"
        session = f", session {self.session['session_id'].split('@')[0]}" if self.session else ""
        return f"{placed['mode']} call {placed['caller']} to {placed['dialled']} at {at}{session}"

    def did(self, *what: str) -> list[tuple[float, str, str]]:
        """Return what people did of these kinds."""
        return [(at, who, which) for at, who, which in self.placed["did"] if which in what]

    @cached_property
    def caller_left(self) -> float | None:
        """When the caller hung up, None if it did not."""
        return min(
            (at for at, who, _ in self.did("hangup") if who == self.placed["caller"]), default=None
        )

    @property
    def talked(self) -> float:
        """Seconds that the two phones were connected."""
        if not self.rang or self.leg is None or self.rang[-1].active is None:
            return 0.0
        last = self.rang[-1]
        return max(0.0, min(last.over, self.leg.over) - (last.active or 0.0))

    @property
    def again(self) -> bool:
        """The legs could not be joined on the line itself, and the callee was called once more."""
        session = self.session or {}
        return (
            len(self.rang) == 2
            and session["strategy"] == "bridge"
            and [leg.number for leg in self.rang] == [session["dialled"], session["shown"]]
        )


class Ledger:
    """The calls of a run, each put together from every book; ``wrong`` says what was left over."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.wrong: list[str] = []
        self.legs = legs(evidence.events)
        self.told = pushes_of(evidence.told)
        self.calls = [Call(placed) for placed in evidence.placed]
        self._pair_phones()
        self._pair_lines()
        self._pair_sessions()
        self._pair_ringing()
        left = set(self.told) - {s["session_id"] for s in evidence.calls}
        self.wrong += [
            f"the application was told of call {each}, which the box does not know" for each in left
        ]
        self.wrong += [f"a leg of {leg.who} never ended" for leg in self.legs if leg.ended is None]

    def _pair_phones(self) -> None:
        """Every call that a phone made to a number of ours is one that somebody meant."""
        free: dict[str, list[Leg]] = defaultdict(list)
        for leg in self.legs:
            if not leg.line and leg.out and leg.number in LINES:
                free[leg.who].append(leg)
        for call in sorted(self.calls, key=lambda call: float(call.placed["at"])):
            own = free[call.placed["caller"]]
            if own and own[0].number == call.placed["dialled"]:
                call.leg = own.pop(0)
            else:
                self.wrong.append(f"{call.name} is not known to the network")
        for leg in (leg for own in free.values() for leg in own):
            self.wrong.append(f"phone {leg.who} called {leg.number} and nobody meant it")

    def _pair_lines(self) -> None:
        """A call that has reached a line of ours has one end there."""
        free = [leg for leg in self.legs if leg.line and not leg.out]
        for call in self.calls:
            leg = call.leg
            if leg is None:
                continue
            call.line = next(
                (
                    line
                    for line in free
                    if line.who == leg.number
                    and (line.number or "") == ("" if call.placed["withheld"] else leg.who)
                    and leg.began - CLOCK <= line.began <= leg.over + CLOCK
                ),
                None,
            )
            if call.line is not None:
                free.remove(call.line)
        self.wrong += [
            f"line {leg.who} was called by {leg.number} and nobody meant it" for leg in free
        ]

    def _pair_sessions(self) -> None:
        """A call that has reached a line has one session, and every session is of such a call."""
        free = sorted(self.evidence.calls, key=lambda session: str(session["call_in_at"]))
        reached = [(call.line, call) for call in self.calls if call.line is not None]
        reached.sort(key=lambda pair: pair[0].began)
        for place, (line, call) in enumerate(reached):
            same = (line.who, line.number or "")
            later = (leg for leg, _ in reached[place + 1 :] if (leg.who, leg.number or "") == same)
            following = next(later, None)  # the same person's next call to the same number
            latest = line.over + LATE
            if following is not None:
                latest = min(latest, following.began)
            for session in free:
                if (session["dialled"], session["caller"] or "") != same:
                    continue
                if line.began - CLOCK <= moment(session["call_in_at"]) <= latest:
                    call.session = session
                    call.pushes = self.told.get(session["session_id"], [])
                    free.remove(session)
                    break
        for session in free:
            name = f"session {session['session_id']} of {session['caller']} to {session['dialled']}"
            if any(_told_twice(session, line) for line, _ in reached):
                self.wrong.append(f"{name} is of a second caller who was told already")
            else:
                self.wrong.append(f"{name} is of no call that anybody made")

    def _pair_ringing(self) -> None:
        """Every phone that rang did so by one call's doing, or a friend's."""
        friends = {tuple(pair) for pair in self.evidence.friends}
        own: dict[str, list[Call]] = defaultdict(list)
        for call in self.calls:
            if call.session and call.session["forward_at"]:
                own[call.session["callee"]].append(call)
        for leg in self.legs:
            if leg.line or leg.out:
                continue
            if (leg.number, leg.who) in friends:
                continue
            if leg.number not in LINES:
                self.wrong.append(f"phone {leg.who} rang and showed the real number {leg.number}")
            found = [
                call
                for call in own[leg.who]
                if call.session
                and moment(call.session["forward_at"]) - CLOCK <= leg.began
                and leg.began <= moment(call.session["ended_at"]) + LATE
                and leg.number in (call.session["shown"], call.session["dialled"])
            ]
            if not found:
                self.wrong.append(f"phone {leg.who} rang from {leg.number} and no call explains it")
            else:
                found[-1].rang.append(leg)

    def busy(self, line: str, begin: float, end: float, but: Leg | None) -> bool:
        """Return whether a line had another call at some moment between two times."""
        return any(
            leg.who == line
            and leg is not but
            and leg.began < end + CLOCK
            and begin - CLOCK < leg.over + 1.0
            for leg in self.legs
        )

    def lent(self, at: float) -> bool:
        """Return whether a line may have been lent then to a call that did not come to dial."""
        return any(
            session["state_code"] == NO_LINE
            and moment(session["call_in_at"]) - 1.0 < at < moment(session["ended_at"]) + 1.0
            for session in self.evidence.calls
        )

    def called(self, line: str, at: float) -> bool:
        """Return whether somebody called a line at that moment."""
        return any(
            leg.who == line and not leg.out and abs(leg.began - at) < 1.0 for leg in self.legs
        )

    def swallowed(self, line: Leg) -> bool:
        """Return whether a call is the same person's next one while the modem could not speak.

        While a text is handed over a modem holds back that a call has ended. Who dials again
        within that time rings on, as far as any AT command can tell.
        """
        before = [
            leg
            for leg in self.legs
            if (leg.who, leg.number) == (line.who, line.number) and leg.over <= line.began
        ]
        if not before:
            return False
        return self.held_back(line.who, max(leg.over for leg in before), line.began)

    def held_back(self, line: str, begin: float, end: float) -> bool:
        """Return whether a modem was handing over one text from one moment to the other."""
        texts = [e for e in self.evidence.events if e["kind"] == "sms" and e.get("line") == line]
        held = [
            (moment(one["at"]), moment(other["at"]))
            for one, other in pairwise(texts)
            if one["state"] in ("prompt", "given")
        ]
        return any(one <= begin + HELD_BACK and end <= other + HELD_BACK for one, other in held)

    def blocked(self, call: Call) -> bool:
        """Return whether somebody waited on the line when a call's two legs were to be joined."""
        session = call.session or {}
        return any("would not go away" in note for note in session.get("notes", ())) and any(
            leg.who == session["dialled"]
            and leg.first == "waiting"
            and moment(session["call_in_at"]) <= leg.began <= moment(session["ended_at"])
            for leg in self.legs
        )

    def one_end(self, call: Call) -> bool:
        """Return whether both legs ended while the line was handing over a text.

        Then it can only say why the last of them ended, which is the caller's hanging up.
        """
        own, session = call.line, call.session or {}
        return own is not None and any(
            leg.who == own.who
            and leg.out
            and leg.number == session["callee"]
            and own.began <= leg.began <= own.over
            and self.held_back(own.who, leg.over, min(leg.over, own.over))
            for leg in self.legs
        )

    def hit(self, line: Leg) -> bool:
        """Return whether a hang-up that was meant for the call before has ended this one.

        It was held back with a text, and when the modem took it the other call was over and this
        one had its index.
        """
        before = [leg for leg in self.legs if leg.who == line.who and leg.over <= line.began]
        if not before or line.cause != REJECTED_BY_LINE:
            return False
        return self.held_back(line.who, max(leg.over for leg in before), line.began)


def _told_twice(session: Json, line: Leg) -> bool:
    """Return whether a session may be one more of somebody who waits beside another call."""
    return (
        line.first == "waiting"
        and (session["dialled"], session["caller"] or "") == (line.who, line.number or "")
        and session["state_code"] == 8102
        and line.began - CLOCK <= moment(session["call_in_at"]) <= line.over + 1.0
    )
