"""How a line can be: one table of conditions, and which of them a line's facts show. No I/O.

A condition that keeps the line from working decides its coarse state; the others stand beside
``ready``. Each has a sentence of explanation (``LIN-<name>``) and one of advice (``ADV-<name>``) in
the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from appliance.model.suspicion import Suspicion

WEAK_DBM: Final = -105
"""From here down calls break off; -113 is the least that ``+CSQ`` can tell (27.007 §8.5)."""
HOT_CELSIUS: Final = 85
"""Modules are specified up to 75-85 °C and switch their radio off soon after."""
DENIED: Final = 3
ROAMING: Final = 5
TEXTS_ONLY: Final = (6, 7)
"""``<stat>`` of ``+CREG`` (3GPP TS 27.007 §7.2): denied; roaming; for SMS only."""


class LineState(StrEnum):
    """How a line is in one word; the explanation beside it is for people."""

    STARTING = "starting"
    SIM = "sim"
    NO_NETWORK = "no-network"
    READY = "ready"
    RESTING = "resting"
    LOST = "lost"
    HOSPITAL = "hospital"


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What is known of a line at one moment.

    Args:
        present: A modem is there and has not been given up.
        lost: Why it was lost, None when it never was.
        deaf: It was lost because it answered no more.
        hospital: Every step of the recovery failed; it is tried again later.
        reenumerations: How often it came back by itself, shortly after one another.
        ready: It was set up and its SIM can be read.
        sim: What keeps the SIM: a ``+CPIN`` word, ``REMOVED``, or None.
        pin_withheld: A PIN is configured and was not given, or not taken.
        replaced: The SIM was replaced by another one and is refused.
        registration: ``<stat>`` of ``+CREG`` or ``+CEREG``, the better of both.
        voice_port: Its voice can be opened.
        signal_dbm: Field strength, None when unknown.
        celsius: Temperature of the module, None when unknown.
        storage_full: Texts do not fit into SIM or modem any more.
        forwarding: Reasons (of ``+CCFC``) for which the network diverts its calls.
        suspicion: What the causes of its last calls and texts smell of.
    """

    present: bool = False
    lost: str | None = None
    deaf: bool = False
    hospital: bool = False
    reenumerations: int = 0
    ready: bool = False
    sim: str | None = None
    pin_withheld: bool = False
    replaced: bool = False
    registration: int = 0
    voice_port: bool = True
    signal_dbm: int | None = None
    celsius: int | None = None
    storage_full: bool = False
    forwarding: frozenset[int] = frozenset()
    suspicion: Suspicion = Suspicion.NONE

    @property
    def in_service(self) -> bool:
        """True at home or roaming."""
        return self.registration in (1, ROAMING)


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of the table.

    Args:
        name: Short and stable, for programs.
        state: The coarse state that it makes, None when the line works all the same.
        shows: Whether a line's facts show it.
        facts: What its sentences are filled with.
        suspends: The number counts as out of service for its application (``numStatus`` 9).
    """

    name: str
    state: LineState | None
    shows: Callable[[LineFacts], bool]
    facts: Callable[[LineFacts], dict[str, object]] = field(default=lambda _: {})
    suspends: bool = True


def _sim(*words: str) -> Callable[[LineFacts], bool]:
    return lambda facts: facts.present and not facts.ready and facts.sim in words


def _up(shows: Callable[[LineFacts], bool]) -> Callable[[LineFacts], bool]:
    return lambda facts: facts.present and facts.ready and shows(facts)


def _in_service(shows: Callable[[LineFacts], bool]) -> Callable[[LineFacts], bool]:
    return _up(lambda facts: facts.in_service and shows(facts))


_NAMED: Final = ("SIM PIN", "SIM PUK", "REMOVED", "SIM WRONG")

CONDITIONS: Final[tuple[Condition, ...]] = (
    Condition(
        "hospital",
        LineState.HOSPITAL,
        lambda f: f.hospital,
        lambda f: {"cause": f.lost or "-"},
    ),
    Condition(
        "brown-out",
        LineState.LOST,
        lambda f: f.reenumerations > 0 and not f.ready and f.sim is None,
        lambda f: {"count": f.reenumerations},
    ),
    Condition("hung", LineState.LOST, lambda f: not f.present and f.deaf),
    Condition(
        "lost",
        LineState.LOST,
        lambda f: not f.present and f.lost is not None,
        lambda f: {"cause": f.lost or "-"},
    ),
    Condition("starting", LineState.STARTING, lambda f: not f.ready and f.sim is None),
    Condition("sim-missing", LineState.SIM, _sim("REMOVED")),
    Condition("puk", LineState.SIM, _sim("SIM PUK")),
    Condition("pin-withheld", LineState.SIM, lambda f: _sim("SIM PIN")(f) and f.pin_withheld),
    Condition("sim-pin", LineState.SIM, _sim("SIM PIN")),
    Condition(
        "sim-wrong",
        LineState.SIM,
        lambda f: f.present and (f.replaced or _sim("SIM WRONG")(f) or _locked(f)),
    ),
    Condition(
        "sim-failure",
        LineState.SIM,
        lambda f: f.present and not f.ready and f.sim is not None and f.sim not in _NAMED,
        lambda f: {"sim": f.sim or "-"},
    ),
    Condition("denied", LineState.NO_NETWORK, _up(lambda f: f.registration == DENIED)),
    Condition("texts-only", LineState.NO_NETWORK, _up(lambda f: f.registration in TEXTS_ONLY)),
    Condition("no-service", LineState.NO_NETWORK, _up(lambda f: not f.in_service)),
    Condition("resting", LineState.RESTING, _up(lambda f: f.suspicion is Suspicion.BLOCKED)),
    Condition(
        "forwarding",
        None,
        _in_service(lambda f: bool(f.forwarding)),
        lambda f: {"reasons": ", ".join(str(reason) for reason in sorted(f.forwarding))},
        suspends=False,
    ),
    Condition(
        "no-voice", None, _in_service(lambda f: f.suspicion is Suspicion.NO_VOICE), suspends=False
    ),
    Condition(
        "hot",
        None,
        _up(lambda f: f.celsius is not None and f.celsius >= HOT_CELSIUS),
        lambda f: {"celsius": f.celsius},
        suspends=False,
    ),
    Condition(
        "unsteady",
        None,
        _up(lambda f: f.reenumerations > 0),
        lambda f: {"count": f.reenumerations},
        suspends=False,
    ),
    Condition("storage-full", None, _up(lambda f: f.storage_full), suspends=False),
    Condition(
        "weak",
        None,
        _in_service(lambda f: f.signal_dbm is not None and f.signal_dbm <= WEAK_DBM),
        lambda f: {"dbm": f.signal_dbm},
        suspends=False,
    ),
    Condition("roaming", None, _in_service(lambda f: f.registration == ROAMING), suspends=False),
    Condition("no-voice-port", None, _in_service(lambda f: not f.voice_port), suspends=False),
    Condition("ready", LineState.READY, _in_service(lambda _: True), suspends=False),
)
"""The worst first. ``ready`` is last: a line that shows nothing before it is well."""


def _locked(facts: LineFacts) -> bool:
    """The modem takes only SIMs of another operator, or one certain SIM (27.007 §8.3)."""
    return not facts.ready and facts.sim is not None and facts.sim.startswith("PH-")


BY_NAME: Final[Mapping[str, Condition]] = {each.name: each for each in CONDITIONS}


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition that a line shows, and what fills its sentences."""

    name: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a line is.

    Args:
        state: In one word.
        findings: Every condition, the worst first; the first one explains the state.
    """

    state: LineState
    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """What explains the state best."""
        return self.findings[0]


def judge(facts: LineFacts) -> Judgement:
    """Return how a line is, by its facts.

    Of the conditions that keep a line from working only the worst is told: a modem that is gone has
    no network either.
    """
    shown = [each for each in CONDITIONS if each.shows(facts)]
    hard = next((each for each in shown if each.state not in (None, LineState.READY)), None)
    kept = [each for each in shown if each is hard or each.state is None]
    if hard is not None:
        kept.sort(key=lambda each: each is not hard)
    told = kept or [BY_NAME["ready"]]
    state = hard.state if hard is not None and hard.state is not None else LineState.READY
    return Judgement(state, tuple(Finding(each.name, each.facts(facts)) for each in told))
