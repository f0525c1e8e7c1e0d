"""Faults that wait for a word, and a modem that takes its time."""

from __future__ import annotations

import random

import pytest

from drivers.virtual.reactor import ManualReactor
from drivers.virtual.traps import LATE_FOR, LATE_SECONDS, Lateness, Trap
from tests.drivers.virtual.bench import A, Bench


def lie_in_wait(bench: Bench, kind: str, word: bytes, *, heard: bool, moment: str) -> None:
    bench.modem.ambush(Trap(word, heard, moment, lambda: bench.modem.fault(kind)))


@pytest.mark.parametrize(
    ("moment", "said", "charset"),
    [("before", [], "IRA"), ("during", [], "UCS2"), ("after", ["OK"], "UCS2")],
)
def test_a_hang_at_a_word_of_the_host(moment: str, said: list[str], charset: str) -> None:
    with Bench() as bench:
        lie_in_wait(bench, "hang", b"+CSCS", heard=True, moment=moment)
        assert bench.ask("AT+CSQ")[-1] == "OK"
        bench.send("AT+CS")
        assert bench.ask('CS="UCS2"') == said
        assert bench.modem.settings["+CSCS"][0] == charset
        assert bench.modem.power.hung
        bench.modem.power.hung = False
        bench.ask("")  # ends what it has of the line that the hang cut off
        assert bench.ask("AT+CSCS?")[-1] == "OK"  # it springs once


@pytest.mark.parametrize(("moment", "told"), [("before", False), ("after", True)])
def test_a_fault_at_a_word_of_the_modem(moment: str, told: bool) -> None:
    with Bench() as bench:
        bench.ask("AT+CLIP=1")
        lie_in_wait(bench, "hang", b"+CLIP", heard=False, moment=moment)
        bench.people(A)[0].dial(bench.modem.msisdn)
        said = " ".join(bench.lines(6))
        assert ("+CLIP" in said) is told
        assert bench.modem.power.hung


def test_a_trap_is_taken_away() -> None:
    with Bench() as bench:
        lie_in_wait(bench, "unplug", b"+CSQ", heard=True, moment="before")
        bench.modem.fault("disarm")
        assert bench.ask("AT+CSQ")[-1] == "OK"


def test_a_late_modem_says_everything_in_its_order() -> None:
    with Bench() as bench:
        bench.modem.fault("late")
        assert bench.ask("AT+CGMI", LATE_SECONDS - 0.5) == []
        assert bench.lines(1.0) == ["Quectel", "OK"]
        bench.wait(LATE_FOR - LATE_SECONDS - 1.0)
        bench.send("AT+CGMM\r")
        bench.wait(1.0)  # from here on it is on time again
        bench.send("AT+CGMI\r")
        assert bench.lines(LATE_SECONDS) == ["EC25", "OK", "Quectel", "OK"]
        assert bench.ask("AT+CGMM") == ["EC25", "OK"]


class Restless(ManualReactor):
    """Between any two looks at the clock it has moved a little."""

    _dice = random.Random(1)

    def now(self) -> float:
        self._now += self._dice.random() * 1e-3
        return self._now


def test_what_is_said_behind_something_that_is_due_keeps_its_order() -> None:
    reactor, said = Restless(), list[bytes]()
    late = Lateness(reactor, said.append)
    late.begin()
    reactor.advance(LATE_FOR - 0.01)
    words = [b"%d" % number for number in range(100)]
    for word in words:
        late.say(word)
        reactor.advance(0.0317)
    reactor.advance(LATE_SECONDS)
    assert said == words
    reactor.close()


def test_what_a_late_modem_has_not_said_is_lost_when_it_restarts() -> None:
    with Bench() as bench:
        bench.modem.fault("late")
        bench.send("AT+CGMI\r")
        bench.close()
        bench.modem.fault("reset")
        bench.wait(9)
        bench.open()
        assert bench.ask("ATE0")[-1] == "OK"
        assert "Quectel" not in bench.lines(LATE_SECONDS + 1)
