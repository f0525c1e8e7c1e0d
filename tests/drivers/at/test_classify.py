from __future__ import annotations

import pytest

from drivers.at.classify import Classifier, Meaning, Waiting
from drivers.at.commands import ANSWER, Command, dial, send_pdu
from drivers.at.results import Result
from drivers.at.urcs import Urc
from drivers.families.catalogue import URC_RULES

PDU = "07919471060000F0040C9194511132547600006211228143008005C8329BFD06"


def classify(line: str, command: str | Command | None = None) -> Meaning:
    if isinstance(command, str):
        command = Command(command)
    found = Classifier(URC_RULES).meaning(line, Waiting(command) if command else None)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    "line",
    ["RING", '+CLIP: "+49151",145', '+CMTI: "ME",4', "^CEND:1,23,29,16", "VOICE CALL: BEGIN"],
)
@pytest.mark.parametrize("command", ["AT+CSQ", "AT+CGMI", "AT+CLCC", "AT+CMGR=1", None])
def test_a_urc_inside_a_reply_is_a_urc(line: str, command: str | None) -> None:
    assert isinstance(classify(line, command), Urc)


@pytest.mark.parametrize("line", ["OKAY", "ERRORS", "OK then", "+CME ERRORX: 3", "BUSYBODY"])
def test_a_text_that_begins_like_a_result_ends_nothing(line: str) -> None:
    assert not isinstance(classify(line, "AT+CMGR=1"), Result)


def test_a_registration_line_answers_its_query_only() -> None:
    assert classify("+CREG: 2,1", "AT+CREG?") == "reply"
    assert classify('+CREG: 2,1,"1A2B","01C3",7', "AT+CREG?") == "reply"
    assert classify("+CREG: 2,1,9110,7E6", "AT+CREG?") == "reply"
    assert classify("+CREG: 2,1", "AT+CSQ") == Urc("+CREG", "2,1")


@pytest.mark.parametrize("rest", ["1", '1,"1A2B","01C3",7', "1,9110,7E6", '5,"00","0"'])
def test_a_registration_line_that_can_only_be_a_urc(rest: str) -> None:
    assert classify(f"+CREG: {rest}", "AT+CREG?") == Urc("+CREG", rest)


def test_a_caller_is_told_even_while_the_setting_is_asked_for() -> None:
    assert classify("+CLIP: 1,1", "AT+CLIP?") == "reply"
    assert isinstance(classify('+CLIP: "+49151",145', "AT+CLIP?"), Urc)


def test_words_of_calls_are_results_of_call_commands_only() -> None:
    for word in ("NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE"):
        assert isinstance(classify(word, dial("123")), Result)
        assert isinstance(classify(word, ANSWER), Result)
        assert classify(word, "AT+CSQ") == Urc(word, "")
        assert classify(word) == Urc(word, "")


def test_an_ended_call_is_never_part_of_a_list() -> None:
    assert classify('+CLCC: 1,1,4,0,0,"+49",145', "AT+CLCC") == "reply"
    assert isinstance(classify('+CLCC: 1,1,6,0,0,"+49",145', "AT+CLCC"), Urc)


def test_echoes_are_dropped() -> None:
    assert classify("AT+CSQ", "AT+CSQ") == "echo"
    assert classify("ATE0", None) == "stray"


def test_a_pdu_belongs_to_the_urc_that_announced_it() -> None:
    classifier = Classifier(URC_RULES)
    waiting = Waiting(Command("AT+CMGR=3"))

    assert classifier.meaning("+CMT: ,24", waiting) == ["held"]
    assert classifier.meaning(PDU, waiting) == [Urc("+CMT", ",24", PDU)]
    assert classifier.meaning(PDU, waiting) == ["reply"]


def test_a_urc_whose_pdu_does_not_come_takes_nothing_away() -> None:
    classifier = Classifier(URC_RULES)
    waiting = Waiting(Command("AT+CSQ"))
    classifier.meaning("+CDS: 25", waiting)
    found = classifier.meaning("OK", waiting)

    assert found[0] == Urc("+CDS", "25")
    assert isinstance(found[1], Result)


def test_a_pdu_of_the_wrong_length_is_not_the_announced_one() -> None:
    classifier = Classifier(URC_RULES)
    waiting = Waiting(Command("AT+CMGR=3"))
    classifier.meaning("+CMT: ,99", waiting)

    assert classifier.meaning(PDU, waiting) == [Urc("+CMT", ",99"), "reply"]


def test_a_quote_that_never_ends_takes_no_other_unsolicited_line_with_it() -> None:
    classifier = Classifier(URC_RULES)
    assert classifier.meaning('+CUSD: 0,"Bal', None) == ["held"]
    assert classifier.meaning("ance: 5", None) == ["held"]
    assert classifier.meaning('+CMTI: "ME",4', None) == [
        Urc("+CUSD", '0,"Bal\nance: 5'),
        Urc("+CMTI", '"ME",4'),
    ]
    assert classifier.meaning("RING", None) == [Urc("RING", "")]


def test_a_quoted_text_may_run_over_lines() -> None:
    classifier = Classifier(URC_RULES)

    assert classifier.meaning('+CUSD: 0,"Balance', None) == ["held"]
    assert classifier.meaning('OK, 42",15', None) == [Urc("+CUSD", '0,"Balance\nOK, 42",15')]


def test_an_unknown_urc_stays_out_of_a_reply() -> None:
    assert classify("+QNEW: 1", "AT+CSQ") == "stray"
    assert classify("Quectel", "AT+CGMI") == "reply"
    assert classify("+QNEW: 1", Command("AT+QNEW?", raw=True)) == "reply"


def test_the_pdu_that_was_sent_may_be_echoed() -> None:
    waiting = Waiting(send_pdu(PDU, 24))
    waiting.echoes.add(PDU)

    assert Classifier(URC_RULES).meaning(PDU, waiting) == ["echo"]
