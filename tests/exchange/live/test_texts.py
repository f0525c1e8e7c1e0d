"""Texts with live phones: relayed, addressed, asked about, refused, and what is told of each."""

from __future__ import annotations

import re
import threading
from typing import Any

from appliance.demo.people import Phone
from appliance.model.records import Mode
from tests.exchange.live.house import ModeHouse, SecondPartFails, slow
from tests.exchange.live.rows import covers
from tests.exchange.live.town import ASKED, AX, AXB, AXE, PATIENCE
from tests.exchange.receiver import Request

LONG = "一二三四五六七八九十" * 8  # 80 characters of UCS-2: two parts


def inbox(phone: Phone) -> list[tuple[str, str]]:
    return [(entry["from"], entry["text"]) for entry in phone.look()["inbox"]]


def paras(event: dict[str, Any]) -> dict[str, str]:
    return {para["key"]: para["value"] for para in event["extInfo"]["extParas"]}


def route(called: str, calling: str, **more: Any) -> dict[str, Any]:
    message = {"called": called, "calling": calling}
    return {"operation": "vNumberRoute", "message": message, **more}


@covers(
    "3.1/AXB",
    "3/identifier",
    "3/calling called virtualNumber",
    "3/timeStamp",
    "3/subscriptionId",
    "3/smsContent",
    "3/direction",
    "3/splitNum",
    "3/userData",
    "3/sendResult 0",
    "3.3/one notification for a long text",
)
def test_either_of_the_two_writes_to_the_other(house: ModeHouse) -> None:
    a, b, binding = house.bind(user_data="order-7")
    seen = set()
    for sender, receiver, text, way in ((a, b, "hello", "1"), (b, a, LONG, "0")):
        event = house.texts(sender, AXB, text)
        seen.add(event["smsIdentifier"])
        assert (event["calling"], event["called"]) == (sender.msisdn, receiver.msisdn)
        assert (event["virtualNumber"], event["subscriptionId"]) == (AXB, binding.subscription_id)
        assert (event["event"], event["notificationMode"]) == ("Text SMS ", "Notify")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["timeStamp"])
        assert (event["sendResult"], event["userData"]) == (0, "order-7")
        assert event["smsContent"] == text
        assert paras(event) == {"direction": way, "splitNum": "1" if text == "hello" else "2"}
        receiver.until_text(text)
        assert inbox(receiver)[-1][0] == AXB
    assert len(seen) == 2
    house.app(Mode.AXB, sms_content=False)
    assert "smsContent" not in house.texts(a, AXB, "more")
    house.app(Mode.AXB, sms_content=True)


@covers("3.1/AX A sends", "3.1/AX other sends", "3.3/the suffix counts")
def test_ax_addresses_and_marks(house: ModeHouse) -> None:
    a, _ = house.ax(user_data="u")
    b = house.person()
    event = house.texts(a, AX, f"see you@{b.msisdn.removeprefix('+86')}")
    assert (event["called"], event["sendResult"], paras(event)["direction"]) == (b.msisdn, 0, "1")
    b.until_text("see you")
    assert inbox(b) == [(AX, "see you")]
    # 69 characters fit into one part of UCS-2; with who wrote them they don't.
    event = house.texts(b, AX, "七" * 69)
    assert (event["called"], paras(event)) == (a.msisdn, {"direction": "0", "splitNum": "2"})
    a.until_text("七" * 69 + f"[From{b.msisdn}]")


@covers(
    "3.1/AX A sends without suffix",
    "3.1/X",
    "3/event Notify and Block",
    "3/sendResult 6",
    "3.2/actions array or object",
    "3.2/vNumberRoute",
    "3.2/DiscardMessage",
    "3.2/userData",
    "6.6/X texts",
)
def test_the_application_says_what_becomes_of_a_text(house: ModeHouse) -> None:
    a, binding = house.ax(user_data="relation")
    b, stranger = house.person(), house.person()
    for sender, x, direction in ((a, AX, "1"), (stranger, ASKED, "2")):
        house.answers(
            {"actions": [route(b.msisdn, sender.msisdn, userData="order-9")]},
            {"actions": route(b.msisdn, sender.msisdn)},
            {"actions": [{"operation": "DiscardMessage"}]},
        )
        for number, result in enumerate((0, 0, 6)):
            text = f"nobody named {direction}{number}"
            before = len(house.asked())
            event = house.texts(sender, x, text)
            [question] = house.asked()[before:]
            asked = question["smsEvent"]
            assert question["appKey"]
            assert (asked["notificationMode"], asked["event"]) == ("Block", "TextSMS")
            assert (asked["calling"], asked["virtualNumber"]) == (sender.msisdn, x)
            assert (asked["smsContent"], paras(asked)["direction"]) == (text, direction)
            assert "sendResult" not in asked
            assert "called" not in asked
            assert event["smsIdentifier"] == asked["smsIdentifier"]
            assert event["sendResult"] == result
            assert paras(event)["direction"] == direction
            if result == 0:
                assert event["called"] == b.msisdn
                b.until_text(text)
            given = "order-9" if number == 0 else "relation" if sender is a else None
            assert event.get("userData") == given
            relation = binding.subscription_id if sender is a else None
            assert event.get("subscriptionId") == relation
    assert [sender for sender, _ in inbox(b)] == [AX, AX, ASKED, ASKED]


@covers("3.2/no reply in time", "3.2/calling must equal", "3/sendResult 7")
def test_a_text_without_a_usable_answer_is_dropped(house: ModeHouse) -> None:
    house.app(Mode.X, settings={"ask_timeout": 0.3})
    sender, b = house.person(), house.person()
    house.answers(
        {"actions": [route(b.msisdn, b.msisdn)]},
        {"actions": []},
        {"actions": [route("nobody", sender.msisdn)]},
    )
    for _ in range(3):
        assert house.texts(sender, ASKED, "hello")["sendResult"] == 7
    released = threading.Event()

    def late(request: Request) -> None:
        released.wait(10)
        request.answer(200)

    house.receiver.behave = late
    assert house.texts(sender, ASKED, "hello")["sendResult"] == 7
    released.set()
    assert inbox(b) == []


@covers(
    "3/sendResult 1",
    "3/sendResult 2",
    "3/sendResult 3",
    "3/sendResult 11",
)
def test_a_text_that_may_not_pass(house: ModeHouse) -> None:
    a, b, _ = house.bind()
    assert house.texts(house.person(), AXB, "who")["sendResult"] == 2
    number = house.store.numbers.by_msisdn(AXB)
    assert number is not None

    def results(change: Any, undo: Any) -> int:
        house.store.write(change)
        try:
            return int(house.texts(a, AXB, "hello")["sendResult"])
        finally:
            house.store.write(undo)

    numbers, applications, app = house.store.numbers, house.store.applications, house.apps[Mode.AXB]
    assert (
        results(
            lambda db: applications.update(db, app.app_id, frozen=True),
            lambda db: applications.update(db, app.app_id, frozen=False),
        )
        == 1
    )
    assert (
        results(
            lambda db: numbers.update(db, number.number_id, status=9),
            lambda db: numbers.update(db, number.number_id, status=5),
        )
        == 3
    )
    assert (
        results(
            lambda db: numbers.update(db, number.number_id, sms=False),
            lambda db: numbers.update(db, number.number_id, sms=True),
        )
        == 11
    )
    c, _, _ = house.bind(private_sms=False)
    assert house.texts(c, AXB, "hello")["sendResult"] == 11
    assert inbox(b) == []


@covers("3/sendResult 5", "3/sendResult 9", "3/sendResult 10")
def test_what_the_network_does_to_a_text_is_told_as_it_is(house: ModeHouse) -> None:
    a, b, _ = house.bind()
    bank = house.control
    bank.post("/network/sms", {"refuse": 41})  # temporary: once more, and it goes
    assert house.texts(a, AXB, "again", centre=False)["sendResult"] == 0
    b.until_text("again")
    assert house.attempts() == ["failed", "accepted"]
    bank.post("/network/sms", {"refuse": 50})  # for good
    event = house.texts(a, AXB, "never", centre=False)
    assert (event["sendResult"], "called" in event) == (10, False)
    centre = house.bank.house.network.smsc
    before, centre.faults = centre.faults, SecondPartFails(refuse=50)
    event = house.texts(a, AXB, LONG, centre=False)
    centre.faults = before
    assert (event["sendResult"], paras(event)["splitNum"]) == (9, "1")
    # The modem is pulled out while it sends, and no report comes: nobody knows.
    with slow(house, submit=(40.0, 40.0)):
        before = len(house.store.messages.recent(1000))
        bank.post("/network/text", {"from": a.msisdn, "to": AXB, "text": "perhaps"})
        house.until(
            lambda: (
                len(house.store.messages.recent(1000)) > before and house.attempts() == ["writing"]
            ),
            PATIENCE,
            "a send",
        )
        house.passes(0.2)
        bank.fault(AXB, "unplug")
    assert house.event()["sendResult"] == 5
    bank.fault(AXB, "plug")
    house.until(lambda: house.ready(AXB), PATIENCE, "the line")


@covers("3.1/AXE and AXYB have none", "3.3/gateway numbers are refused")
def test_some_texts_are_for_the_operator_only(house: ModeHouse) -> None:
    house.axe("123")
    sender = house.person()
    before = len(house.store.messages.recent(1000))
    sender.do("sms", to=AXE, text="123 hello")
    house.bind()
    house.control.post("/network/text", {"from": "106575550001", "to": AXB, "text": "your code"})

    def kept() -> bool:
        texts = [text.body for text in house.store.messages.operator_inbox(2)]
        return sorted(texts) == ["123 hello", "your code"]

    house.until(kept, PATIENCE, "texts in the operator's inbox")
    assert len(house.store.messages.recent(1000)) == before
