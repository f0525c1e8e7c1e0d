"""Who hears whom, on a tick by hand: levels of the pitches that each one speaks with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.virtual.audio import FRAME_OCTETS, SILENCE, amplitude, frames, mix, saturate, tone
from drivers.virtual.dtmf import KEYS, key_frames
from drivers.virtual.station import Station
from tests.drivers.virtual.town import A, B, C, D, Town, X, level, samples, speech

PITCH = {A: 500.0, B: 900.0, C: 1300.0, D: 1700.0, X: 2100.0}


def everybody_speaks(town: Town, *numbers: str, seconds: float = 0.4) -> None:
    for number in numbers:
        town.sets[number].heard.clear()
        town.sets[number].voice[:] = speech(PITCH[number], seconds)
    town.talk(seconds)


def hears(town: Town, listener: str) -> set[str]:
    """Whose pitches a listener heard, each at its own level."""
    sound = samples(town.sets[listener].heard)
    heard = set()
    for number, pitch in PITCH.items():
        found = level(sound, pitch)
        if found > -60:
            assert found == pytest.approx(-10, abs=0.5)
            heard.add(number)
    return heard


def multiparty(town: Town) -> tuple[Station, Station, Station]:
    x, a, b = town.join(X, A, B)
    town.connect(a, x)
    town.ask(x, "2")
    town.connect(x, b)
    town.ask(x, "3")
    return x, a, b


def test_each_hears_the_other_bit_for_bit_and_nobody_else() -> None:
    with Town() as town:
        a, b, c, d = town.join(A, B, C, D)
        town.connect(a, b)
        town.connect(c, d)
        everybody_speaks(town, A, B, C, D)
        assert hears(town, A) == {B}
        assert town.sets[A].heard == speech(PITCH[B], 0.4)
        assert hears(town, B) == {A}
        assert hears(town, C) == {D}


def test_a_voice_takes_less_than_one_frame() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        town.connect(a, b)
        town.sets[A].voice.append(b"\x01\x02" * 160)
        town.sets[B].heard.clear()
        town.network.tick()
        assert town.sets[B].heard == [b"\x01\x02" * 160]


def test_without_a_call_there_is_no_path() -> None:
    with Town() as town:
        town.join(A)
        town.talk(0.1)
        assert town.sets[A].heard == [None] * 5


def test_a_held_party_hears_silence_and_the_host_has_no_path() -> None:
    with Town() as town:
        x, a = town.join(X, A)
        town.connect(a, x)
        town.ask(x, "2")
        everybody_speaks(town, X, A)
        assert town.sets[A].heard == [SILENCE] * 20
        assert town.sets[X].heard == [None] * 20


def test_a_network_can_give_the_held_party_a_tone() -> None:
    with Town(hold_tone=True) as town:
        x, a = town.join(X, A)
        town.connect(a, x)
        town.ask(x, "2")
        everybody_speaks(town, X, A, seconds=4.4)
        assert level(samples(town.sets[A].heard), 450) > -40


def test_while_one_is_held_the_other_is_heard() -> None:
    with Town() as town:
        x, a, b = town.join(X, A, B)
        town.connect(a, x)
        town.ask(x, "2")
        town.connect(x, b)
        everybody_speaks(town, X, A, B)
        assert hears(town, X) == {B}
        assert hears(town, B) == {X}
        assert hears(town, A) == set()


def test_in_a_multiparty_each_hears_the_sum_of_the_others() -> None:
    with Town() as town:
        multiparty(town)
        everybody_speaks(town, X, A, B)
        assert hears(town, A) == {B, X}
        assert hears(town, B) == {A, X}
        assert hears(town, X) == {A, B}


def test_a_modem_without_host_audio_is_out_of_its_multiparty() -> None:
    with Town() as town:
        x, _, _ = multiparty(town)
        town.sets[X].host_audio_in_multiparty = False
        everybody_speaks(town, X, A, B)
        assert hears(town, A) == {B}
        assert hears(town, B) == {A}
        assert town.sets[X].heard == [SILENCE] * 20

        town.ask(x, "11")
        everybody_speaks(town, X, A, B)
        assert hears(town, X) == {B}


def test_a_remote_who_holds_the_multiparty_is_out_of_it() -> None:
    with Town() as town:
        _, a, _ = multiparty(town)
        town.ask(a, "2")
        everybody_speaks(town, X, A, B)
        assert hears(town, B) == {X}
        assert hears(town, A) == set()


def test_a_held_multiparty_is_silent_for_all() -> None:
    with Town() as town:
        x, _, _ = multiparty(town)
        town.ask(x, "2")
        everybody_speaks(town, X, A, B)
        assert hears(town, A) == hears(town, B) == hears(town, X) == set()


def test_two_multiparties_that_share_a_remote_are_one_conversation() -> None:
    with Town() as town:
        x, _a, b = multiparty(town)
        c, d = town.join(C, D)
        town.ask(b, "2")
        town.connect(b, c)
        town.ask(b, "3")
        town.ask(x, "2")
        town.connect(x, d)
        town.ask(x, "3")
        everybody_speaks(town, X, A, B, C, D)
        for number in (X, A, B, C, D):
            assert hears(town, number) == {X, A, B, C, D} - {number}


def test_after_a_transfer_both_hear_each_other() -> None:
    with Town() as town:
        (x,) = town.join(X, transfer=True)
        a, b = town.join(A, B)
        town.connect(a, x)
        town.ask(x, "2")
        town.connect(x, b)
        town.ask(x, "4")
        everybody_speaks(town, X, A, B)
        assert hears(town, A) == {B}
        assert hears(town, B) == {A}
        assert hears(town, X) == set()


def test_the_caller_hears_ringback_one_second_in_five_until_the_answer() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        out = a.dial(B)
        town.talk(0.1)
        assert town.sets[A].heard == [None] * 5
        town.wait(4)
        town.sets[A].heard.clear()
        town.talk(10)
        sound = samples(town.sets[A].heard)
        for start in (0, 5):
            assert level(sound[start * 8000 : (start + 1) * 8000], 450) == pytest.approx(-10, abs=1)
            assert not sound[(start + 1) * 8000 : (start + 5) * 8000].any()
        assert town.sets[B].heard[-1] is None
        b.answer(b.calls[0])
        town.wait(1)
        assert out.answered_at is not None
        everybody_speaks(town, A, B)
        assert hears(town, A) == {B}


def test_pressed_keys_are_heard_as_two_tones_and_told() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        out, _ = town.connect(a, b)
        town.sets[B].heard.clear()
        a.send_digits(out, "5#")
        town.talk(0.5)
        sound = samples(town.sets[B].heard)
        assert town.sets[B].digits == "5#"
        assert level(sound[:800], 770) == pytest.approx(-9, abs=0.5)
        assert level(sound[:800], 1336) == pytest.approx(-7, abs=0.5)
        assert not sound[800:1440].any()
        assert level(sound[1440:2240], 941) == pytest.approx(-9, abs=0.5)
        assert not any(frame != SILENCE for frame in town.sets[A].heard[-25:])


def test_keys_of_a_host_reach_every_remote() -> None:
    with Town() as town:
        x, _a, _b = multiparty(town)
        x.send_digits(x.calls[0], "1")
        town.talk(0.3)
        assert (town.sets[A].digits, town.sets[B].digits) == ("1", "1")


def test_keys_towards_a_held_party_are_lost() -> None:
    with Town() as town:
        x, a = town.join(X, A)
        _, into = town.connect(a, x)
        town.ask(x, "2")
        x.send_digits(into, "1")
        town.talk(0.3)
        town.ask(x, "2")
        town.talk(0.3)
        assert town.sets[A].digits == ""


def test_what_is_no_key_is_refused() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        out, _ = town.connect(a, b)
        with pytest.raises(ValueError, match="no key"):
            a.send_digits(out, "12x")
    with pytest.raises(ValueError, match="no key"):
        key_frames("12")


def test_all_sixteen_keys_differ() -> None:
    assert len({key_frames(key)[0] for key in KEYS}) == 16


@given(st.lists(st.binary(min_size=FRAME_OCTETS, max_size=FRAME_OCTETS), max_size=6))
def test_a_mix_is_the_saturated_sum(voices: list[bytes]) -> None:
    mixed = np.frombuffer(mix(voices), dtype="<i2")
    total = np.zeros(160, dtype=np.int64)
    for voice in voices:
        total = total + np.frombuffer(voice, dtype="<i2")
    assert (mixed == np.clip(total, -32768, 32767)).all()


def test_levels_are_those_of_g711() -> None:
    assert amplitude(3.14) == pytest.approx(32767)
    assert amplitude(-40) == pytest.approx(32767 * 10 ** (-43.14 / 20))
    assert int(saturate(np.array([1e9]))[0]) == 32767


def test_frames_are_filled_up_with_silence() -> None:
    cut = frames(tone([(1000, 0)], 200))
    assert [len(frame) for frame in cut] == [320, 320]
    assert cut[1][80:] == bytes(240)
