"""What answers about a subscription mean, and what is mended."""

from __future__ import annotations

import pytest

from appliance.model import subscription as sub
from appliance.model.subscription import Check, Radio

GOOD: dict[str, list[str] | None] = {
    sub.PIN: ["+CPIN: READY", "OK"],
    sub.CS: ['+CREG: 2,1,"1A2B","00C0FFEE",7', "OK"],
    sub.LTE: ['+CEREG: 2,1,"1A2B","00C0FFEE",7', "OK"],
    sub.IMS: ["+CIREG: 0,1", "OK"],
    sub.WAITING: ["+CCWA: 1,1", "OK"],
    **{command: ["+CCFC: 0,1", "OK"] for command in sub.FORWARDED},
    sub.SHOWN: ["+CLIR: 0,4", "OK"],
    sub.BARRED_OUT: ["+CLCK: 0,1", "OK"],
    sub.BARRED_IN: ["+CLCK: 0", "OK"],
    sub.CENTRE: ['+CSCA: "+8613800755500",145', "OK"],
    sub.HOLDS: ["+CHLD: (0,1,1x,2,2x,3,4)", "OK"],
}


def of(name: str, **changed: list[str] | None) -> Check:
    replies = {**GOOD, **{getattr(sub, place): told for place, told in changed.items()}}
    return next(check for check in sub.judged(replies) if check.name == name)


def test_a_subscription_as_it_should_be() -> None:
    checks = sub.judged(GOOD)
    assert tuple(check.name for check in checks) == sub.NAMES
    assert all(check.works and not check.mend for check in checks)


def test_a_modem_that_says_nothing_is_not_judged() -> None:
    assert {check.works for check in sub.judged({})} == {None}
    failed = {command: ["+CME ERROR: 30"] for command in GOOD}
    assert {check.works for check in sub.judged(failed)} == {None}


@pytest.mark.parametrize(
    ("name", "changed", "works", "code"),
    [
        ("pin", {"PIN": ["+CPIN: SIM PUK", "OK"]}, False, "HOT-011"),
        ("pin", {"PIN": ["+CPIN: SIM PIN", "OK"]}, False, "HOT-001"),
        ("registration", {"CS": ["+CREG: 0,3", "OK"], "LTE": None}, False, "HOT-002"),
        ("registration", {"CS": ["+CREG: 0,2", "OK"], "LTE": None}, False, "HOT-012"),
        ("registration", {"CS": ["+CREG: 0,5", "OK"], "LTE": None}, True, "CHK-102"),
        ("voice", {"CS": ["+CREG: 0,0", "OK"], "IMS": ["+CIREG: 0,0", "OK"]}, False, "HOT-003"),
        ("voice", {"CS": ["+CREG: 0,0", "OK"]}, True, "CHK-103"),
        ("voice", {"IMS": None}, True, "CHK-003"),
        ("call-waiting", {"WAITING": ["+CCWA: 0,1", "OK"]}, False, "HOT-004"),
        ("call-waiting", {"WAITING": ["+CCWA: 0,255", "OK"]}, False, "HOT-004"),
        ("caller-id", {"SHOWN": ["+CLIR: 0,1", "OK"]}, False, "HOT-006"),
        ("caller-id", {"SHOWN": ["+CLIR: 1,4", "OK"]}, False, "HOT-016"),
        ("caller-id", {"SHOWN": ["+CLIR: 2,3", "OK"]}, True, "CHK-006"),
        ("barring", {"BARRED_OUT": ["+CLCK: 1,1", "OK"]}, False, "HOT-007"),
        ("barring", {"BARRED_IN": ["+CLCK: 1,5", "OK"]}, False, "HOT-017"),
        ("barring", {"BARRED_OUT": ["+CLCK: 1,2", "OK"]}, True, "CHK-007"),
        ("service-centre", {"CENTRE": ['+CSCA: "",129', "OK"]}, False, "HOT-008"),
        ("multiparty", {"HOLDS": ["+CHLD: (0,1,2)", "OK"]}, False, "HOT-010"),
        ("hold", {"HOLDS": ["+CHLD: (0,1)", "OK"]}, False, "HOT-009"),
    ],
)
def test_what_is_wrong(
    name: str, changed: dict[str, list[str] | None], works: bool | None, code: str
) -> None:
    check = of(name, **changed)
    assert (check.works, check.code) == (works, code)


def test_diversions_are_erased_one_by_one() -> None:
    replies = {**GOOD, sub.FORWARDED[2]: ['+CCFC: 1,1,"+8613800000009",145,,,20', "OK"]}
    replies[sub.FORWARDED[3]] = ["+CCFC: 1,2", "OK"]  # of data, which nobody calls
    check = next(each for each in sub.judged(replies) if each.name == "forwarding")
    assert (check.facts, check.mend) == ({"to": "+8613800000009"}, ("AT+CCFC=2,4",))


def test_modems_that_need_call_waiting_off() -> None:
    wrong = sub.judged(GOOD, waiting=False)[3]
    assert (wrong.code, wrong.mend) == ("HOT-014", ("AT+CCWA=0,0,1",))


def test_what_calls_have_shown_is_believed_before_what_is_listed() -> None:
    proven = sub.with_proof(sub.judged(GOOD), {"hold": True, "multiparty": False})
    assert [(c.works, c.code) for c in proven[-2:]] == [(True, "CHK-109"), (False, "HOT-010")]


def test_a_centre_that_the_owner_knows_is_set() -> None:
    replies = {**GOOD, sub.CENTRE: ['+CSCA: "",129', "OK"]}
    check = sub.judged(replies, centre="+8613800755500")[7]
    assert check.mend == ('AT+CSCA="+8613800755500",145',)


def test_facts_of_radio() -> None:
    replies = {
        **GOOD,
        "AT+CESQ": ["+CESQ: 99,99,255,255,20,49", "OK"],
    }
    assert sub.radio(replies) == Radio(1, 7, "1A2B", "00C0FFEE", -92)
    assert sub.radio({}) == Radio()
