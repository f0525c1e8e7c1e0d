"""Live calls and texts of one application, and what every push of them has in common."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from appliance.demo.people import Phone
from tests.whole.mirror.town import Town, X, person
from tests.whole.mirror.wire import AUTHORIZATION, Json, Push, Receiver, Shop, check_accepted

SESSION = re.compile(r"\d{4}_\d+_4294967295_(\d{14})@callenabler\d{3}\.huaweicaas\.com")
ICID = re.compile(r"[0-9a-f]{32}\.\d{10}\.\d{9}\.\d+")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
TOKEN = re.compile(
    r'UsernameToken Username="([^"]+)",PasswordDigest="([^"]+)",Nonce="([0-9A-Za-z]{1,128})",'
    r'Created="(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"'
)
# §2.1: the keys of a complete record in the order of the vendor's sample.
FEE = [
    "direction",
    "spId",
    "appKey",
    "icid",
    "bindNum",
    "sessionId",
    "subscriptionId",
    "callerNum",
    "calleeNum",
    "fwdDisplayNum",
    "fwdDstNum",
    "callInTime",
    "fwdStartTime",
    "fwdAlertingTime",
    "fwdAnswerTime",
    "callEndTime",
    "fwdUnaswRsn",
    "ulFailReason",
    "sipStatusCode",
    "callOutUnaswRsn",
    "recordFlag",
    "recordStartTime",
    "recordDomain",
    "recordBucketName",
    "recordObjectName",
    "ttsPlayTimes",
    "ttsTransDuration",
    "mptyId",
    "serviceType",
    "hostName",
]
RECORDING = {"recordStartTime", "recordDomain", "recordBucketName", "recordObjectName"}
INTEGERS = {
    "direction",
    "fwdUnaswRsn",
    "ulFailReason",
    "sipStatusCode",
    "callOutUnaswRsn",
    "recordFlag",
    "ttsPlayTimes",
    "ttsTransDuration",
}
TIMES = {
    "callInTime",
    "fwdStartTime",
    "fwdAlertingTime",
    "fwdAnswerTime",
    "callEndTime",
    "failTime",
    "recordStartTime",
}
CALL = ["callin", "callout", "alerting", "answer", "disconnect"]


class Stage:
    """An application that owns both lines, its server, and people."""

    def __init__(self, town: Town, shop: Shop, receiver: Receiver) -> None:
        self.town, self.shop, self.receiver = town, shop, receiver
        self.serial = 0
        self.replies_lost = False
        """Whether the test lets an answer come too late, after which a push may come again."""

    def fresh(self, *kinds: str) -> str:
        """Give the application addresses of their own, of these kinds alone; return their start."""
        self.serial += 1
        start = f"{self.shop.name}-{self.serial}-"
        words = []
        for kind in ("status", "cdr", "sms"):
            target = self.receiver.url(start + kind) if kind in kinds else ""
            words += [f"--{kind}-url", target]
        self.town.house.command("app", "set", self.shop.name, *words)
        return start

    def phone(self, msisdn: str) -> Phone:
        return self.town.house.bank.phone(msisdn)

    def bind(self, x: str = X, **more: Any) -> tuple[str, str, str]:
        """Bind two new people; return A, B and the id."""
        a, b = person(), person()
        made = check_accepted(self.shop.bind(relationNum=x, callerNum=a, calleeNum=b, **more))
        return a, b, made["subscriptionId"]

    def talk(self, caller: str, callee: str, start: str, x: str = X) -> list[Push]:
        """Have an answered call that the caller ends; return its events."""
        ringing, dialling = self.phone(callee), self.phone(caller)
        ringing.do("auto", answer_after=0.1)
        dialling.do("dial", to=x)
        self.receiver.wait(start + "status", 4)
        ringing.until("active")
        dialling.until("active")
        dialling.do("hangup")
        events = self.receiver.wait(start + "status", 5)
        ringing.until("idle")
        return events

    def attempt(self, caller: str, start: str, x: str = X) -> list[Push]:
        """Have a call that the box refuses; return its events."""
        phone = self.phone(caller)
        phone.do("dial", to=x)
        events = self.receiver.wait(start + "status", 2)
        phone.until("idle")
        return events

    def refuse(self, caller: str, x: str = X) -> None:
        """Have a call that the box refuses, and wait until the line is free again."""
        phone = self.phone(caller)
        phone.do("dial", to=x)
        phone.until("idle")
        self.quiet()

    def check_once(self, since: int) -> None:
        """Check that nothing that came after the first ``since`` pushes was accepted twice."""
        told = Counter(
            (push.path, info.get("icid") or push.body)
            for push in self.receiver.of("")[since:]
            if push.answered == 200
            for info in push.infos
        )
        assert self.replies_lost or set(told.values()) <= {1}, told

    def quiet(self) -> None:
        """Wait until no line is in a call, on the network and in the box."""
        house = self.town.house

        def free() -> Json | None:
            up = [line for line in house.bank.get("/lines") if line["calls"]]
            busy = [line for line in house.command("line", "list") if line["call"]]
            return None if up or busy else {"free": True}

        house.bank.wait(free, 20, "a free line")

    def fee(self, start: str) -> Json:
        """Return the record of the one call."""
        (push,) = self.receiver.wait(start + "cdr", 1)
        assert list(push.json) == ["eventType", "feeLst"]
        assert push.json["eventType"] == "fee"
        (one,) = push.json["feeLst"]
        assert isinstance(one, dict)
        return one


def wire_time(text: str) -> datetime:
    assert TIME.fullmatch(text), text
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def check_signature(push: Push, shop: Shop, scheme: str = "AKSK") -> str:
    """Check headers and signature; return the nonce."""
    assert push.method == "POST"
    assert push.headers["content-type"] == "application/json;charset=UTF-8"
    assert push.headers["authorization"] == AUTHORIZATION.format(scheme=scheme)
    other = "wsse" if scheme == "AKSK" else "aksk"
    assert f"x-{other}" not in push.headers
    found = TOKEN.fullmatch(push.headers[f"x-{scheme.lower()}"])
    assert found, push.headers
    key, digest, nonce, created = found.groups()
    assert key == shop.key
    words = (nonce + created).encode()
    raw = (
        hmac.new(shop.secret.encode(), words, "sha256").digest()
        if scheme == "AKSK"
        else hashlib.sha256(words + shop.secret.encode()).digest()
    )
    assert digest == base64.b64encode(raw).decode()
    at = datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs(push.arrived - at) < timedelta(seconds=5)
    return nonce


def check_fee(fee: Json) -> None:
    """Check what every record has in common: order, types, layouts."""
    known = [key for key in fee if key in FEE]
    assert known == [key for key in FEE if key in fee]
    assert set(fee) - set(FEE) <= {"failTime", "userData"}
    for key, value in fee.items():
        assert type(value) is (int if key in INTEGERS else str), key
        assert value or value == 0 or fee["subscriptionId"] == "", key
    for key in TIMES & set(fee):
        assert wire_time(fee[key])
    assert fee["direction"] == 1
    assert ICID.fullmatch(fee["icid"])
    assert fee["serviceType"] == "004"
    assert fee["calleeNum"] == fee["bindNum"]
    assert (fee["ttsPlayTimes"], fee["ttsTransDuration"], fee["callOutUnaswRsn"]) == (0, 0, 0)
    assert set(fee) >= {"spId", "appKey", "hostName", "callInTime", "callEndTime", "recordFlag"}
    assert fee["mptyId"] == fee["subscriptionId"]


def check_refused(stage: Stage, start: str, caller: str, code: int, one: str) -> None:
    """Check what is told of a call that is refused; ``one`` is empty for a stranger."""
    events = stage.attempt(caller, start)
    fee = stage.fee(start)
    assert [push.kind for push in events] == ["callin", "disconnect"]
    for push in events:
        info = push.json["statusInfo"]
        assert info["subscriptionId"] == one
        assert (info["caller"], info["called"]) == (caller, X)
        assert info["sessionId"] == fee["sessionId"]
    assert events[-1].json["statusInfo"]["stateCode"] == code
    check_fee(fee)
    assert fee["subscriptionId"] == one
    assert (fee["callerNum"], fee["bindNum"], fee["ulFailReason"]) == (caller, X, code)
    for absent in ("fwdDstNum", "fwdStartTime", "fwdAlertingTime", "fwdAnswerTime"):
        assert absent not in fee
    assert "failTime" in fee
