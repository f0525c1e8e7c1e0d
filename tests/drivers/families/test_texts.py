from __future__ import annotations

import pytest

from drivers.errors import CommandFailed, CommandTimeout, NotSupported
from drivers.families import texts, ussd, watch
from drivers.modem import MessageRef, MessageStored, StorageFull
from tests.drivers.at.pdu_fixtures import FIXTURES, SUBMIT, SUBMIT_OCTETS
from tests.drivers.families.stick import Answers, Stick, framed

PDU = FIXTURES[0].pdu
OTHER = FIXTURES[1].pdu


def test_reading_a_place() -> None:
    answers: Answers = {"AT+CMGR=3": ["+CMGR: 0,,24", PDU.lower(), "OK"]}
    with Stick("quectel", answers) as stick:
        stick.start()

        assert stick.outcome(stick.modem.read_message(MessageRef("ME", 3))) == PDU
        assert 'AT+CPMS="ME"' not in stick.script.commands  # it is selected already


@pytest.mark.parametrize(
    "answer",
    [["OK"], ["+CMS ERROR: 321"], ["+CMS ERROR: Invalid memory index"], ["+CME ERROR: 21"]],
)
def test_an_empty_place(answer: list[str]) -> None:
    with Stick("quectel", {"AT+CMGR=9": answer, "AT+CMGD=9": answer}) as stick:
        stick.start()

        assert stick.outcome(stick.modem.read_message(MessageRef("ME", 9))) is None
        assert stick.outcome(stick.modem.delete_message(MessageRef("ME", 9))) is None


def test_another_storage_is_selected_once() -> None:
    answers: Answers = {"AT+CMGR=1": ["+CMGR: 1,,24", PDU, "OK"]}
    with Stick("quectel", answers) as stick:
        stick.start()
        for _ in range(2):
            assert stick.outcome(stick.modem.read_message(MessageRef("SM", 1))) == PDU
        stick.outcome(stick.modem.delete_message(MessageRef("SM", 1)))

        assert stick.script.count('AT+CPMS="SM"') == 1
        assert stick.script.count("AT+CMGD=1") == 1


def test_a_storage_with_an_impossible_name_is_refused() -> None:
    with Stick("quectel") as stick:
        stick.start()

        error = stick.outcome(stick.modem.read_message(MessageRef('ME";+CPWROFF', 1)))
        assert isinstance(error, CommandFailed)


def test_errors_keep_their_numbers() -> None:
    with Stick("quectel", {"AT+CMGR=3": ["+CMS ERROR: 314"]}) as stick:
        stick.start()
        error = stick.outcome(stick.modem.read_message(MessageRef("ME", 3)))

        assert isinstance(error, CommandFailed)
        assert error.cms == 314


def storages(**pdus: list[str]) -> Answers:
    """A modem with texts in several storages, as CMGL lists them."""
    chosen = ["ME"]

    def choose(name: str) -> object:
        def chosen_now(_: str) -> list[str]:
            chosen[0] = name
            return ["OK"]

        return chosen_now

    def room(_: str) -> list[str]:
        used = len(pdus.get(chosen[0], []))
        return [f'+CPMS: "{chosen[0]}",{used},3,"ME",0,3,"ME",0,3', "OK"]

    def listed(_: str) -> list[str]:
        found = []
        for place, pdu in enumerate(pdus.get(chosen[0], [])):
            found += [f"+CMGL: {place},{place % 2},,{len(pdu) // 2 - 8}", pdu]
        return [*found, "+CMGL: 20,2,,24", PDU, "OK"]

    def read(command: str) -> list[str]:
        place = int(command.partition("=")[2])
        kept = pdus.get(chosen[0], [])
        return ["+CMGR: 0,,24", kept[place], "OK"] if place < len(kept) else ["OK"]

    answers: Answers = {
        'AT+CPMS="ME"': choose("ME"),  # type: ignore[dict-item]
        'AT+CPMS="SM"': choose("SM"),  # type: ignore[dict-item]
        "AT+CPMS?": room,
        "AT+CMGL=4": listed,
    }
    return answers | {f"AT+CMGR={place}": read for place in range(5)}


@pytest.mark.parametrize("make", ["quectel", "huawei"])
def test_a_sweep_finds_what_was_received_in_every_storage(make: str) -> None:
    with Stick(make, storages(ME=[PDU, OTHER], SM=[OTHER])) as stick:
        stick.start()
        found = stick.outcome(stick.modem.sweep_messages())

        assert found == (
            (MessageRef("ME", 0), PDU),
            (MessageRef("ME", 1), OTHER),
            (MessageRef("SM", 0), OTHER),
        )
        # A make whose lists hang is swept place by place.
        assert ("AT+CMGL=4" in stick.script.commands) == (make == "quectel")


def test_a_sweep_of_nothing() -> None:
    with Stick("quectel", storages()) as stick:
        stick.start()

        assert stick.outcome(stick.modem.sweep_messages()) == ()


def test_a_list_that_is_refused_is_replaced_by_reading_each_place() -> None:
    answers = storages(ME=[PDU]) | {"AT+CMGL=4": ["ERROR"], 'AT+CPMS="SM"': ["ERROR"]}
    with Stick("quectel", answers) as stick:
        stick.start()

        assert stick.outcome(stick.modem.sweep_messages()) == ((MessageRef("ME", 0), PDU),)


def test_a_full_storage_is_told() -> None:
    with Stick("quectel", storages(ME=[PDU, PDU, PDU])) as stick:
        stick.start()
        stick.outcome(stick.modem.sweep_messages())

        assert StorageFull("ME") in stick.events.seen


def test_texts_whose_indication_was_lost_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "FIRST_SWEEP", 0.05)
    monkeypatch.setattr(watch, "TICK", 0.05)
    with Stick("quectel", storages(ME=[PDU])) as stick:
        stick.start()

        assert stick.told(1) == [MessageStored(MessageRef("ME", 0))]


def sending(*answer: str) -> Answers:
    return {f"AT+CMGS={SUBMIT_OCTETS}": ["> "], "PDU": list(answer)}


def test_sending_gives_the_reference() -> None:
    with Stick("quectel", sending("+CMGS: 42", "OK")) as stick:
        stick.start()

        assert stick.outcome(stick.modem.send_message(SUBMIT, SUBMIT_OCTETS)) == 42
        assert stick.script.commands[-1] == f"{SUBMIT}\x1a"


@pytest.mark.parametrize("code", [21, 38, 304, 331, 332, 500, 515])
def test_a_refused_text_keeps_its_number(code: int) -> None:
    with Stick("quectel", sending(f"+CMS ERROR: {code}")) as stick:
        stick.start()
        error = stick.outcome(stick.modem.send_message(SUBMIT, SUBMIT_OCTETS))

        assert isinstance(error, CommandFailed)
        assert error.cms == code


def test_a_text_refused_before_the_prompt() -> None:
    with Stick("quectel", {f"AT+CMGS={SUBMIT_OCTETS}": ["+CMS ERROR: 310"]}) as stick:
        stick.start()
        error = stick.outcome(stick.modem.send_message(SUBMIT, SUBMIT_OCTETS))

        assert isinstance(error, CommandFailed)
        assert error.cms == 310


def test_ok_without_a_reference_is_unknown() -> None:
    with Stick("quectel", sending("OK")) as stick:
        stick.start()
        error = stick.outcome(stick.modem.send_message(SUBMIT, SUBMIT_OCTETS))

        assert isinstance(error, CommandTimeout)
        assert error.outcome_unknown


def test_no_answer_behind_ctrl_z_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = texts.commands.send_pdu

    def hasty(pdu: str, octets: int, before: object) -> object:
        from dataclasses import replace

        return replace(quick(pdu, octets), result_timeout=0.1)

    monkeypatch.setattr(texts.commands, "send_pdu", hasty)
    with Stick("quectel", sending()) as stick:
        stick.start()
        error = stick.outcome(stick.modem.send_message(SUBMIT, SUBMIT_OCTETS))

        assert isinstance(error, CommandTimeout)
        assert error.outcome_unknown


@pytest.mark.parametrize(("pdu", "octets"), [("0021\x1a", 1), ("00", 0), ("0g", 1), (SUBMIT, 177)])
def test_what_is_no_pdu_is_not_sent(pdu: str, octets: int) -> None:
    with Stick("quectel") as stick:
        stick.start()
        error = stick.outcome(stick.modem.send_message(pdu, octets))

        assert isinstance(error, CommandFailed)
        assert not [c for c in stick.script.commands if c.startswith("AT+CMGS")]


# --- USSD ---


@pytest.mark.parametrize(
    ("make", "command", "line", "text"),
    [
        ("quectel", 'AT+CUSD=1,"*100#",15', '+CUSD: 0,"Balance 42",15', "Balance 42"),
        ("quectel", 'AT+CUSD=1,"*100#",15', '+CUSD: 0,"4F60597D",72', "你好"),
        ("quectel", 'AT+CUSD=1,"*100#",15', '+CUSD: 0,"one\r\ntwo",15', "one\ntwo"),
        ("huawei", 'AT+CUSD=1,"AA180C3602",15', '+CUSD: 0,"C8329BFD06",15', "Hello"),
    ],
)
@pytest.mark.parametrize("early", [True, False])
def test_the_networks_text(make: str, command: str, line: str, text: str, early: bool) -> None:
    answers: Answers = {command: [line, "OK"] if early else ["OK"]}
    with Stick(make, answers) as stick:
        stick.start()
        token = stick.modem.ussd("*100#")
        if not early:
            stick.script.wait(command)
            stick.wire.say(framed(line))

        assert stick.outcome(token) == text


def test_a_menu_is_closed_behind_us() -> None:
    command = 'AT+CUSD=1,"*100#",15'
    with Stick("quectel", {command: ["OK", '+CUSD: 1,"1 Balance 2 Menu",15']}) as stick:
        stick.start()
        stick.outcome(stick.modem.ussd("*100#"))

        assert "AT+CUSD=2" in stick.script.commands


@pytest.mark.parametrize(
    ("line", "kind"), [("+CUSD: 4", NotSupported), ("+CUSD: 5", CommandFailed)]
)
def test_ussd_that_the_network_refuses(line: str, kind: type) -> None:
    with Stick("quectel", {'AT+CUSD=1,"*1#",15': ["OK", line]}) as stick:
        stick.start()

        assert type(stick.outcome(stick.modem.ussd("*1#"))) is kind


def test_ussd_without_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ussd, "REPLY_LIMIT", 0.05)
    with Stick("quectel") as stick:
        stick.start()

        assert isinstance(stick.outcome(stick.modem.ussd("*1#")), CommandTimeout)


@pytest.mark.parametrize("code", ["", "abc", '*1#"', "*1#\r"])
def test_what_is_no_code(code: str) -> None:
    with Stick("quectel") as stick:
        stick.start()

        assert isinstance(stick.outcome(stick.modem.ussd(code)), CommandFailed)
