"""Forms of numbers, what may be dialled, what a log may show."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import BadInput, Refused
from appliance.model import numbers

mobiles = st.from_regex(r"\+861[3-9][0-9]{9}", fullmatch=True)
fixed_lines = st.one_of(
    st.from_regex(r"\+86755[2-8][0-9]{7}", fullmatch=True),
    st.from_regex(r"\+8610[2-8][0-9]{7}", fullmatch=True),
    st.from_regex(r"\+86579[2-8][0-9]{6,7}", fullmatch=True),
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("+8613900000001", "+8613900000001"),
        ("8613900000001", "+8613900000001"),
        ("008613900000001", "+8613900000001"),
        ("13900000001", "+8613900000001"),
        ("013900000001", "+8613900000001"),
        (" 8613900000001", "+8613900000001"),
        (" 13900000001", "+8613900000001"),
        ("+86 139-0000-0001", "+8613900000001"),
        ("＋８６１３９００００００" + "０１", "+8613900000001"),
        ("+8617000000001", "+8617000000001"),
        ("0755-28000001", "+8675528000001"),
        ("(0755) 2800 0001", "+8675528000001"),
        ("+8675528000001", "+8675528000001"),
        ("+86075528000001", "+8675528000001"),
        ("8675528000001", "+8675528000001"),
        ("010 62000001", "+861062000001"),
        ("02162000001", "+862162000001"),
        ("4008001234", "+864008001234"),
        ("+8695588", "+8695588"),
        ("+14155550123", "+14155550123"),
        ("+852 2123 4567", "+85221234567"),
        ("0044 20 7946 0000", "+442079460000"),
    ],
)
def test_forms_that_clients_send(written: str, expected: str) -> None:
    assert numbers.normalise(written) == expected


@pytest.mark.parametrize(
    "written",
    ["", " ", "+", "abc", "110", "+86110", "12", "10086", "+8612900000001", "+86139000000011",
     "1390000000", "+8699900000001", "0999", "28000001", "tel:+8613900000001", "+86",
     "13900000001;13900000002", "+0123456789", "9" * 21, "1390000000١", "\x0013900000001"],
)  # fmt: skip
def test_what_is_no_number(written: str) -> None:
    with pytest.raises(BadInput, match=r"^not a telephone number$"):
        numbers.normalise(written)


def test_other_home_countries_follow_the_metadata() -> None:
    assert numbers.normalise("07400 123456", "GB") == "+447400123456"
    assert numbers.is_mobile("+447400123456", "GB")
    assert numbers.is_fixed("+442079460000", "GB")
    assert not numbers.is_mobile("+8613900000001", "GB")
    assert numbers.normalise("+86 13900000001", "GB") == "+8613900000001"


@given(st.one_of(mobiles, fixed_lines))
def test_every_spelling_comes_back_to_one_form(msisdn: str) -> None:
    national = msisdn[3:]
    fixed = not numbers.is_mobile(msisdn)
    spellings = [
        msisdn,
        msisdn[1:],
        "00" + msisdn[1:],
        " " + msisdn[1:],
        f"+86 {national[:3]}-{national[3:]}",
        "0" + national,
        *([] if fixed else [national]),
    ]
    assert {numbers.normalise(spelling) for spelling in spellings} == {msisdn}
    assert numbers.is_fixed(msisdn) is fixed


@given(mobiles)
def test_mainland_mobiles_are_possible_numbers_for_the_metadata_too(msisdn: str) -> None:
    assert phonenumbers.is_possible_number(phonenumbers.parse(msisdn, None))


@given(st.text(max_size=30))
def test_whatever_is_sent_gives_international_form_or_a_refusal(text: str) -> None:
    try:
        found = numbers.normalise(text)
    except BadInput:
        return
    assert re.fullmatch(r"\+[1-9][0-9]{4,18}", found, re.ASCII)
    assert numbers.normalise(found) == found


@given(st.text(max_size=80))
def test_a_caller_is_always_something_or_nobody(text: str) -> None:
    found = numbers.caller_id(text)
    assert (found is None) == (not text.strip())
    assert found is None or 1 <= len(found) <= 64


def test_callers_as_networks_show_them() -> None:
    assert numbers.caller_id("13900000001") == "+8613900000001"
    assert numbers.caller_id("10086") == "10086"
    assert numbers.caller_id(None) is None


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+8613900000001", "+861*****0001"),
        ("+8675528000001", "+867*****0001"),
        ("1065123456", "1065*****3456"),
        ("10086", "*****86"),
        ("110", "*****"),
        ("", "*****"),
    ],
)
def test_masks(number: str, shown: str) -> None:
    assert numbers.mask(number) == shown


@given(mobiles)
def test_a_mask_hides_the_middle(msisdn: str) -> None:
    shown = numbers.mask(msisdn)
    assert msisdn not in shown
    assert shown.count("*") == 5
    assert sum(character.isdigit() for character in shown) == 7


@pytest.mark.parametrize(
    "sender", ["10086", "10690000123", "+8610690000123", "95588", "CMCC", "12306", "12345678901a"]
)
def test_service_senders(sender: str) -> None:
    assert numbers.is_service_sender(sender)


@given(st.one_of(mobiles, fixed_lines))
def test_people_are_no_service_senders(msisdn: str) -> None:
    assert not numbers.is_service_sender(msisdn)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        *[(f"+86{code}", "emergency") for code in sorted(numbers.EMERGENCY) if len(code) == 3],
        ("+860110", "emergency"),
        ("+86010110", "emergency|neither"),
        ("110", "international form"),
        ("13900000001", "international form"),
        ("+8613900000001;", "international form"),
        ("+86139,0000", "international form"),
        ("*31#+8613900000001", "international form"),
        ("+86 13900000001", "international form"),
        ("+8610086", "neither"),
        ("+8695588", "neither"),
        ("+864008001234", "neither"),
        ("+8612000000000", "neither"),
        ("+8675511000001", "neither"),
        ("+14155550123", "outside"),
        ("+85221234567", "outside"),
        ("+8617000000001", "own"),
    ],
)
def test_what_is_never_dialled(number: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as refusal:
        numbers.dial_check(number, {"+8617000000001"})
    assert refusal.value.reason == "dial-unsafe"
    assert number not in str(refusal.value) or len(number) <= 4


@given(st.one_of(mobiles, fixed_lines))
def test_people_may_be_dialled(msisdn: str) -> None:
    numbers.dial_check(msisdn, ())
    with pytest.raises(Refused):
        numbers.dial_check(msisdn, {msisdn})  # and only because it is not the box's own


def test_services_are_open_to_who_may_call_them_and_the_world_to_nobody() -> None:
    numbers.dial_check("+8695588", (), service=True)
    numbers.dial_check("+864008001234", (), service=True)
    for number in ("+86110", "+8610086", "+14155550123", "+112"):
        with pytest.raises(Refused):
            numbers.dial_check(number, (), service=True)
