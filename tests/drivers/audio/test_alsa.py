"""The ALSA port against a PCM that behaves as pyalsaaudio 0.11 was seen to behave."""

from __future__ import annotations

import os
from collections import deque
from typing import Any

import alsaaudio
import numpy as np
import pytest

from drivers.audio.alsa import CALM, MOST, PREFILL, AlsaPort
from drivers.audio.port import SILENCE
from drivers.audio.ports import open_port
from drivers.errors import PortLost
from drivers.modem import AudioSpec

FRAME = np.arange(160, dtype="<i2").tobytes()


class Card:
    """A sound card: what its PCMs will answer, and what they were given."""

    def __init__(self) -> None:
        self.rate: int | None = None
        self.channels = 1
        self.absent: str | None = None
        self.gone: str | None = None
        self.captured: deque[bytes | int] = deque()
        self.answers: deque[int] = deque()
        self.played: list[bytes] = []
        self.free = 960
        self.opened: list[dict[str, Any]] = []
        self.closed = 0
        self.pipe = os.pipe()

    def end(self) -> None:
        for descriptor in self.pipe:
            os.close(descriptor)

    def ready(self) -> None:
        os.write(self.pipe[1], b"x")


class FakePcm:
    def __init__(self, card: Card, **settings: Any) -> None:
        if card.absent:
            raise alsaaudio.ALSAAudioError(card.absent)
        self.card = card
        self.settings = settings
        card.opened.append(settings)

    def info(self) -> dict[str, int]:
        rate = self.card.rate or self.settings["rate"]
        return {"rate": rate, "channels": self.card.channels, "buffer_size": 960}

    def polldescriptors(self) -> list[tuple[int, int]]:
        return [(self.card.pipe[0], 1)]

    def read(self) -> tuple[int, bytes]:
        if self.card.gone:
            raise alsaaudio.ALSAAudioError(self.card.gone)
        if not self.card.captured:
            return 0, b""
        item = self.card.captured.popleft()
        return (item, b"") if isinstance(item, int) else (len(item) // 2, item)

    def write(self, data: bytes) -> int:
        if self.card.gone:
            raise alsaaudio.ALSAAudioError(self.card.gone)
        answer = self.card.answers.popleft() if self.card.answers else len(data) // 2
        if answer > 0:
            self.card.played.append(data[: answer * 2 * self.card.channels])
        return answer

    def avail(self) -> int:
        return self.card.free

    def close(self) -> None:
        self.card.closed += 1


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch):
    made = Card()
    monkeypatch.setattr(alsaaudio, "PCM", lambda **settings: FakePcm(made, **settings))
    yield made
    made.end()


def port(rate: int = 8000) -> AlsaPort:
    made = open_port(AudioSpec("alsa", "hw:CARD=Android", rate))
    assert isinstance(made, AlsaPort)
    made.open()
    return made


def test_it_opens_both_directions_and_prefills_the_playback(card: Card) -> None:
    port()

    assert [pcm["type"] for pcm in card.opened] == [
        alsaaudio.PCM_CAPTURE,
        alsaaudio.PCM_PLAYBACK,
    ]
    assert {pcm["device"] for pcm in card.opened} == {"hw:CARD=Android"}
    assert {(pcm["rate"], pcm["periodsize"]) for pcm in card.opened} == {(8000, 160)}
    assert card.played == [SILENCE] * PREFILL


def test_a_rate_that_was_only_nearly_met_is_refused(card: Card) -> None:
    card.rate = 44100
    with pytest.raises(PortLost, match="8000 Hz wanted, the card runs at 44100 Hz"):
        port()
    assert card.closed == 1


@pytest.mark.parametrize("rate", [44100, 11025, 4000, 96000])
def test_rates_without_a_filter_are_refused_unopened(card: Card, rate: int) -> None:
    with pytest.raises(PortLost, match=f"not {rate}"):
        port(rate)
    assert card.opened == []


def test_a_card_that_is_not_there_is_a_lost_port_with_its_cause(card: Card) -> None:
    card.absent = "No such device [hw:CARD=Android]"
    with pytest.raises(PortLost, match="No such device"):
        port()


def test_frames_are_put_together_from_whatever_comes(card: Card) -> None:
    made = port()
    card.captured += [FRAME[:100], FRAME[100:] + FRAME[:20], FRAME[20:]]
    card.ready()

    assert made.read(0.5) == FRAME
    assert made.read(0.5) == FRAME
    assert made.read(0.0) is None


def test_nothing_captured_is_none_after_the_timeout(card: Card) -> None:
    made = port()
    assert made.read(0.0) is None
    assert made.read(0.01) is None


def test_an_overrun_is_a_gap_and_capture_is_started_again_without_waiting(card: Card) -> None:
    made = port()
    card.captured += [FRAME[:100], -32, FRAME]
    card.ready()

    assert made.read(0.5) is None
    os.read(card.pipe[0], 1)
    assert made.read(0.0) == FRAME


def test_an_underrun_is_prefilled_and_the_frame_is_not_lost(card: Card) -> None:
    made = port()
    card.played.clear()
    card.answers.append(-32)

    assert made.write(FRAME)
    assert card.played == [SILENCE] * (PREFILL + 1) + [FRAME]
    for more in (2, 2):  # each one is given a period more, up to the most
        card.played.clear()
        card.answers.append(-32)
        assert made.write(FRAME)
        assert card.played == [SILENCE] * (PREFILL + more) + [FRAME]
    assert made.usual == MOST * 320
    for _ in range(CALM - 1):  # a minute without another: it may need less by now
        assert made.usual == MOST * 320
        assert made.write(FRAME)
    assert made.usual == (MOST - 1) * 320


@pytest.mark.parametrize("answer", [0, -11])
def test_a_full_card_drops_the_frame(card: Card, answer: int) -> None:
    made = port()
    card.played.clear()
    card.answers.append(answer)

    assert not made.write(FRAME)
    assert card.played == []
    assert made.write(FRAME)


def test_a_frame_taken_in_part_is_finished_before_the_next(card: Card) -> None:
    made = port()
    card.played.clear()
    card.answers += [100, 0]

    assert made.write(FRAME)
    assert not made.write(FRAME)
    assert made.write(SILENCE)
    assert b"".join(card.played) == FRAME + SILENCE


@pytest.mark.parametrize("cause", ["No such device [x]", "Input/output error [x]"])
def test_a_card_that_goes_in_the_midst_of_a_call_is_a_lost_port(card: Card, cause: str) -> None:
    made = port()
    card.gone = cause
    card.ready()

    with pytest.raises(PortLost, match=cause.split(" [", maxsplit=1)[0]):
        made.read(0.1)
    with pytest.raises(PortLost, match=cause.split(" [", maxsplit=1)[0]):
        made.write(FRAME)


def test_what_is_queued_is_told_in_the_boxs_octets(card: Card) -> None:
    made = port(16000)
    card.free = 320

    assert made.queued() == 640
    card.free = 960
    assert made.queued() == 0


def test_flushing_empties_the_capture_and_restarts_the_playback(card: Card) -> None:
    made = port()
    card.played.clear()
    card.free = 320
    card.captured += [FRAME, FRAME, SILENCE]
    made.flush()

    assert made.read(0.0) == SILENCE
    assert card.played == [SILENCE] * PREFILL
    assert len(card.opened) == 3


def test_what_comes_while_the_playback_is_opened_is_flushed_too(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = port()
    opens = made._open_pcm
    card.free = 160

    def slowly(*arguments: Any) -> Any:
        card.captured += [FRAME]
        return opens(*arguments)

    monkeypatch.setattr(made, "_open_pcm", slowly)
    made.flush()
    assert made.read(0.0) is None


def test_stereo_cards_are_heard_as_their_mean_and_spoken_to_on_both_sides(card: Card) -> None:
    card.channels = 2
    made = port()
    card.played.clear()
    left = np.full(160, 100, "<i2")
    right = np.full(160, 300, "<i2")
    card.captured.append(np.stack([left, right], axis=1).tobytes())

    assert made.read(0.1) == np.full(160, 200, "<i2").tobytes()
    made.write(FRAME)
    assert np.frombuffer(card.played[-1], "<i2").reshape(-1, 2)[:, 1].tolist() == list(range(160))


def test_a_closed_port_is_a_lost_port_and_closing_twice_is_harmless(card: Card) -> None:
    made = port()
    made.close()
    made.close()

    with pytest.raises(PortLost, match="closed"):
        made.read(0.1)
    with pytest.raises(PortLost, match="closed"):
        made.write(FRAME)
    assert made.queued() == 0
    assert card.closed == 2
