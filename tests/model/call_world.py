"""A call machine driven by hand: events in, effects kept, promises watched at every step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from appliance.model import call as machine
from appliance.model import call_effects as fx
from appliance.model import call_events as ev
from appliance.model.call_effects import KINDS
from appliance.model.call_events import LegState
from appliance.model.call_plan import Asking, Collection, Limits, Plan
from appliance.model.call_state import GONE, Phase
from appliance.model.records import CallRecord, Mode

X = "+8617000000001"
SECOND = "+8617000000002"
A = "+8613800000001"
B = "+8613800000002"
ALL = ["callin", "callout", "alerting", "answer", "disconnect", "fee"]
UNANSWERED = ["callin", "callout", "alerting", "disconnect", "fee"]
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def plan(**changes: Any) -> Plan:
    values: dict[str, Any] = {
        "app_id": 1,
        "mode": Mode.AXB,
        "subscription_id": "sub-1",
        "bind_number": X,
        "line": X,
        "callee": B,
        "strategies": ("conference", "bridge"),
        "second_lines": (SECOND,),
    }
    return Plan(**{**values, **changes})


def collection(**changes: Any) -> Collection:
    values: dict[str, Any] = {
        "app_id": 1,
        "mode": Mode.AXE,
        "bind_number": X,
        "digits": 3,
        "question": ("enter.wav",),
        "again": ("again.wav",),
    }
    return Collection(**{**values, **changes})


class World:
    """One call, and what it has wanted so far."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.at = START
        record = CallRecord("s-1", "i-1", None, None, X, X, call_in_at=START)
        self.effects: list[fx.CallEffect] = []
        self.latest: list[fx.CallEffect] = []
        self.timers: set[str] = set()
        self.seconds = 0
        self.call, wanted = machine.start(record, limits or Limits(), START)
        self._keep(wanted)

    def feed(self, kind: Any, *args: Any, **kwargs: Any) -> list[fx.CallEffect]:
        self.at += timedelta(seconds=1)
        before = self.call
        if kind is ev.TimerFired:
            self.timers.discard(args[0])
        if kind is ev.SecondGranted and before.phase is not Phase.DONE:
            self.seconds += 1
        self.call, wanted = machine.step(self.call, kind(self.at, *args, **kwargs))
        lost = before.second is not None and self.call.second != before.second
        if kind is ev.LegLost and lost and not any(isinstance(e, fx.ReleaseSecond) for e in wanted):
            self.seconds -= 1  # there is nothing left to give back
        self._keep(wanted)
        self._watch(before, wanted)
        return self.latest

    def _keep(self, wanted: tuple[fx.CallEffect, ...]) -> None:
        self.latest = list(wanted)
        self.effects.extend(wanted)
        for effect in wanted:
            if isinstance(effect, fx.StartTimer):
                self.timers.add(effect.name)
            elif isinstance(effect, fx.StopTimer):
                self.timers.discard(effect.name)

    def _watch(self, before: Any, wanted: tuple[fx.CallEffect, ...]) -> None:
        typed = self.told.count("collectInfo")
        assert typed <= self.call.typed
        once = [kind for at, kind in enumerate(self.told) if kind not in self.told[:at]]
        assert len(self.told) == len(once) + max(typed - 1, 0), self.told
        order = [KINDS.index(kind) for kind in self.told]
        assert order == sorted(order), self.told
        assert self.call.told == tuple(once)
        if fx.RefuseWaiting() in wanted:
            assert self.call.a not in (LegState.HELD, LegState.RINGING)
        if fx.Hold() in wanted:
            assert not self.call.waiting
        if before.phase is Phase.ASKING and self.phase is Phase.ASKING:
            assert not any(isinstance(effect, fx.AskApplication) for effect in wanted)
        if "disconnect" not in self.told:
            assert "cap" in self.timers or self.call.phase is Phase.DONE
        assert self.count(fx.Answer) <= 1
        if fx.Finish() in wanted:
            assert wanted[-1] == fx.Finish()
            assert self.call.phase is Phase.DONE
            assert self.call.a in GONE
            assert self.call.b in GONE
            assert self.told[-2:] == ["disconnect", "fee"]
            assert not self.timers
            assert self.call.second is None
            assert self.count(fx.ReleaseSecond) == self.seconds

    @property
    def told(self) -> list[str]:
        return [effect.kind for effect in self.effects if isinstance(effect, fx.Tell)]

    @property
    def phase(self) -> Phase:
        return self.call.phase

    @property
    def record(self) -> CallRecord:
        return self.call.record

    def count(self, kind: type) -> int:
        return sum(isinstance(effect, kind) for effect in self.effects)

    def last(self, kind: type) -> Any:
        found = [effect for effect in self.effects if isinstance(effect, kind)]
        assert found, f"no {kind.__name__} among {self.effects}"
        return found[-1]

    def wants(self, kind: type) -> bool:
        return any(isinstance(effect, kind) for effect in self.latest)

    def close(self) -> None:
        """Let everything come to an end, as legs, timers and media do sooner or later."""
        self.feed(ev.StopAsked, "box")
        for leg in ("a", "b"):
            self.feed(ev.LegEnded, leg, 16)
        self.feed(ev.TimerFired, "recording")
        for _ in range(3):
            self.feed(ev.TimerFired, "release")
        assert self.phase is Phase.DONE
        assert self.count(fx.Finish) == 1

    # --- the usual way ---

    def routed(self, **changes: Any) -> World:
        self.feed(ev.NumberKnown, A)
        self.feed(ev.RouteFound, plan(**changes))
        return self

    def asked(self) -> World:
        self.feed(ev.NumberKnown, A)
        self.feed(ev.AnswerWanted, Asking(1, Mode.X, X))
        return self

    def collecting(self, **changes: Any) -> World:
        self.feed(ev.NumberKnown, A)
        self.feed(ev.DigitsWanted, collection(**changes))
        return self.answered()

    def types(self, keys: str) -> World:
        for key in keys:
            self.feed(ev.DigitPressed, "a", key)
        return self

    def answered(self) -> World:
        self.feed(ev.CommandDone, ev.Command.ANSWER, "a")
        return self

    def held(self) -> World:
        self.feed(ev.CommandDone, ev.Command.HOLD, "a")
        return self

    def b(self, state: LegState, *, multiparty: bool = False) -> World:
        self.feed(ev.LegChanged, "b", state, multiparty)
        return self

    def b_up(self) -> World:
        return self.b(LegState.ALERTING).b(LegState.ACTIVE)

    def joined(self) -> World:
        self.feed(ev.CommandDone, ev.Command.JOIN, "b")
        return self

    def granted(self) -> World:
        self.feed(ev.SecondGranted, SECOND)
        return self

    def kept(self) -> World:
        self.feed(ev.ReturnRouteKept)
        return self

    def said(self) -> World:
        self.feed(ev.Said, self.last(fx.Play).play_id)
        return self

    def talking_in_conference(self, **changes: Any) -> World:
        return self.routed(**changes).answered().held().b_up().joined()

    def talking_over_bridge(self, **changes: Any) -> World:
        changes.setdefault("strategies", ("bridge",))
        return self.routed(**changes).granted().answered().kept().b_up()


def codes(world: World) -> tuple[Any, ...]:
    record = world.record
    return record.state_code, record.q850, record.release_point, record.ended_by
