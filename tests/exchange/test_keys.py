"""Keys told by the modem and heard in the voice: each press once, whichever witness comes first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.exchange.keys import Keys
from appliance.model import call_effects as fx
from appliance.model import call_events as ev
from tests.model.call_world import World

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
HELD = 0.1


def told(*witnessed: tuple[str, str, float]) -> str:
    """Return the presses taken of (witness, digits, seconds of the first, 0.2 s apart)."""
    moments = sorted(
        (at + 0.2 * place, witness, digit)
        for witness, digits, at in witnessed
        for place, digit in enumerate(digits)
    )
    keys = Keys()
    taken = ""
    for at, witness, digit in moments:
        moment = START + timedelta(seconds=at)
        reported = witness == "modem"
        new = keys.reported(moment, digit) if reported else keys.heard(moment, digit, HELD)
        taken += digit if new else ""
    return taken


@pytest.mark.parametrize("lag", [-1.0, -0.3, -0.05, 0.05, 0.3, 1.0])
@pytest.mark.parametrize("digits", ["1", "55", "5555", "1221", "0D#*A00"])
def test_two_witnesses_make_no_doubles(digits: str, lag: float) -> None:
    assert told(("voice", digits, 0.0), ("modem", digits, lag)) == digits


@pytest.mark.parametrize("witness", ["voice", "modem"])
def test_one_witness_is_enough(witness: str) -> None:
    assert told((witness, "112#", 0.0)) == "112#"


def test_a_press_that_one_witness_missed_is_told_by_the_other() -> None:
    assert told(("voice", "1234", 0.0), ("modem", "134", 0.02)) == "1234"
    assert told(("modem", "99", 0.0), ("voice", "9", 0.25)) == "99"


def test_a_key_held_for_long_is_one_press_when_the_modem_tells_its_beginning() -> None:
    keys = Keys()
    assert keys.reported(START, "7")
    assert not keys.heard(START + timedelta(seconds=4.0), "7", 4.0)
    assert keys.heard(START + timedelta(seconds=5.0), "7", HELD)


def test_the_same_key_pressed_again_later_is_new() -> None:
    keys = Keys()
    assert keys.heard(START, "7", HELD)
    assert keys.reported(START + timedelta(seconds=2.0), "7")


@given(st.text("0123456789*#ABCD", max_size=12), st.sets(st.integers(0, 11)), st.booleans())
def test_whatever_one_witness_misses_the_sequence_stands(
    digits: str, missed: set[int], modem_misses: bool
) -> None:
    keys = Keys()
    taken = 0
    for place, digit in enumerate(digits):
        at = START + timedelta(seconds=2.0 * place)
        if not modem_misses or place not in missed:
            taken += keys.reported(at, digit)
        if modem_misses or place not in missed:
            taken += keys.heard(at + timedelta(seconds=0.1), digit, HELD)
    assert taken == len(digits)


def test_a_bridge_passes_each_key_on_by_the_other_legs_modem() -> None:
    world = World().talking_over_bridge()
    listening = {effect.leg for effect in world.effects if isinstance(effect, fx.Listen)}
    assert listening == {"a", "b"}
    for leg, other, digit in (("a", "b", "5"), ("b", "a", "#")):
        assert world.feed(ev.DigitPressed, leg, digit) == [fx.SendDigit(other, digit)]


def test_a_conference_leaves_keys_to_the_network() -> None:
    world = World().talking_in_conference()
    assert world.feed(ev.DigitPressed, "a", "5") == []
