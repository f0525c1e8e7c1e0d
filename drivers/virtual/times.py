"""How long a mobile network takes for things, before ``speed`` divides it."""

from __future__ import annotations

import random
from dataclasses import dataclass

Span = tuple[float, float]
"""From and to, seconds at speed 1; each event draws its own time between them."""


@dataclass(frozen=True)
class RadioTimes:
    """Times of an ordinary GSM/LTE network, measured in the street rather than in a standard.

    Args:
        registration: Radio on until registered.
        setup: Dialled until the far end rings, or the network knows that it can't.
        paging: More time until the network gives up a terminal that vanished.
        ring_limit: Ringing until the network gives up with cause 19.
        connect: Answer until the caller's side is through.
        release: Release until the far side is told.
        radio_link: Pulled plug until the network notices.
        supplementary: A ``CHLD`` request until its result.
        submit: Text handed over until the SMSC has taken it.
        deliver: SMSC begins until the recipient has the text.
        retry: Pauses before the SMSC's second, third … attempt; the last one repeats.
        validity: Seconds after which a text without a validity period of its own is given up.
    """

    registration: Span = (3.0, 5.0)
    setup: Span = (2.0, 3.0)
    paging: Span = (4.0, 6.0)
    ring_limit: float = 60.0
    connect: Span = (0.15, 0.3)
    release: Span = (0.1, 0.2)
    radio_link: Span = (4.0, 6.0)
    supplementary: Span = (0.4, 0.8)
    submit: Span = (2.0, 4.0)
    deliver: Span = (2.0, 3.0)
    retry: tuple[float, ...] = (10.0, 30.0, 60.0, 180.0, 300.0)
    validity: float = 86_400.0


class Pace:
    """Draws the network's times and scales them.

    Args:
        times: The network's times at speed 1.
        speed: Divides them all.
        seed: Makes the draws repeatable.
    """

    def __init__(self, times: RadioTimes, speed: float, seed: int) -> None:
        self.times, self.speed = times, speed
        self._dice = random.Random(seed)  # noqa: S311 - irregularity, not secrecy

    def span(self, span: Span) -> float:
        """Return a time between the two, scaled."""
        return self.scaled(self._dice.uniform(*span))

    def scaled(self, seconds: float) -> float:
        """Return ``seconds`` at speed 1 as they last here."""
        return seconds / self.speed
