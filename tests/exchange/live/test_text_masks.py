"""Texts that hide more than the cloud does, with live phones."""

from __future__ import annotations

from appliance.demo.people import Phone
from appliance.model.records import Mode
from tests.exchange.live.house import ModeHouse
from tests.exchange.live.town import AX, AXE


def inbox(phone: Phone) -> list[tuple[str, str]]:
    return [(entry["from"], entry["text"]) for entry in phone.look()["inbox"]]


def test_a_answers_to_a_code_in_place_of_a_number(house: ModeHouse) -> None:
    house.app(Mode.AX, settings={"text_codes": True})
    house.answers({"actions": [{"operation": "DiscardMessage"}]})
    a, _ = house.ax()
    ann, bob = house.person(), house.person()
    for person, code in ((ann, 1), (bob, 2), (ann, 1)):
        event = house.texts(person, AX, "hello")
        assert (event["calling"], event["called"]) == (person.msisdn, a.msisdn)
        a.until_text(f"hello[From @{code}]")
    assert not any(person.msisdn[3:] in text for _, text in inbox(a) for person in (ann, bob))
    assert house.texts(a, AX, "to bob@2")["called"] == bob.msisdn
    bob.until_text("to bob")
    assert inbox(bob) == [(AX, "to bob")]
    # A code that stands for nobody is a question to the application, as in the cloud; a number
    # still is one.
    assert house.texts(a, AX, "to whom@9")["sendResult"] == 6
    assert house.texts(a, AX, f"to ann@{ann.msisdn}")["called"] == ann.msisdn


def test_an_extension_in_front_reaches_a_who_answers_the_last(house: ModeHouse) -> None:
    house.app(Mode.AXE, settings={"text_masking": True})
    a, binding = house.axe("123")
    other, _ = house.axe("124")
    caller = house.person()
    event = house.texts(caller, AXE, "123 are you there?")
    assert (event["called"], event["subscriptionId"]) == (a.msisdn, binding.subscription_id)
    a.until_text("are you there?")
    assert inbox(a) == [(AXE, "are you there?")]
    assert house.texts(a, AXE, "yes")["called"] == caller.msisdn
    caller.until_text("yes")
    assert inbox(caller) == [(AXE, "yes")]
    for sender, text in ((caller, "999 hello"), (caller, "hello"), (other, "to nobody")):
        assert house.texts(sender, AXE, text)["sendResult"] == 2


def test_each_of_axyb_writes_to_the_number_that_it_knows(house: ModeHouse) -> None:
    house.app(Mode.AXYB, settings={"text_masking": True})
    a, binding = house.axyb()
    b = house.person()
    event = house.texts(b, binding.x, "the first")  # finds its Y
    assert (event["called"], event["virtualNumber"]) == (a.msisdn, binding.x)
    a.until_text("the first")
    [(y, _)] = inbox(a)
    assert y != binding.x
    event = house.texts(a, y, "the answer")
    assert (event["called"], event["virtualNumber"]) == (b.msisdn, y)
    b.until_text("the answer")
    assert inbox(b) == [(binding.x, "the answer")]
    assert house.texts(a, binding.x, "to myself")["sendResult"] == 2
    assert house.texts(house.person(), y, "who")["sendResult"] == 2
