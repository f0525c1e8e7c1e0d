"""The demonstration: two people, one application, one box; claimed is what was observed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from appliance.demo import ears
from appliance.demo.application import CustomerApplication, Pushes
from appliance.demo.house import House
from appliance.demo.people import Phone

Json = dict[str, Any]

X, SECOND, TRUNK = "+8617000000001", "+8617000000002", "+8617000000003"
A, B, C, D = "+8613900000001", "+8613900000002", "+8613900000003", "+8613900000004"
SPEED = 4.0
DEADLINE = 30.0  # seconds of real time for any one thing to happen
EVENTS = ["callin", "callout", "alerting", "answer", "disconnect"]
VERSE = "车已到东门请走地下通道出来左转第三个路口我穿蓝色外套撑黑伞"
LONG_TEXT = (VERSE * 5)[:140]
REPLY = "收到，五分钟后到。Thanks! 👍"


class Unseen(Exception):
    """Raised when something that the demonstration claims was not observed."""


def demand(held: bool, what: str) -> None:
    """Raise Unseen with ``what`` unless ``held``."""
    if not held:
        raise Unseen(what)


class Story:
    """One telling; ``tell`` returns the exit status.

    Args:
        report: Called with each step's facts, the summary last.
    """

    def __init__(self, report: Callable[[Json], None]) -> None:
        self._report = report
        self._pushes = Pushes()

    def tell(self) -> int:
        """Run every step. Returns 0 only if everything was observed, else 1."""
        begun = monotonic()
        self._pushes.start()
        error: str | None = None
        try:
            with self._step("start", lines=[X, SECOND, TRUNK], speed=SPEED):
                house = House([X, SECOND, TRUNK], speed=SPEED)
                house.__enter__()
            try:
                self._main_job(house)
            except Exception:
                sys.stderr.write(house.log("serve")[-4000:])
                raise
            finally:
                house.stop()
        except (Unseen, TimeoutError, RuntimeError, OSError) as failure:
            error = f"{type(failure).__name__}: {failure}"
        finally:
            self._pushes.stop()
        summary: Json = {
            "step": "summary",
            "ok": error is None,
            "seconds": round(monotonic() - begun, 2),
        }
        if error:
            summary["error"] = error
        self._report(summary)
        return 0 if error is None else 1

    @contextmanager
    def _step(self, name: str, **facts: object) -> Iterator[Json]:
        begun = monotonic()
        found: Json = dict(facts)
        yield found
        self._report({"step": name, "ok": True, "seconds": round(monotonic() - begun, 2), **found})

    def _main_job(self, house: House) -> None:
        people = {number: house.bank.phone(number) for number in (A, B, C, D)}
        with self._step("application") as facts:
            app = self._furnish(house)
            facts["mode"] = app["mode"]
        customer = CustomerApplication(house.base, app["appKey"], app["appSecret"])
        try:
            with self._step("bind") as facts:
                bound = customer.bind(relationNum=X, callerNum=A, calleeNum=B)
                demand(bound.get("resultcode") == "0", f"bind answered {bound}")
                facts |= {
                    "resultcode": bound["resultcode"],
                    "subscriptionId": bound["subscriptionId"],
                }
            with self._step("call", strategy="conference") as facts:
                facts |= self._conference(house, people, bound["subscriptionId"])
            with self._step("call", strategy="bridge") as facts:
                facts |= self._bridge(house, customer, people, bound["subscriptionId"])
            with self._step("call-back") as facts:
                facts |= self._call_back(house, people, bound["subscriptionId"])
            with self._step("texts") as facts:
                facts |= self._texts(people)
            with self._step("unbind") as facts:
                facts |= self._unbind(customer, people[A], bound["subscriptionId"])
        finally:
            customer.close()

    def _furnish(self, house: House) -> Json:
        urls = [
            word
            for kind in ("status", "cdr", "sms")
            for word in (f"--{kind}-url", self._pushes.url(kind))
        ]
        app: Json = house.command("app", "add", "demo", "--mode", "AXB", "--sms", "--record", *urls)
        self._pushes.expect_from(app["appKey"], app["appSecret"])
        house.command("number", "enrol", X, "--app", "demo", "--sms")
        house.command("number", "enrol", SECOND, "--app", "demo", "--sms")
        house.command("number", "enrol", TRUNK, "--trunk")
        return app

    def _conference(self, house: House, people: dict[str, Phone], subscription: str) -> Json:
        a, b = people[A], people[B]
        mark = len(self._pushes.all())
        bystanders = self._bystanders(people)
        a.do("dial", to=X)
        shown = b.until("ringing", DEADLINE)["shown"]
        demand(shown == X, f"B's phone showed {shown}, not X")
        a.until("held", DEADLINE)
        held = ears.quiet_tail(house.bank, a, 1.0, DEADLINE)
        b.do("answer")
        self._event(mark, "answer")
        facts = {"shown": shown, "held_peak": held} | self._talk(house, a, b, bystanders)
        b.do("hangup")
        a.until("idle", DEADLINE)
        facts |= self._reconcile(mark, subscription, caller=A, callee=B, bind_number=X)
        for phone in bystanders:
            phone.do("hangup")
        return facts

    def _bystanders(self, people: dict[str, Phone]) -> tuple[Phone, Phone]:
        c, d = people[C], people[D]
        c.do("dial", to=D)
        d.until("ringing", DEADLINE)
        d.do("answer")
        c.until("active", DEADLINE)
        return c, d

    def _bridge(
        self,
        house: House,
        customer: CustomerApplication,
        people: dict[str, Phone],
        subscription: str,
    ) -> Json:
        a, b = people[A], people[B]
        changed = customer.modify(subscriptionId=subscription, recordFlag="true")
        demand(changed.get("resultcode") == "0", f"modify answered {changed}")
        mark = len(self._pushes.all())
        a.do("dial", to=X)
        shown = b.until("ringing", DEADLINE)["shown"]
        demand(shown in (SECOND, TRUNK), f"B's phone showed {shown}, not a second line")
        self._shown_second = shown
        b.do("answer")
        self._event(mark, "answer")
        facts = {"shown": shown} | self._talk(house, a, b, ())
        a.do("hangup")
        b.until("idle", DEADLINE)
        facts |= self._reconcile(mark, subscription, caller=A, callee=B, bind_number=X)
        demand(self._fee(mark)["recordFlag"] == 1, "the bridged call was not recorded")
        return facts

    def _call_back(self, house: House, people: dict[str, Phone], subscription: str) -> Json:
        a, b = people[A], people[B]
        mark = len(self._pushes.all())
        b.do("dial", to=self._shown_second)
        shown = a.until("ringing", DEADLINE)["shown"]
        demand(
            shown in (X, SECOND, TRUNK), f"A's phone showed {shown}, which is no number of the box"
        )
        a.do("answer")
        self._event(mark, "answer")
        facts = {"dialled": self._shown_second, "shown": shown} | self._talk(house, a, b, ())
        a.do("hangup")
        b.until("idle", DEADLINE)
        return facts | self._reconcile(mark, subscription, caller=B, callee=A, bind_number=X)

    def _talk(self, house: House, a: Phone, b: Phone, others: tuple[Phone, ...]) -> Json:
        """Both speak at once; each hears the other, and nobody else hears either."""
        before = {phone.msisdn: len(ears.recording(phone)) for phone in (a, b)}
        a.say(ears.spoken(ears.LOW))
        b.say(ears.spoken(ears.HIGH))
        at_b = ears.listen_for(house.bank, b, ears.LOW, before[B], DEADLINE)
        at_a = ears.listen_for(house.bank, a, ears.HIGH, before[A], DEADLINE)
        for name, heard in (("A", at_a), ("B", at_b)):
            demand(heard.gap_ms <= 40, f"{name} heard a gap of {heard.gap_ms:.0f} ms")
            demand(
                abs(heard.level_db) <= 1.0, f"{name} heard the other {heard.level_db:+.1f} dB off"
            )
        demand(ears.hears_nothing_of(a, ears.LOW), "A heard an echo of its own voice")
        demand(ears.hears_nothing_of(b, ears.HIGH), "B heard an echo of its own voice")
        for phone in others:
            for chirp in (ears.LOW, ears.HIGH):
                demand(
                    ears.hears_nothing_of(phone, chirp),
                    f"{phone.msisdn}, in another call, heard the talk",
                )
        return {
            name: heard.facts()
            | {"delay_ms": round(1000 * (heard.at_seconds - before[phone.msisdn] / ears.RATE))}
            for name, phone, heard in (("at_a", a, at_a), ("at_b", b, at_b))
        }

    def _event(self, mark: int, kind: str) -> Json:
        def wanted(pushes: list[Json]) -> Json | None:
            return next((p for p in pushes[mark:] if p["body"].get("eventType") == kind), None)

        return self._pushes.wait(wanted, DEADLINE, f"{kind} event")

    def _fee(self, mark: int) -> Json:
        record: Json = self._event(mark, "fee")["body"]["feeLst"][0]
        return record

    def _reconcile(
        self, mark: int, subscription: str, *, caller: str, callee: str, bind_number: str
    ) -> Json:
        """The events and the record of one call: complete, in order, signed, of one session."""
        fee = self._fee(mark)
        pushes = self._pushes.all()[mark:]
        events = [p["body"] for p in pushes if p["path"] == "/status"]
        kinds = [event["eventType"] for event in events]
        demand(kinds == EVENTS, f"the events were {kinds}")
        demand(
            all(push["valid"] for push in pushes), "a push was not signed by the application's key"
        )
        sessions = {event["statusInfo"]["sessionId"] for event in events} | {fee["sessionId"]}
        demand(len(sessions) == 1, f"the pushes of one call name the sessions {sessions}")
        state = events[-1]["statusInfo"]["stateCode"]
        demand(state == 0, f"the call ended with state code {state}")
        expected = {
            "subscriptionId": subscription,
            "callerNum": caller,
            "bindNum": bind_number,
            "fwdDstNum": callee,
        }
        demand(expected.items() <= fee.items(), f"the fee record says {fee}")
        demand("fwdAnswerTime" in fee, "the fee record has no answer time")
        return {"events": kinds, "sessionId": sessions.pop(), "stateCode": state}

    def _texts(self, people: dict[str, Phone]) -> Json:
        a, b = people[A], people[B]
        mark = len(self._pushes.all())
        a.do("sms", to=X, text=LONG_TEXT)
        there = b.until_text(LONG_TEXT, 2 * DEADLINE)
        demand(there["from"] == X, f"B saw the text as from {there['from']}")
        b.do("sms", to=X, text=REPLY)
        back = a.until_text(REPLY, 2 * DEADLINE)
        demand(back["from"] == X, f"A saw the reply as from {back['from']}")

        def both(pushes: list[Json]) -> Json | None:
            notices = [p for p in pushes[mark:] if p["path"] == "/sms"]
            return {"notices": notices} if len(notices) >= 2 else None

        notices = self._pushes.wait(both, DEADLINE, "second SMS notice")["notices"]
        for notice, (calling, called) in zip(notices, ((A, B), (B, A)), strict=False):
            event = notice["body"]["smsEvent"]
            demand(notice["valid"], "an SMS notice was not signed by the application's key")
            demand(event["sendResult"] == 0, f"an SMS notice says {event}")
            demand(
                (event["calling"], event["called"]) == (calling, called),
                f"an SMS notice says {event}",
            )
        return {
            "characters": len(LONG_TEXT),
            "shown": there["from"],
            "reply": len(REPLY),
            "notices": len(notices),
        }

    def _unbind(self, customer: CustomerApplication, a: Phone, subscription: str) -> Json:
        gone = customer.unbind(subscriptionId=subscription)
        demand(gone.get("resultcode") == "0", f"unbind answered {gone}")
        mark = len(self._pushes.all())
        a.do("dial", to=X)
        state = self._event(mark, "disconnect")["body"]["statusInfo"]["stateCode"]
        a.until("idle", DEADLINE)
        demand(state == 8014, f"after the unbind A's call ended with state code {state}")
        fee = self._fee(mark)
        demand(
            not fee.get("subscriptionId"),
            f"the record of an unbound call names {fee.get('subscriptionId')}",
        )
        return {"resultcode": gone["resultcode"], "stateCode": state}


def run(*, as_json: bool = False) -> int:
    """Tell the story on standard output; returns the exit status.

    Args:
        as_json: One JSON object per step, the last ``{"step":"summary","ok":…}``; else words.
    """

    def report(facts: Json) -> None:
        if as_json:
            text = json.dumps(facts, ensure_ascii=False)
        else:
            rest = ", ".join(
                f"{k} {v}" for k, v in facts.items() if k not in ("step", "ok", "seconds")
            )
            verdict = "ok  " if facts["ok"] else "FAIL"
            text = f"{verdict} {facts['step']:<12} {facts['seconds']:>6} s  {rest}"
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    return Story(report).tell()
