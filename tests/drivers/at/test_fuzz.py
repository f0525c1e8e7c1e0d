"""The short fuzz: a few seconds of everything that no modem should send."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from drivers.at import exchange
from drivers.at.lines import Found, LineSplitter
from tests.drivers.at import fuzz

SEED = random.SystemRandom().getrandbits(32)  # another one each time; a failure names its round


@pytest.mark.parametrize(("name", "seconds"), [("reader", 4.0), ("engine", 4.0), ("pdu", 4.0)])
def test_nothing_breaks(name: str, seconds: float) -> None:
    assert fuzz.fuzz(name, SEED, seconds) > 3


@pytest.mark.parametrize("seed", [6377047045578648633])
def test_rounds_that_broke_something_once(seed: int) -> None:
    assert fuzz.play("reader", seed) < fuzz.ROUND_SECONDS
    assert fuzz.play("engine", seed) < fuzz.ROUND_SECONDS


def test_a_reader_that_loses_a_line_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(LineSplitter):
        """Drops what a chunk cuts in two."""

        def feed(self, octets: bytes, *, prompt: bool = False) -> list[Found]:
            self._rest = b""
            return super().feed(octets, prompt=prompt)

    monkeypatch.setattr(exchange, "LineSplitter", Forgetful)
    with pytest.raises(fuzz.Broken, match=r"reader round \d+: .*lost"):
        fuzz.fuzz("reader", 1, 5.0)


def test_a_decoder_that_stumbles_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object, **__: object) -> Iterator[int]:
        raise IndexError("short")

    monkeypatch.setattr(fuzz.pdu, "decode", stumble)
    with pytest.raises(fuzz.Broken, match=r"pdu round .*IndexError"):
        fuzz.play("pdu", 1)
