"""What the platform pushes of texts: behaviour.md §3, AXB."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.whole.mirror.stage import Stage, check_signature
from tests.whole.mirror.town import X, person
from tests.whole.mirror.wire import Json


class TestTexts:
    """§3, AXB."""

    KEYS = (
        "smsIdentifier",
        "notificationMode",
        "calling",
        "called",
        "virtualNumber",
        "event",
        "timeStamp",
        "subscriptionId",
        "smsContent",
        "sendResult",
        "extInfo",
        "userData",
    )

    def notice(self, stage: Stage, start: str) -> Json:
        (push,) = stage.receiver.wait(start + "sms", 1)
        check_signature(push, stage.shop)
        assert list(push.json) == ["appKey", "smsEvent"]
        assert push.json["appKey"] == stage.shop.key
        event = push.json["smsEvent"]
        assert list(event) == [key for key in self.KEYS if key in event]
        assert 1 <= len(event["smsIdentifier"]) <= 64
        assert event["notificationMode"] == "Notify"
        assert event["event"] == "Text SMS "
        assert event["virtualNumber"] == X
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["timeStamp"])
        at = datetime.strptime(event["timeStamp"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        assert abs(push.arrived - at) < timedelta(seconds=10)
        assert type(event["sendResult"]) is int
        assert list(event["extInfo"]) == ["extParas"]
        assert all(set(one) == {"key", "value"} for one in event["extInfo"]["extParas"])
        assert all(isinstance(one["value"], str) for one in event["extInfo"]["extParas"])
        return dict(event)

    def extras(self, event: Json) -> dict[str, str]:
        return {one["key"]: one["value"] for one in event["extInfo"]["extParas"]}

    @pytest.mark.parametrize(("way", "direction"), [("A writes", "1"), ("B writes", "0")])
    def test_both_ways(self, stage: Stage, way: str, direction: str) -> None:
        start = stage.fresh("sms")
        a, b, one = stage.bind(userData="order-17")
        sender, receiver = (a, b) if way == "A writes" else (b, a)
        stage.phone(receiver)
        stage.phone(sender).do("sms", to=X, text=f"on my way, {way}")
        arrived = stage.phone(receiver).until_text(f"on my way, {way}")
        assert arrived["from"] == X
        event = self.notice(stage, start)
        assert (event["calling"], event["called"]) == (sender, receiver)
        assert event["subscriptionId"] == one
        assert event["smsContent"] == f"on my way, {way}"
        assert event["sendResult"] == 0
        assert event["userData"] == "order-17"
        assert self.extras(event) == {"splitNum": "1", "direction": direction}

    def test_a_long_chinese_text_is_told_once(self, stage: Stage) -> None:
        start = stage.fresh("sms")
        a, b, _ = stage.bind()
        words = "我在路口等你，" * 20  # 140 characters
        stage.phone(b)
        stage.phone(a).do("sms", to=X, text=words)
        assert stage.phone(b).until_text(words)["from"] == X
        event = self.notice(stage, start)
        assert event["smsContent"] == words
        assert self.extras(event) == {"splitNum": "3", "direction": "1"}
        assert "userData" not in event

    def test_a_stranger(self, stage: Stage) -> None:
        start = stage.fresh("sms")
        sender = person()
        stage.phone(sender).do("sms", to=X, text="who is there?")
        event = self.notice(stage, start)
        assert event["sendResult"] == 2
        assert event["calling"] == sender
        assert "called" not in event
        assert event["subscriptionId"] == ""
        assert self.extras(event) == {"splitNum": "0", "direction": "2"}

    def test_a_relation_without_texts(self, stage: Stage) -> None:
        start = stage.fresh("sms")
        a, b, one = stage.bind(privateSms="false")
        stage.phone(b)
        stage.phone(a).do("sms", to=X, text="not for you")
        event = self.notice(stage, start)
        assert event["sendResult"] == 11
        assert "called" not in event
        assert event["subscriptionId"] == one
        assert self.extras(event)["splitNum"] == "0"
        assert stage.phone(b).look()["inbox"] == []

    def test_content_is_told_only_if_the_owner_allows_it(self, stage: Stage) -> None:
        stage.town.house.command("app", "set", stage.shop.name, "--no-sms-content")
        try:
            start = stage.fresh("sms")
            stage.phone(person()).do("sms", to=X, text="secret")
            event = self.notice(stage, start)
            assert "smsContent" not in event
        finally:
            stage.town.house.command("app", "set", stage.shop.name, "--sms-content")

    def test_the_network_takes_nothing(self, stage: Stage) -> None:
        start = stage.fresh("sms")
        a, b, one = stage.bind(userData="order-17")
        stage.phone(b)
        bank = stage.town.house.bank
        bank.post("/network/sms", {"refuse": 1, "times": 100})
        try:
            bank.post("/network/text", {"from": a, "to": X, "text": "never"})
            event = self.notice(stage, start)
        finally:
            bank.post("/network/sms", {"refuse": 1, "times": 0})
        assert event["sendResult"] == 10
        assert (event["calling"], event["subscriptionId"]) == (a, one)
        assert "called" not in event
        assert self.extras(event) == {"splitNum": "0", "direction": "1"}
        assert stage.phone(b).look()["inbox"] == []

    def test_a_notice_that_fails_comes_again_and_the_text_does_not(self, stage: Stage) -> None:
        start = stage.fresh("sms")
        a, b, _ = stage.bind()
        stage.phone(b)
        answers = iter([500, 404])
        stage.receiver.answer(lambda _path, _body: next(answers, 200))
        stage.phone(a).do("sms", to=X, text="once")
        pushes = stage.receiver.wait(start + "sms", 3)
        assert [push.answered for push in pushes] == [500, 404, 200]
        assert len({push.body for push in pushes}) == 1
        assert len({check_signature(push, stage.shop) for push in pushes}) == 3
        assert len(stage.phone(b).look()["inbox"]) == 1
