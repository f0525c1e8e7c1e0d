"""AXE with live calls: an extension reaches A, and A calls the last of them back."""

from __future__ import annotations

import pytest

from appliance.model.records import Mode
from tests.exchange.box import ALL
from tests.exchange.live.hearing import hears
from tests.exchange.live.house import ModeHouse
from tests.exchange.live.rows import covers, events
from tests.exchange.live.town import AXE, KEYS, PATIENCE, PROMPTS

CALLED = ["callin", "collectInfo", *ALL[1:]]


@covers(
    *events("AXE called"),
    *events("AXE calls back"),
    "6.4/AXE prompt",
    "6.4/AXE digits in the voice",
    "6.4/AXE digits by report",
    "6.4/AXE collectInfo",
    "6.4/AXE right extension",
    "6.4/AXE calls back",
    "7/enter extension",
    "7/waiting AXE",
)
@pytest.mark.parametrize("x", [AXE, KEYS])
def test_an_extension_reaches_a_and_a_calls_back(house: ModeHouse, x: str) -> None:
    house.app(Mode.AXE, settings={"prompts": {**PROMPTS, "waiting": "wait.wav"}})
    a, binding = house.axe("123", x)
    a.do("auto", answer_after=0.4)  # an answer cuts the waiting tone
    house.axe("124", x)
    caller, last = house.person(answers=0.02), house.person(answers=0.02)
    for each in (caller, last) if x == AXE else (last,):
        told = house.talks(each, x, keys="123")
        assert told.kinds == CALLED
        assert told.info("collectInfo")["digitInfo"] == "123"
        assert "subscriptionId" not in told.info("callin")
        assert told.info("callout")["subscriptionId"] == binding.subscription_id
        fee = told.info("fee")
        assert (fee["serviceType"], fee["extendNumber"], fee["extendNum"]) == ("005", "123", "123")
        assert hears(each, "enter.wav")
        assert hears(each, "wait.wav")
    told = house.talks(a, x)
    assert told.kinds == ALL
    assert told.info("answer")["called"] == last.msisdn
    assert "subscriptionId" not in told.info("callin")


@covers(
    "5.1/8022",
    "5.1/8033",
    "6.4/AXE wrong, again",
    "6.4/AXE wrong, end",
    "6.4/AXE nothing typed",
    "7/wrong extension, again",
    "7/wrong extension, end",
    "7/nothing entered",
)
def test_a_wrong_extension_may_be_tried_again_or_ends_the_call(house: ModeHouse) -> None:
    prompts = {**PROMPTS, "extension-none-end": "none-end.wav"}
    house.app(Mode.AXE, settings={"prompts": prompts, "extension_repeats": 1})
    _, binding = house.axe("123", KEYS)
    caller = house.person()
    house.dials(caller, KEYS)
    house.types(caller, "999")
    house.until(lambda: hears(caller, "wrong.wav"), PATIENCE, "the question once more")
    caller.do("digits", digits="123")
    house.talking(caller)
    caller.do("hangup")
    told = house.told(caller)
    assert told.kinds == ["callin", "collectInfo", "collectInfo", *ALL[1:]]
    typed = [body["statusInfo"]["digitInfo"] for kind, body in told.pushes if kind == "collectInfo"]
    assert typed == ["999", "123"]
    assert told.info("fee")["subscriptionId"] == binding.subscription_id
    house.app(Mode.AXE, settings={"extension_repeats": None})
    house.dials(caller, KEYS)
    house.types(caller, "99#")
    told = house.told(caller)
    assert (told.code, told.kinds[-3:]) == (8022, ["collectInfo", "disconnect", "fee"])
    assert hears(caller, "wrong-end.wav")
    house.dials(caller, KEYS)
    house.types(caller, "#")  # nothing
    told = house.told(caller)
    assert (told.code, told.kinds) == (8033, ["callin", "disconnect", "fee"])
    assert hears(caller, "none-end.wav")


@covers("5.1/7516", "6.4/AXE caller leaves")
def test_a_caller_who_leaves_before_the_extension_is_whole(house: ModeHouse) -> None:
    house.axe("123", KEYS)
    caller = house.person()
    house.dials(caller, KEYS)
    house.types(caller, "12")
    caller.do("hangup")
    told = house.told(caller)
    assert (told.code, told.kinds) == (7516, ["callin", "disconnect", "fee"])


@covers(
    "5.1/8019",
    "6.4/AXE no record, callbackTone",
    "6.4/AXE no record, callbackNum",
    "6.4/AXE no record, the application's own",
    "6.4/AXE record's life",
    "6.4/AXE unbound",
    "7/call-back missing",
)
def test_a_who_has_nobody_to_call_back(house: ModeHouse) -> None:
    tone, _ = house.axe("101", KEYS, call_back_tone="bye.wav")
    assert house.refused(tone, KEYS).code == 8019
    assert hears(tone, "bye.wav")
    desk = house.person(answers=0.02)
    number, _ = house.axe("102", KEYS, call_back_number=desk.msisdn)
    assert house.talks(number, KEYS).info("answer")["called"] == desk.msisdn
    own, binding = house.axe("103", KEYS)
    prompts = {**PROMPTS, "callback-missing": "missing.wav"}
    house.app(Mode.AXE, settings={"prompts": prompts})
    assert house.refused(own, KEYS).code == 8019
    assert hears(own, "missing.wav")
    house.app(Mode.AXE, settings={"callback_number": desk.msisdn})
    assert house.talks(own, KEYS).info("answer")["called"] == desk.msisdn
    # A record that has lapsed is none.
    house.app(Mode.AXE, settings={"callback_number": None, "prompts": PROMPTS})
    house.talks(house.person(answers=0.02), KEYS, keys="103")
    assert house.talks(own, KEYS).code == 0
    house.lapses("call_backs")
    assert house.refused(own, KEYS).code == 8019
    app = house.apps[Mode.AXE]
    house.store.write(
        lambda db: house.store.axe.remove(
            db, app, house.clock.now(), subscription_id=binding.subscription_id
        )
    )
    # Unbound, A is anybody: it would have to know an extension.
    house.dials(own, KEYS)
    house.types(own, "103")
    assert house.told(own).code == 8022
