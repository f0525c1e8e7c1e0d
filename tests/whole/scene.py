"""One test's people on one line, and what was told of their calls in the end."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from appliance.demo.people import Phone
from tests.whole.rig import CONFERENCES, DEADLINE, Json, Rig, number

ALL: Final = ["callin", "callout", "alerting", "answer", "disconnect", "fee"]
RANG: Final = ["callin", "callout", "alerting", "disconnect", "fee"]
DIALLED: Final = ["callin", "callout", "disconnect", "fee"]
REFUSED: Final = ["callin", "disconnect", "fee"]

_ALWAYS: Final = [
    *("direction", "spId", "appKey", "icid", "bindNum", "sessionId", "callerNum", "calleeNum"),
    *("callInTime", "callEndTime", "fwdUnaswRsn", "ulFailReason", "sipStatusCode"),
    *("callOutUnaswRsn", "recordFlag", "ttsPlayTimes", "ttsTransDuration", "serviceType"),
    "hostName",
]
_TIMES: Final = ["callInTime", "fwdStartTime", "fwdAlertingTime", "fwdAnswerTime", "callEndTime"]


@dataclass(frozen=True)
class Call:
    """One session as the application and the owner were told of it.

    Args:
        kinds: Pushes in the order in which they came.
        info: ``statusInfo`` of every event, by kind.
        fee: The one element of ``feeLst``.
        record: What ``simveil cdr show`` shows.
    """

    session_id: str
    kinds: list[str]
    info: dict[str, Json]
    fee: Json
    record: Json


class Scene:
    """A and B, bound on a line, and whoever else comes along.

    Args:
        rig: The box.
        make: Of the line's modem.
        role: Which of the make's lines; see :mod:`tests.whole.rig`.
        application: Whose line it is at the moment.
    """

    def __init__(
        self, rig: Rig, make: str, role: str = "x", application: str | None = None
    ) -> None:
        self.rig, self.make = rig, make
        self.x = number(make, role)
        self.second = number(make, "limited-second" if role == "limited" else "second")
        self.application = application or make
        self.customer = rig.applications[self.application]
        self.conference = make in CONFERENCES
        self._mark = len(rig.pushes.all())
        self._since = datetime.now(UTC)
        self.people: list[Phone] = []
        self.a, self.b = self.person(), self.person()
        self.subscription = ""

    def pushes(self) -> list[Json]:
        """Return what was pushed to this scene's application since it began, in order."""
        place = f"/{self.application}/"
        since = self.rig.pushes.all()[self._mark :]
        return [push for push in since if push["path"].startswith(place)]

    # --- what happens -----------------------------------------------------------------------------

    def person(self, answers: float | None = None) -> Phone:
        """Let somebody appear."""
        phone = self.rig.person(answers)
        self.people.append(phone)
        return phone

    def bind(self, a: Phone | None = None, b: Phone | None = None, **terms: Any) -> str:
        """Bind A and B, or two others, on the line; returns the subscriptionId."""
        callers = {"callerNum": (a or self.a).msisdn, "calleeNum": (b or self.b).msisdn}
        bound = self.customer.bind(relationNum=self.x, **callers, **terms)
        assert bound["resultcode"] == "0", bound
        subscription: str = bound["subscriptionId"]
        if a is None:
            self.subscription = subscription
        return subscription

    def dials(self, caller: Phone | None = None, to: str | None = None) -> None:
        """A, or somebody else, dials X, or another number."""
        (caller or self.a).do("dial", to=to or self.x)

    def rings(self, phone: Phone | None = None) -> str:
        """Wait until B's phone, or another, rings; returns the number that it shows."""
        shown: str = (phone or self.b).until("ringing", DEADLINE)["shown"]
        return shown

    def told(self, kind: str, caller: Phone | None = None) -> Json:
        """Wait until an event of a caller's call was pushed; returns its ``statusInfo``."""

        def wanted(_: list[Json]) -> Json | None:
            bodies = [push["body"] for push in self.pushes()]
            events = [body for body in bodies if "statusInfo" in body]
            sessions = {
                event["statusInfo"]["sessionId"]
                for event in events
                if event["eventType"] == "callin"
                and caller in (None, event["statusInfo"]["caller"])
            }
            return next(
                (
                    event["statusInfo"]
                    for event in events
                    if event["eventType"] == kind and event["statusInfo"]["sessionId"] in sessions
                ),
                None,
            )

        caller = caller.msisdn if isinstance(caller, Phone) else None
        return self.rig.pushes.wait(wanted, DEADLINE, f"{kind} event")

    def talks(self) -> Json:
        """A dials X, B answers; returns the ``answer`` event's facts."""
        self.dials()
        self.rings()
        self.b.do("answer")
        return self.told("answer")

    def fees(self) -> list[Json]:
        """Return the fee records so far."""
        bodies = [push["body"] for push in self.pushes()]
        return [fee for body in bodies for fee in body.get("feeLst", [])]

    def records(self) -> list[Json]:
        """Return what ``simveil cdr list`` shows of this scene's application."""
        since, name = self._since.isoformat(), self.application
        records: list[Json] = self.rig.admin("GET", "/calls", since=since, app=name, limit=100)
        return records

    # --- what came of it --------------------------------------------------------------------------

    def over(self, count: int = 1, *, rest: bool = True) -> list[Call]:
        """Wait until so many calls are over and told, nobody is in one, and every line is ready.

        Returns them in the order of their ``callin``. Each has exactly one event of a kind, one
        ``disconnect`` and one ``fee``, all signed; there is no other call, told or not. Without
        ``rest`` the other lines may be busy or broken.
        """

        self.rig.until(lambda: len(self.fees()) >= count, f"{count} fee records")
        for phone in self.people:
            if phone.look()["state"] != "off":
                phone.until("idle", DEADLINE)
        if rest:
            self.rig.until(self.rig.rests, "lines at rest")
        calls = self._calls()
        assert {record["session_id"] for record in self.records()} == set(calls)
        assert len(calls) == len(self.fees()) == count, [call.kinds for call in calls.values()]
        return list(calls.values())

    def _calls(self) -> dict[str, Call]:
        told: dict[str, dict[str, Any]] = {}
        for push in self.pushes():
            assert push["valid"], f"a push with a wrong signature: {push}"
            body = push["body"]
            if body["eventType"] == "fee":
                found = [("fee", fee) for fee in body["feeLst"]]
            else:
                found = [(body["eventType"], body["statusInfo"])]
            for kind, facts in found:
                told.setdefault(facts["sessionId"], {"kinds": []})["kinds"].append(kind)
                told[facts["sessionId"]][kind] = facts
        calls = {}
        for session, facts in told.items():
            kinds = facts["kinds"]
            assert max(Counter(kinds).values()) == 1, f"{session} was told of twice: {kinds}"
            calls[session] = Call(
                session,
                kinds,
                {kind: facts[kind] for kind in kinds if kind != "fee"},
                facts["fee"],
                self.rig.admin("GET", f"/calls/{session}"),
            )
        return calls

    def only(self, *, rest: bool = True) -> Call:
        """Return the one call that there was; see :meth:`over`."""
        [call] = self.over(rest=rest)
        return call

    def check_ended(
        self,
        call: Call,
        kinds: list[str],
        state: int,
        *,
        q850: int = 0,
        point: int | None = None,
        sip: int = 0,
        by: str | None = None,
        caller: Phone | None = None,
        callee: Phone | None = None,
        shown: str | None = None,
        bound: str | None = None,
    ) -> None:
        """Check all that was told of a call.

        Args:
            kinds: The events, in order.
            state: ``stateCode``.
            q850: ``fwdUnaswRsn``.
            point: ``ulFailReason``; as ``state`` when None.
            sip: ``sipStatusCode``.
            by: Who ended it, in the box's own record.
            caller: Who dialled: A when None; ``callee`` the other: B when None.
            shown: The number that the callee saw: X or the second line by the make when None.
            bound: Its subscriptionId; that of A and B when None, empty for none.
        """
        caller, callee = caller or self.a, callee or self.b
        bound = self.subscription if bound is None else bound
        forwarded, answered = "callout" in kinds, "answer" in kinds
        assert call.kinds == kinds
        for kind, info in call.info.items():
            outward = kind != "callin" and forwarded
            pair = (self.x, callee.msisdn) if outward else (caller.msisdn, self.x)
            assert (info["caller"], info["called"]) == pair, f"{kind}: {info}"
            assert info["subscriptionId"] == bound
        assert call.info["disconnect"]["stateCode"] == state
        assert call.info["disconnect"]["stateDesc"]
        fee = call.fee
        facts = {
            "bindNum": self.x,
            "calleeNum": self.x,
            "callerNum": caller.msisdn,
            "fwdUnaswRsn": q850,
            "ulFailReason": state if point is None else point,
            "sipStatusCode": sip,
            "callOutUnaswRsn": 0,
            "direction": 1,
            "serviceType": "004",
        }
        facts |= {"subscriptionId": bound, "mptyId": bound}
        wanted = {*_ALWAYS, "subscriptionId", "mptyId"}
        if forwarded:
            number = shown or (self.x if self.conference else self.second)
            facts |= {"fwdDisplayNum": number, "fwdDstNum": callee.msisdn}
            wanted |= {"fwdDisplayNum", "fwdDstNum", "fwdStartTime"}
        wanted |= {"fwdAlertingTime"} if "alerting" in kinds else set()
        wanted |= {"fwdAnswerTime"} if answered else {"failTime"}
        assert facts.items() <= fee.items(), {k: (v, fee.get(k)) for k, v in facts.items()}
        assert set(fee) == wanted | ({"recordStartTime"} & set(fee))
        times = [fee[name] for name in _TIMES if name in fee]
        assert times == sorted(times)
        assert fee.get("failTime", fee["callEndTime"]) == fee["callEndTime"]
        assert call.info["disconnect"]["timestamp"] == fee["callEndTime"]
        if by is not None:
            assert call.record["ended_by"] == by, call.record

    def check_paid_nothing(self, phone: Phone | None = None) -> None:
        """Check that the last call of A, or of another, was never answered."""
        assert (phone or self.a).look()["calls"][-1]["answered"] is None

    # --- afterwards -------------------------------------------------------------------------------

    def leave(self) -> None:
        """Everybody hangs up and goes; a rig that does not come to rest is marked as broken."""
        for phone in self.people:
            with contextlib.suppress(RuntimeError):
                phone.do("hangup")
        self.customer.unbind(relationNum=self.x)
        try:
            self.rig.until(self.rig.rests, "lines at rest", 10.0)
        except TimeoutError:
            self.rig.broken = True
        for phone in self.people:
            phone.leave()


def seconds_between(first: str, second: str) -> float:
    """Return the seconds between two times of the wire."""
    form = "%Y-%m-%d %H:%M:%S"
    ends = [datetime.strptime(text, form).replace(tzinfo=UTC) for text in (first, second)]
    return (ends[1] - ends[0]) / timedelta(seconds=1)


def at_once(act: Callable[[Scene], None], scenes: Sequence[Scene]) -> None:
    """Let all of them act at the same time; raises the first failure, which names the make."""

    def acts(scene: Scene) -> None:
        try:
            act(scene)
        except BaseException as error:
            error.add_note(f"on {scene.make}, line {scene.x}")
            raise

    with ThreadPoolExecutor(len(scenes), thread_name_prefix="scene") as pool:
        for done in [pool.submit(acts, scene) for scene in scenes]:
            done.result()


@contextlib.contextmanager
def playing(
    rig: Rig, make: str, role: str = "x", application: str | None = None
) -> Iterator[Scene]:
    """Have a scene, and everybody leave when it is over."""
    scene = Scene(rig, make, role, application)
    try:
        yield scene
    finally:
        scene.leave()
