"""Calls over sound cards: pyalsaaudio, the real alsa-lib, cards that are clocks, in real time."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.media import Attached, MediaProcess, Played, PortFailed, Recorded, wav
from appliance.media.g711 import Samples
from appliance.media.listening import CHIRP_A, CHIRP_B, Chirp, Heard, absent, find
from appliance.media.tones import RATE, silence
from drivers.modem import AudioSpec
from tests.drivers.audio.card import ClockCard, configure
from tests.media.rig import Room, until
from tests.media.tries import within_tries
from tests.media.voices import spoken

PAUSE = silence(0.3)
BEFORE = 0.2  # seconds of an ear that are looked at before what was said
pytestmark = pytest.mark.alone


class Cards:
    """Two cards, one slow and one fast, and the media room between them."""

    def __init__(self, folder: Path, *cards: ClockCard) -> None:
        self.one, self.two = cards
        self.room = Room(folder)
        self.media = MediaProcess(
            self.room._take,
            prompts=self.room.prompts,
            recordings=self.room.recordings,
            stereo=True,
        )
        self.room.media = self.media  # type: ignore[assignment]

    def call(self) -> None:
        """Bridge the two."""
        for leg, card in (("a", self.one), ("b", self.two)):
            self.media.attach("c", leg, AudioSpec("alsa", card.name))
        self.room.wait(Attached, 2)
        self.media.bridge("c", on=True)

    def talk(self, one: Samples, two: Samples) -> float:
        """Let both far ends speak; return at which second they began, once all has been heard."""
        at = self.one.now + 0.3
        self.one.say(one, at)
        self.two.say(two, at)
        self.pass_by(at + max(len(one), len(two)) / RATE + 0.4)
        return at

    def pass_by(self, at: float) -> None:
        """Wait until a second of the first card's has been played."""
        until(lambda: self.one.now > at and self.one.played() > at, f"second {at}", 30.0)

    def received(self, leg: str) -> int:
        """Return the frames that have come from a leg."""
        legs = self.media.figures()
        return next((each.counts.received for each in legs if each.leg == leg), 0)


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cards]:
    one, two = (ClockCard(tmp_path, name, ppm) for name, ppm in (("m0", -200), ("m1", 200)))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(configure(tmp_path, one, two)))
    made = Cards(tmp_path, one, two)
    made.media.start()
    try:
        yield made
    finally:
        made.media.stop(5.0)


def heard_since(card: ClockCard, at: float) -> Samples:
    """Return what a card has played from a moment before a second on."""
    return card.ear()[round((at - BEFORE) * RATE) :]


def alike(heard: Samples, said: Samples) -> tuple[float, float, float]:
    """Return likeness (to 1), place in seconds and level in dB of what was said.

    Likeness is the share of the loud tenths of a second that stand, in one piece, within 80 ms of
    their place: a frame may be left out or doubled between words.
    """
    ear, mouth = heard.astype(np.float64), said.astype(np.float64)
    length = len(ear) + len(mouth)
    spectrum = np.fft.rfft(ear, length) * np.conj(np.fft.rfft(mouth, length))
    place = int(np.fft.irfft(spectrum, length)[: len(ear) - len(mouth)].argmax())
    loud, found, gains = 0, 0, []
    reach = 640
    for start in range(0, len(mouth) - 800, 800):
        piece = mouth[start : start + 800]
        if np.abs(piece.reshape(-1, 80)).max(axis=1).min() < 400:
            continue
        loud += 1
        low = max(0, place + start - reach)
        around = ear[low : place + start + 800 + reach]
        match = np.correlate(around, piece)
        norms = np.sqrt(np.convolve(around**2, np.ones(800), "valid")) * np.linalg.norm(piece)
        best = int((match / np.maximum(norms, 1.0)).argmax())
        found += match[best] > 0.95 * norms[best]
        gains.append(norms[best] / np.linalg.norm(piece) ** 2)
    return found / loud, place / RATE, 20.0 * float(np.log10(np.median(gains)))


def whole(samples: Samples, chirp: Chirp) -> Heard:
    found = find(samples, chirp)
    assert found is not None
    assert found.clean, found
    assert abs(found.level_db) < 1.0
    return found


def both_hear(cards: Cards, at: float, sentences: tuple[Samples, Samples]) -> None:
    """Check what came out at both far ends against what went in at the others."""
    for card, chirp, own, sentence in (
        (cards.one, CHIRP_B, CHIRP_A, sentences[1]),
        (cards.two, CHIRP_A, CHIRP_B, sentences[0]),
    ):
        ear = heard_since(card, at)
        found = whole(ear, chirp)
        likeness, place, level = alike(ear, sentence)
        # From mouth to ear 60 ms are allowed, and a frame more to a card that ran dry.
        assert 0.02 <= found.at - BEFORE <= 0.085
        assert 0.02 <= place - BEFORE - (len(chirp.samples()) + len(PAUSE)) / RATE <= 0.085
        assert likeness > 0.95
        assert abs(level) < 1.0
        assert absent(ear, own)


def both_are_recorded(path: Path, sentences: tuple[Samples, Samples]) -> None:
    """Check that a stereo recording has each person on a side of their own."""
    sides = wav.channels(path)
    for side, chirp, other, sentence in zip(
        sides, (CHIRP_A, CHIRP_B), (CHIRP_B, CHIRP_A), sentences, strict=True
    ):
        whole(side, chirp)
        assert absent(side, other)
        assert alike(side, sentence)[0] > 0.9


def test_chirp_and_speech_both_ways_prompts_and_recording(cards: Cards) -> None:
    sentences = (
        spoken("en-us", "The quick brown fox is waiting at the corner"),
        spoken("en-gb+f2", "Two parcels were delivered yesterday morning"),
    )
    says = [
        np.concatenate([chirp.samples(), PAUSE, sentence])
        for chirp, sentence in zip((CHIRP_A, CHIRP_B), sentences, strict=True)
    ]
    names: list[str] = []
    cards.call()

    def conversation() -> None:
        names.append(f"{len(names)}.wav")
        cards.media.record("c", names[-1])
        at = cards.talk(*says)
        cards.media.stop_record("c")
        cards.room.wait(Recorded, len(names))
        both_hear(cards, at, sentences)
        both_are_recorded(cards.room.recordings / names[-1], sentences)

    within_tries(conversation, "real_time_ms")

    at = cards.one.now
    cards.media.play("c", "a", 1, ("tone:1004/1.0",))
    assert not cards.room.wait(Played).interrupted
    cards.pass_by(cards.one.now + 0.1)
    assert tone(heard_since(cards.one, at), 1004.0) > 3000
    assert tone(heard_since(cards.two, at), 1004.0) < 20


def tone(samples: Samples, hertz: float) -> float:
    """Return the loudest amplitude of a tone in half a second."""
    pieces = samples[: len(samples) // 4000 * 4000].reshape(-1, 4000).astype(np.float64)
    turn = np.exp(-2j * np.pi * hertz / RATE * np.arange(4000))
    return float(np.abs(pieces @ turn).max() / 2000)


def test_cards_that_ran_over_and_dry_are_heard_as_before(cards: Cards) -> None:
    """The box stands still for 0.6 s: what the cards had for it meanwhile is not heard late."""

    def delays() -> tuple[float, float]:
        at = cards.talk(CHIRP_A.samples(), CHIRP_B.samples())
        to_two = whole(heard_since(cards.two, at), CHIRP_A)
        to_one = whole(heard_since(cards.one, at), CHIRP_B)
        return to_two.at - BEFORE, to_one.at - BEFORE

    def interrupted() -> None:
        before = delays()
        assert max(before) < 0.125  # of which 40 to 80 ms are what a card has in hand
        assert cards.media.pid is not None
        os.kill(cards.media.pid, signal.SIGSTOP)
        subprocess.run(["sleep", "0.6"], check=True)
        os.kill(cards.media.pid, signal.SIGCONT)
        # A card that ran dry is given one frame more in hand; another may wait in the queue.
        for was, now in zip(before, delays(), strict=True):
            assert now < was + 0.045, (was, now)

    cards.call()
    within_tries(interrupted, "real_time_ms")
    longest = [leg.counts.longest_gap for leg in cards.media.figures()]
    assert min(longest) > 0.5  # eight frames wait in a card at most: both ran over


def test_a_stalled_card_does_not_touch_the_other_ear_and_a_lost_one_is_told(cards: Cards) -> None:
    cards.call()
    cards.media.play("c", "a", 1, ("tone:1004/60",))
    cards.two.freeze()

    def undisturbed() -> None:
        at = cards.one.now + 0.3
        cards.pass_by(at + 1.5)
        heard = cards.one.ear()[round(at * RATE) : round((at + 1.5) * RATE)].astype(np.float64)
        missing = np.abs(heard[: len(heard) // 160 * 160].reshape(-1, 160)).max(axis=1) < 1000
        assert missing.sum() <= 2  # of 75 frames

    within_tries(undisturbed, "real_time_ms")
    assert cards.received("b") < cards.received("a") - 50
    cards.two.pull_out()
    failed = cards.room.wait(PortFailed)
    assert (failed.leg, "No such device" in failed.cause) == ("b", True)
    before = cards.received("a")
    until(lambda: cards.received("a") > before + 10, "voice on the other leg", 5.0)
