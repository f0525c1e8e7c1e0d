"""Texts from a terminal over the SMS centre to another, and what is reported back."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from smspdudecoder.easy import read_incoming_sms

from drivers.virtual.pdu import Body, Concat, Deliver, StatusReport, Submit, join, split
from drivers.virtual.smsc import ADDRESS, ZONE
from drivers.virtual.station import Station
from tests.drivers.virtual.town import A, B, Town

HELLO = split("Hello")[0]


def send(town: Town, sender: Station, submit: Submit, seconds: float = 4.1) -> list[int | None]:
    outcome: list[int | None] = []
    sender.submit(submit.encode(), outcome.append)
    town.wait(seconds)
    return outcome


def received(town: Town, number: str) -> list[Deliver]:
    return [Deliver.decode(t) for t in town.sets[number].tpdus if t[0] & 3 == 0]


def reports(town: Town, number: str) -> list[StatusReport]:
    return [StatusReport.decode(t) for t in town.sets[number].tpdus if t[0] & 3 == 2]


def test_a_text_is_taken_and_delivered_in_the_airs_own_time() -> None:
    with Town() as town:
        a, _ = town.join(A, B)
        assert send(town, a, Submit("13900000002", HELLO, 7), 1.9) == []
        town.wait(2.2)
        assert town.sets[B].tpdus == []
        town.wait(3)
        (deliver,) = received(town, B)
        assert (deliver.sender, deliver.sender_kind) == (A, 0x91)
        assert join([deliver.body]) == "Hello"
        assert deliver.at is not None
        assert deliver.at.tzinfo is not None
        assert deliver.at.utcoffset() == ZONE.utcoffset(None)
        assert abs((deliver.at - town.wall()).total_seconds()) < 8
        assert not deliver.more


def test_an_outside_decoder_reads_what_is_on_the_air() -> None:
    with Town() as town:
        a, _ = town.join(A, B)
        send(town, a, Submit(B, split("你好，世界")[0]), 9)
        tpdu = town.sets[B].tpdus[0]
        read = read_incoming_sms("00" + tpdu.hex().upper())
        assert read["content"] == "你好，世界"
        assert read["sender"].lstrip("+") == A.lstrip("+")


def test_user_data_and_headers_pass_through_unchanged() -> None:
    with Town() as town:
        a, _ = town.join(A, B)
        body = Body(0x04, bytes(range(100)), Concat(77, 3, 2, True).element())
        send(town, a, Submit(B, body, pid=0x41), 9)
        (deliver,) = received(town, B)
        assert deliver.body == body
        assert deliver.pid == 0x41


def test_parts_arrive_in_order_and_say_that_more_waits() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        b.radio(False)
        for place, body in enumerate(split("long " * 90, 9)):
            send(town, a, Submit(B, body, place))
        b.radio(True)
        town.wait(20)
        parts = received(town, B)
        assert [p.body.concat.sequence for p in parts if p.body.concat] == [1, 2, 3]
        assert [p.more for p in parts] == [True, True, False]
        assert join(p.body for p in parts) == "long " * 90


def test_a_recipient_who_is_off_gets_it_on_return() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        b.radio(False)
        assert send(town, a, Submit(B, HELLO), 3600) == [None]
        assert town.network.smsc.waiting(B) == 1
        b.radio(True)
        town.wait(8.1)
        assert len(received(town, B)) == 1
        assert town.network.smsc.waiting(B) == 0


def test_a_full_memory_is_tried_again_and_at_once_when_told_of_room() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        town.sets[B].refusal = 22
        send(town, a, Submit(B, HELLO), 3000)
        town.sets[B].refusal = None
        b.memory_available()
        town.wait(3.1)
        assert len(received(town, B)) == 1


def test_a_full_memory_is_tried_again_without_being_told() -> None:
    with Town() as town:
        a, _ = town.join(A, B)
        town.sets[B].refusal = 22
        send(town, a, Submit(B, HELLO), 10)
        town.sets[B].refusal = None
        town.wait(60)
        assert len(received(town, B)) == 1


def test_a_report_names_the_submit_and_its_outcome() -> None:
    with Town() as town:
        a, _ = town.join(A, B)
        send(town, a, Submit("13900000002", HELLO, 200, report=True), 20)
        (report,) = reports(town, A)
        (deliver,) = received(town, B)
        assert (report.reference, report.number, report.status) == (200, "13900000002", 0)
        assert report.at == deliver.at
        assert report.discharged is not None
        assert report.at is not None
        assert report.discharged > report.at


def test_no_report_unless_asked() -> None:
    with Town() as town:
        a, _ = town.join(A, B)
        send(town, a, Submit(B, HELLO), 60)
        assert reports(town, A) == []


def test_a_network_may_drop_reports() -> None:
    with Town() as town:
        (a,) = town.join(A, reports=False)
        town.join(B)
        send(town, a, Submit(B, HELLO, report=True), 60)
        assert len(received(town, B)) == 1
        assert reports(town, A) == []


def test_a_report_may_be_late() -> None:
    with Town() as town:
        (a,) = town.join(A, report_delay=600.0)
        town.join(B)
        send(town, a, Submit(B, HELLO, report=True), 600)
        assert reports(town, A) == []
        town.wait(20)
        assert len(reports(town, A)) == 1


@pytest.mark.parametrize("number", ["+8613999999999", "10086"])
def test_an_unknown_number_is_taken_and_reported_as_not_obtainable(number: str) -> None:
    with Town() as town:
        (a,) = town.join(A)
        assert send(town, a, Submit(number, HELLO, 3, report=True), 20) == [None]
        (report,) = reports(town, A)
        assert (report.number, report.status) == (number, 0x43)


def test_a_text_nobody_fetches_expires() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        b.radio(False)
        submit = Submit(B, HELLO, 3, report=True, validity=bytes([0]))  # five minutes
        send(town, a, submit, 400)
        (report,) = reports(town, A)
        assert report.status == 0x46
        b.radio(True)
        town.wait(60)
        assert received(town, B) == []


def test_what_is_no_submit_is_refused() -> None:
    with Town() as town:
        (a,) = town.join(A)
        outcome: list[int | None] = []
        a.submit(b"\x00\x01", outcome.append)
        town.wait(4.1)
        assert outcome == [111]


def test_without_network_nothing_is_taken() -> None:
    with Town() as town:
        (a,) = town.join(A)
        a.radio(False)
        assert send(town, a, Submit(B, HELLO)) == [38]


def test_refusals_and_lost_answers_can_be_ordered() -> None:
    with Town() as town:
        a, _ = town.join(A, B)
        town.network.smsc.faults.refuse, town.network.smsc.faults.refusals = 41, 1
        assert send(town, a, Submit(B, HELLO)) == [41]
        town.network.smsc.faults.mute = 1
        assert send(town, a, Submit(B, HELLO), 60) == []
        assert len(received(town, B)) == 1
        assert send(town, a, Submit(B, HELLO), 60) == [None]
        assert len(received(town, B)) == 2


def test_a_text_to_oneself_arrives() -> None:
    with Town() as town:
        (a,) = town.join(A)
        send(town, a, Submit(A, HELLO, report=True), 30)
        assert len(received(town, A)) == 1
        assert len(reports(town, A)) == 1


def test_every_tpdu_on_the_air_is_on_record() -> None:
    with Town() as town:
        a, _ = town.join(A, B)
        submit = Submit(B, HELLO, 5, report=True)
        send(town, a, submit, 30)
        air = town.network.journal.of_kind("pdu")
        assert [(e["line"], e["direction"]) for e in air] == [(A, "up"), (B, "down"), (A, "down")]
        assert air[0]["hex"] == submit.encode().hex().upper()
        assert air[1]["hex"] == town.sets[B].tpdus[0].hex().upper()
        assert {e["smsc"] for e in air} == {ADDRESS}


@pytest.mark.parametrize(
    ("octet", "seconds"),
    [(0, 300), (143, 43_200), (144, 45_000), (167, 86_400), (168, 172_800), (197, 5 * 604_800)],
)
def test_relative_validity_periods(octet: int, seconds: float) -> None:
    with Town() as town:
        assert town.network.smsc._validity(bytes([octet])) == seconds


_STEPS = st.sampled_from(["send", "off", "on", "full", "room", "gone", "back", "wait", "long"])


@settings(max_examples=80, deadline=None)
@given(st.lists(_STEPS, max_size=25))
def test_every_text_that_was_taken_arrives_once_and_is_reported_once(steps: list[str]) -> None:
    with Town() as town:
        a, b = town.join(A, B)
        taken: list[int] = []
        sent = 0
        actions = {
            "off": lambda: b.radio(False),
            "on": lambda: b.radio(True),
            "full": lambda: setattr(town.sets[B], "refusal", 22),
            "room": lambda: setattr(town.sets[B], "refusal", None),
            "gone": lambda: b.cover(False),
            "back": lambda: b.cover(True),
            "wait": lambda: town.wait(1.3),
            "long": lambda: town.wait(45),
        }
        for step in steps:
            if step == "send":
                sent += 1
                a.submit(
                    Submit(B, split(f"text {sent}")[0], sent, report=True).encode(),
                    lambda cause, number=sent: taken.append(number) if cause is None else None,
                )
            else:
                actions[step]()
        for step in ("on", "back", "room"):
            actions[step]()
        town.wait(1000)

        texts = [join([deliver.body]) for deliver in received(town, B)]
        assert texts == [f"text {number}" for number in taken]
        assert len(taken) == sent
        assert sorted(r.reference for r in reports(town, A)) == sorted(taken)
        assert {r.status for r in reports(town, A)} <= {0}
