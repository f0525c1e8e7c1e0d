"""Calls over real sound cards' library: pyalsaaudio, alsa-lib, a sound server, clocks as cards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.media import Attached, MediaProcess, Played, PortFailed, Recorded, wav
from appliance.media.g711 import Samples
from appliance.media.listening import CHIRP_A, CHIRP_B, Chirp, Heard, absent, find
from appliance.media.tones import RATE, silence
from drivers.modem import AudioSpec
from tests.drivers.audio.card import ClockCard
from tests.drivers.audio.card import configure as clock_cards
from tests.drivers.audio.pulse import Pulse, configure
from tests.media.rig import Room, until
from tests.media.tries import within_tries
from tests.media.voices import spoken

SECONDS = 6.2
PAUSE = silence(0.3)
pytestmark = pytest.mark.alone


class Cards:
    """Two daemons with a modem each, the room between them, and the far ends' recordings."""

    def __init__(self, folder: Path, one: Pulse, two: Pulse) -> None:
        self.folder = folder
        self.daemons = {"a": one, "b": two}
        self.room = Room(folder)
        self.media = MediaProcess(
            self.room._take,
            prompts=self.room.prompts,
            recordings=self.room.recordings,
            stereo=True,
        )
        self.room.media = self.media  # type: ignore[assignment]

    def call(self, call: str = "c") -> None:
        for leg, pcm in (("a", "m0"), ("b", "m1")):
            self.media.attach(call, leg, AudioSpec("alsa", pcm))
        self.room.wait(Attached, 2)
        self.media.bridge(call, on=True)

    def listen(self, seconds: float, *pcms: str, **says: Samples) -> dict[str, float]:
        """Let far ends speak and be recorded; return when each recording's first sample came."""
        words = []
        for name, samples in says.items():
            path = self.folder / f"{name}.words"
            path.write_bytes(samples.astype("<i2").tobytes())
            words.append(f"{name}={path}")
        command = [sys.executable, "-m", "tests.drivers.audio.far_end", str(self.folder)]
        told = subprocess.run(
            [*command, str(seconds), *words, *pcms],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=60,
        )
        began: dict[str, float] = json.loads(told.stdout)
        return began

    def ear(self, pcm: str) -> Samples:
        """Return what was recorded at a PCM."""
        octets = (self.folder / f"{pcm}.raw").read_bytes()
        return np.frombuffer(octets, "<i2").astype(np.int16)


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cards]:
    with (
        tempfile.TemporaryDirectory(prefix="pa") as short,
        Pulse(Path(short) / "0", [0]) as one,
        Pulse(Path(short) / "1", [1]) as two,
    ):
        monkeypatch.setenv("ALSA_CONFIG_PATH", str(configure(tmp_path, one, two)))
        made = Cards(tmp_path, one, two)
        made.media.start()
        try:
            yield made
        finally:
            one.freeze(False)
            two.freeze(False)
            made.media.stop(5.0)


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


def both_hear(cards: Cards, began: dict[str, float], sentences: tuple[Samples, Samples]) -> None:
    """Check what came out at both far ends against what went in at the others."""
    for mine, theirs, chirp, own, sentence in (
        ("m1", "far0", CHIRP_B, CHIRP_A, sentences[1]),
        ("m0", "far1", CHIRP_A, CHIRP_B, sentences[0]),
    ):
        ear = cards.ear(theirs)
        found, direct = whole(ear, chirp), whole(cards.ear(mine), chirp)
        added = found.at + began[theirs] - direct.at - began[mine]
        assert 0.02 <= added <= 0.2, added
        likeness, at, level = alike(ear, sentence)
        # Beside the direct path in the same run: 60 ms are allowed, and a frame more to a card
        # that ran dry when its far end began.
        said = alike(cards.ear(mine), sentence)[1]
        assert 0.02 <= at + began[theirs] - said - began[mine] <= 0.085
        assert likeness > 0.95
        assert abs(level) < 1.0
        # The sentence follows its chirp at the distance at which it was spoken, but for slips that
        # the pauses may hide.
        assert at - found.at == pytest.approx(len(chirp.samples()) / RATE + 0.3, abs=0.042)
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
        began = cards.listen(SECONDS, "m0", "m1", far0=says[0], far1=says[1])
        cards.media.stop_record("c")
        done = cards.room.wait(Recorded, len(names))
        assert done.seconds >= SECONDS
        both_hear(cards, began, sentences)
        both_are_recorded(cards.room.recordings / names[-1], sentences)

    within_tries(conversation, "real_time_ms")

    cards.media.play("c", "a", 1, ("tone:1004/1.5",))
    cards.listen(2.5, "far0", "far1")
    assert not cards.room.wait(Played).interrupted
    assert tone(cards.ear("far0"), 1004.0) > 3000
    assert tone(cards.ear("far1"), 1004.0) < 20


def tone(samples: Samples, hertz: float) -> float:
    """Return the loudest amplitude of a tone in half a second."""
    pieces = samples[: len(samples) // 4000 * 4000].reshape(-1, 4000).astype(np.float64)
    turn = np.exp(-2j * np.pi * hertz / RATE * np.arange(4000))
    return float(np.abs(pieces @ turn).max() / 2000)


def test_cards_whose_clocks_differ_run_over_and_dry_and_the_delay_is_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The box stands still for 0.6 s: what cards that are clocks had for it is not heard late."""
    one, two = (ClockCard(tmp_path, name, ppm) for name, ppm in (("m0", 200), ("m1", -200)))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(clock_cards(tmp_path, one, two)))
    room = Room(tmp_path)
    media = MediaProcess(room._take, prompts=room.prompts, recordings=room.recordings)

    def delays() -> tuple[float, float]:
        at = one.now + 0.3
        one.say(CHIRP_A.samples(), at)
        two.say(CHIRP_B.samples(), at)
        until(lambda: min(one.played(), two.played()) > at + 2.4, "both chirps", 20.0)
        return delay(two, CHIRP_A, at), delay(one, CHIRP_B, at)

    def interrupted() -> None:
        before = delays()
        assert max(before) < 0.125  # of which 40 to 80 ms are what a card has in hand
        assert media.pid is not None
        os.kill(media.pid, signal.SIGSTOP)
        subprocess.run(["sleep", "0.6"], check=True)
        os.kill(media.pid, signal.SIGCONT)
        # A card that ran dry is given one frame more in hand; another may wait in the queue.
        for was, now in zip(before, delays(), strict=True):
            assert now < was + 0.045, (was, now)

    media.start()
    try:
        for leg, card in (("a", one), ("b", two)):
            media.attach("c", leg, AudioSpec("alsa", card.name))
        room.wait(Attached, 2)
        media.bridge("c", on=True)
        within_tries(interrupted, "real_time_ms")
        longest = [leg.counts.longest_gap for leg in media.figures()]
        assert min(longest) > 0.5  # eight frames wait in a card at most: both ran over
    finally:
        media.stop(5.0)


def delay(card: ClockCard, chirp: Chirp, said: float) -> float:
    """Return the seconds from mouth to ear of a chirp that came whole."""
    around = card.ear()[round((said - 0.2) * RATE) :]
    return whole(around, chirp).at - 0.2


def test_a_stalled_card_does_not_touch_the_other_ear_and_a_lost_one_is_told(cards: Cards) -> None:
    cards.call()
    cards.media.play("c", "a", 1, ("tone:1004/60",))
    cards.daemons["b"].freeze(True)

    def undisturbed() -> None:
        cards.listen(2.0, "far0")
        heard = cards.ear("far0")[RATE // 2 :].astype(np.float64)
        missing = np.abs(heard[: len(heard) // 160 * 160].reshape(-1, 160)).max(axis=1) < 1000
        assert missing.sum() <= 2  # of 75 frames

    within_tries(undisturbed, "real_time_ms")
    cards.daemons["b"].freeze(False)
    cards.daemons["b"].kill()
    assert cards.room.wait(PortFailed).leg == "b"
    before = received(cards, "a")
    until(lambda: received(cards, "a") > before + 10, "voice on the other leg", 5.0)


def received(cards: Cards, leg: str) -> int:
    """Return the frames that have come from a leg."""
    return next((each.counts.received for each in cards.media.figures() if each.leg == leg), 0)
