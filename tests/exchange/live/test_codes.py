"""State codes: each by a live call that comes to the end that the code stands for."""

from __future__ import annotations

from appliance.model.records import Mode
from tests.exchange.live.hearing import hears
from tests.exchange.live.house import ModeHouse, slow
from tests.exchange.live.rows import covers
from tests.exchange.live.town import ASKED, AXB, AXE, KEYS


@covers(
    "5.1/7503",
    "5.1/7504",
    "5.1/7506",
    "5.1/8100",
    "5.1/8103",
    "5.1/8104",
    "5.1/8105",
)
def test_a_callee_that_cannot_be_had(house: ModeHouse) -> None:
    a, b, _ = house.bind()
    for cause, code in ((21, 7504), (41, 7506), (27, 8103), (55, 8105)):
        house.fails(b, cause)
        told = house.refused(a, AXB)
        assert (told.code, told.info("fee")["fwdUnaswRsn"]) == (code, cause)
        assert "alerting" not in told.kinds
    b.do("auto", answer_after=None)
    house.dials(a, AXB)
    b.until("ringing")
    b.do("reject")
    told = house.told(a)
    assert (told.code, told.info("fee")["fwdUnaswRsn"]) == (7503, 21)
    b.do("power", on=False)
    assert house.refused(a, AXB).code == 8104
    b.do("power", on=True)
    b.leave()
    del house.present[b.msisdn]
    assert house.refused(a, AXB).code == 8100


@covers("5.1/8101", "5.1/8035", "6.1/ring limit")
def test_a_callee_that_does_not_answer(house: ModeHouse) -> None:
    a, b, _ = house.bind()
    b.do("auto", answer_after=None)
    told = house.refused(a, AXB)  # the network's own timer is shorter than the box's
    assert (told.code, told.info("fee")["fwdUnaswRsn"]) == (8101, 19)
    house.app(Mode.AXB, settings={"connect": ["bridge"], "early_dial": True})
    told = house.refused(a, AXB)  # B is given up before A's network would give up A
    assert (told.code, told.record.ended_by) == (8035, "box")
    assert a.look()["calls"][-1]["answered"] is None


@covers("5.1/7501", "5.1/7502")
def test_a_caller_who_gives_up(house: ModeHouse) -> None:
    a, b, _ = house.bind(pre_voice_caller="wait.wav")
    b.do("auto", answer_after=None)
    house.dials(a, AXB)
    b.until("ringing")
    a.do("hangup")
    assert house.told(a).code == 7502
    house.dials(a, AXB)
    a.until("active")
    with slow(house, setup=(200.0, 200.0)):
        house.record(a, lambda call: call.forward_at, "B is dialled")
        a.do("hangup")
        told = house.told(a)
    assert (told.code, "alerting" in told.kinds) == (7501, False)


@covers("5.1/7108", "5.1/8055", "7/no permission")
def test_an_application_or_a_number_that_may_not_call(house: ModeHouse) -> None:
    a, _, _ = house.bind()
    house.app(Mode.AXB, frozen=True)
    assert house.refused(a, AXB).code == 7108
    assert hears(a, "refused.wav")
    house.app(Mode.AXB, frozen=False, active=False)
    assert house.refused(a, AXB).code == 8018
    house.app(Mode.AXB, active=True, settings={"prompts": None})
    number = house.store.numbers.by_msisdn(AXB)
    assert number is not None
    for status, cause in ((9, None), (10, "3")):
        house.store.write(
            lambda db, status=status, cause=cause: house.store.numbers.update(
                db, number.number_id, status=status, cause=cause
            )
        )
        assert house.refused(a, AXB).code == 8055


@covers("5.1/522", "5.1/7508", "7/business error")
def test_a_call_that_the_box_has_no_way_to_make(house: ModeHouse) -> None:
    house.axe("123")
    caller = house.person()
    house.app(Mode.AXE, settings={"connect": ["conference"]})
    house.dials(caller, AXE)
    house.types(caller, "123")
    assert house.told(caller).code == 7508  # this modem can't join calls
    assert hears(caller, "error.wav")
    house.app(Mode.AXE, settings={"connect": None})
    # The one trunk is taken by a call that is recorded.
    a, _, _ = house.bind(record=True)
    house.dials(a, AXB)
    house.talking(a)
    house.dials(caller, AXE)
    house.types(caller, "123")
    assert house.told(caller).code == 522
    assert hears(caller, "error.wav")
    a.do("hangup")
    assert house.told(a).code == 0


@covers("5.1/7507", "5.1/8006")
def test_a_recording_without_its_notice_is_not_made_and_neither_is_the_call(
    house: ModeHouse,
) -> None:
    house.app(Mode.AXB, settings={"prompts": None})
    house.app(Mode.X, settings={"prompts": None})
    a, b, _ = house.bind(record=True, record_hint="gone.wav")
    assert house.refused(a, AXB).code == 7507
    said = {"calleeNum": b.msisdn, "waitVoice": "gone.wav"}
    house.answers({"operation": "connect", "connectInfo": said})
    assert house.refused(a, ASKED).code == 8006
    assert not b.look()["calls"]


@covers("5.1/8008")
def test_a_line_without_a_voice_port_can_ask_for_no_extension(alone_house: ModeHouse) -> None:
    house = alone_house
    house.axe("123", x=KEYS)
    number = house.store.numbers.by_msisdn(KEYS)
    assert number is not None
    mute = {"voice": False}  # as its commissioning found
    house.store.write(lambda db: house.store.numbers.update(db, number.number_id, settings=mute))
    caller = house.person()
    told = house.refused(caller, KEYS)
    assert (told.code, told.kinds) == (8008, ["callin", "disconnect", "fee"])
    assert told.info("disconnect")["stateDesc"] == "Digits cannot be collected."
    assert caller.look()["calls"][-1]["answered"] is None


@covers("5.1/7102")
def test_a_call_whose_worker_fails_ends_with_an_internal_error(alone_house: ModeHouse) -> None:
    house = alone_house
    a, b, made = house.bind()
    b.do("auto", answer_after=None)
    house.dials(a, AXB)
    b.until("ringing")
    house.stumble(AXB)
    told = house.told(a)
    assert (told.code, told.info("fee")["ulFailReason"]) == (7102, 7102)
    assert told.info("disconnect")["subscriptionId"] == made.subscription_id
    assert told.kinds.count("fee") == 1
    house.until(lambda: house.ready(AXB), 60, "the line, started anew")
    b.do("auto", answer_after=0.02)
    assert house.talks(a, AXB).code == 0
