"""GetRecordingDownloadUrl: requests.md §8.1, and the record that leads to it: behaviour.md §2."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from tests.whole.mirror.stage import RECORDING, Stage, check_fee, wire_time
from tests.whole.mirror.town import X
from tests.whole.mirror.wire import Shop, Wire, check_refused, head, query_of

PATH = "/rest/provision/voice/record/v1.0"


def test_a_recorded_call_and_its_file(stage: Stage, shop: Shop) -> None:
    start = stage.fresh("status", "cdr")
    a, b, _ = stage.bind(recordFlag="true")
    caller, callee = stage.phone(a), stage.phone(b)
    callee.do("auto", answer_after=0.1)
    caller.do("dial", to=X)
    stage.receiver.wait(start + "status", 4)
    callee.until("active")
    caller.do("say", tone=440, seconds=4)
    answered = datetime.now(UTC)

    def spoken() -> bool | None:
        return True if datetime.now(UTC) - answered > timedelta(seconds=4) else None

    stage.receiver.until(spoken, 10, "four seconds of talk")
    caller.do("hangup")
    fee = stage.fee(start)
    check_fee(fee)
    assert set(fee) >= RECORDING
    assert fee["recordFlag"] == 1
    assert fee["recordBucketName"] == f"sp-{stage.shop.key.lower()}"
    assert re.fullmatch(r"\d{23}\.wav", fee["recordObjectName"])
    assert wire_time(fee["recordStartTime"]) >= wire_time(fee["fwdAnswerTime"])
    query = query_of({"fileName": fee["recordObjectName"], "recordDomain": fee["recordDomain"]})
    reply = stage.shop.send("GET", f"{PATH}?{query}")
    assert reply.status == 301
    assert (reply.code, reply.json["resultdesc"]) == ("0", "Success")
    location = reply.headers["location"]
    base = f"http://127.0.0.1:{stage.shop.port}"
    assert location.startswith(base + "/")
    with Wire(stage.shop.address) as wire:  # the address needs no signature
        wire.send(head("GET", location.removeprefix(base), [("Host", base[7:])]))
        file = wire.receive()
    assert file.status == 200
    assert file.body[:4] == b"RIFF"
    assert file.body[20:24] == b"\x06\x00\x01\x00"  # A-law, mono
    assert len(file.body) > 3 * 8000
    # It is nobody else's, and only its own name fetches it.
    check_refused(shop.send("GET", f"{PATH}?{query}"), "1012007")
    with Wire(stage.shop.address) as wire:
        other = location.removeprefix(base).replace("expires=", "expires=1")
        wire.send(head("GET", other, [("Host", base[7:])]))
        assert wire.receive().status == 404


def test_what_is_not_there(shop: Shop, bare: Shop) -> None:
    there = {"fileName": "26030108051900011234567.wav", "recordDomain": "box-1"}
    check_refused(shop.send("GET", f"{PATH}?{query_of(there)}"), "1012007")
    for name in there:
        check_refused(shop.send("GET", f"{PATH}?{name}=x"), "1010002")
    check_refused(shop.send("GET", PATH), "1010002")
    check_refused(bare.send("GET", f"{PATH}?{query_of(there)}"), "1012012")
