"""Numbers, SIMs and registration."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.virtual.errors import BadRequest
from drivers.virtual.numbering import iccid_for, imsi_for, luhn, mask, resolve, subscriber_number
from tests.drivers.virtual.town import A, B, Town


@pytest.mark.parametrize(
    "dialled",
    [
        "+8613900000001",
        "13900000001",
        "8613900000001",
        "008613900000001",
        "013900000001",
        "139 0000-0001",
    ],
)
def test_a_number_is_the_same_in_every_form(dialled: str) -> None:
    assert resolve(dialled) == A


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("110", "110"),
        ("10086", "10086"),
        ("*100#", "*100#"),
        ("075512345678", "+8675512345678"),
        ("0044207946000", "+44207946000"),
        ("", ""),
    ],
)
def test_other_numbers(dialled: str, number: str) -> None:
    assert resolve(dialled) == number


@pytest.mark.parametrize(
    "text", ["", "+", "abc", "110", "+0123456789", "+86139000000011111", "٣٤٥"]
)
def test_nobody_has_such_a_number(text: str) -> None:
    with pytest.raises(BadRequest):
        subscriber_number(text)


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_identities_are_well_formed(msisdn: str) -> None:
    iccid, imsi = iccid_for(msisdn), imsi_for(msisdn)

    assert len(iccid) == 20
    assert iccid.startswith("8986")
    assert luhn(iccid[:-1]) == iccid[-1]
    assert len(imsi) == 15
    assert imsi.startswith("46000")


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert luhn("7992739871") == "3"


def test_a_masked_number_tells_little() -> None:
    assert mask(A) == "+861*****0001"


def test_registration_takes_its_time_and_is_told() -> None:
    with Town() as town:
        (station,) = town.join(A, on=False)
        station.radio(True)
        town.wait(2.9)

        assert town.sets[A].registrations == [2]

        town.wait(2.2)

        assert town.sets[A].registrations == [2, 1]


def test_a_radio_switched_off_in_time_never_registers() -> None:
    with Town() as town:
        (station,) = town.join(A, on=False)
        station.radio(True)
        town.wait(1)
        station.radio(False)
        town.wait(10)

        assert town.sets[A].registrations == [2, 0]


def test_a_lost_network_is_searched_and_found_again() -> None:
    with Town() as town:
        (station,) = town.join(A)
        station.cover(False)
        town.wait(60)

        assert town.sets[A].registrations == [2, 1, 2]

        station.cover(True)
        town.wait(5.1)

        assert town.sets[A].registrations == [2, 1, 2, 1]


def test_a_sim_can_be_denied_and_allowed() -> None:
    with Town() as town:
        (station,) = town.join(A)
        station.allow(False)
        town.wait(6)

        assert town.sets[A].registrations[-1] == 3

        station.allow(True)
        town.wait(6)

        assert town.sets[A].registrations[-1] == 1


def test_a_number_taken_over_belongs_to_the_new_terminal() -> None:
    with Town() as town:
        first, other = town.join(A, B)
        town.connect(other, first)
        (second,) = town.join(A)

        assert town.network.find(A) is second
        town.wait(1)
        assert not first.calls
        assert not other.calls


def test_the_network_speeds_up_its_times() -> None:
    from drivers.virtual.times import Pace, RadioTimes

    slow, fast = (Pace(RadioTimes(), speed, 3) for speed in (1.0, 20.0))

    assert slow.span((2.0, 3.0)) == pytest.approx(20 * fast.span((2.0, 3.0)))
