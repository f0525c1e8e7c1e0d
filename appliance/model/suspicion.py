"""What a run of bad causes smells of: a SIM that its operator has blocked, or a line without voice.

One refusal says nothing: people mistype, reject, are abroad. A run of refusals of a kind that has
nothing to do with who is called says much. No I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

RUN: Final = 5
"""Refusals in a row, none of them followed by a success."""
DESTINATIONS: Final = 2
"""A run to fewer different people may be about them."""

BARRED_CALLS: Final = frozenset({8, 10, 29, 50, 57, 63, 68, 69})
"""Causes that speak of the subscription: operator determined barring, call barred (3GPP TS 24.008
Annex H and 24.011), facility rejected, not subscribed, bearer not authorised, service not
available, ACM at its limit, not implemented."""
NO_BEARER: Final = frozenset({58, 65, 79, 88})
"""Causes of a line whose calls find no voice bearer: neither VoLTE nor fallback to 2G/3G."""
BARRED_TEXTS: Final = frozenset({8, 10, 28, 29, 50, 69})
"""``+CMS ERROR`` below 128 is the RP cause (24.011 §8.2.5.4); these speak of the subscription."""


class Suspicion(StrEnum):
    """What is suspected."""

    NONE = "none"
    BLOCKED = "blocked"
    NO_VOICE = "no-voice"


@dataclass(frozen=True, slots=True)
class Record:
    """The run of refusals of one line; a new SIM begins with an empty one.

    Args:
        barred: Refusals in a row that speak of the subscription.
        to: Whom they were for.
        bearerless: Calls in a row that found no voice bearer.
        last: The last cause of the run, for people.
        suspected: Kept until a success or an operator says otherwise.
    """

    barred: int = 0
    to: frozenset[str] = frozenset()
    bearerless: int = 0
    last: int | None = None
    suspected: Suspicion = Suspicion.NONE


def call_failed(record: Record, cause: int | None, to: str) -> Record:
    """An outgoing call ended with a Q.850 cause before anybody's phone rang."""
    if cause in BARRED_CALLS:
        return _judged(replace(record, barred=record.barred + 1, to=record.to | {to}, last=cause))
    if cause in NO_BEARER:
        return _judged(replace(record, bearerless=record.bearerless + 1, last=cause))
    return replace(record, barred=0, to=frozenset(), bearerless=0)


def call_rang(record: Record) -> Record:  # noqa: ARG001 - whatever it was, it is over
    """A called phone rang, or a call was answered: the line calls."""
    return Record()


def text_failed(record: Record, cause: int | None, to: str) -> Record:
    """A text was refused with a ``+CMS ERROR``."""
    if cause not in BARRED_TEXTS:
        return record
    return _judged(replace(record, barred=record.barred + 1, to=record.to | {to}, last=cause))


def text_taken(record: Record) -> Record:
    """The service centre took a text: the SIM is not blocked; of voice it says nothing."""
    if record.suspected is Suspicion.NO_VOICE:
        return replace(record, barred=0, to=frozenset())
    return replace(record, barred=0, to=frozenset(), suspected=Suspicion.NONE)


def _judged(record: Record) -> Record:
    if record.barred >= RUN and len(record.to) >= DESTINATIONS:
        return replace(record, suspected=Suspicion.BLOCKED)
    if record.bearerless >= RUN and record.suspected is Suspicion.NONE:
        return replace(record, suspected=Suspicion.NO_VOICE)
    return record
