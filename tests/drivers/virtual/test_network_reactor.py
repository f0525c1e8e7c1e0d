"""The reactor: order, schedules without drift, and work from other threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from drivers.virtual.reactor import ManualReactor, Reactor, ReactorStopped, Reply


@pytest.fixture
def reactor() -> Iterator[Reactor]:
    """A reactor that turns on a thread of its own."""
    reactor = Reactor()
    thread = threading.Thread(target=reactor.run, name="bank")
    thread.start()
    yield reactor
    reactor.stop()
    thread.join(5)
    assert not thread.is_alive()


@pytest.fixture
def manual() -> Iterator[ManualReactor]:
    reactor = ManualReactor()
    yield reactor
    reactor.close()


def test_timers_fire_in_order_of_time_then_of_asking(manual: ManualReactor) -> None:
    order: list[str] = []
    for name, seconds in (("late", 2.0), ("first", 1.0), ("second", 1.0), ("never", 1.5)):
        handle = manual.after(seconds, lambda name=name: order.append(name))
        if name == "never":
            handle.cancel()
    manual.advance(0.99)
    assert order == []
    manual.advance(5)
    assert order == ["first", "second", "late"]


def test_a_timer_may_set_the_next_one(manual: ManualReactor) -> None:
    seen: list[float] = []

    def again() -> None:
        seen.append(manual.now())
        if len(seen) < 3:
            manual.after(1, again)

    manual.after(1, again)
    manual.advance(10)
    assert seen == [1001, 1002, 1003]


def test_a_ticker_keeps_its_schedule(manual: ManualReactor) -> None:
    seen: list[float] = []
    ticker = manual.every(0.02, lambda: seen.append(manual.now()))
    manual.advance(20)
    ticker.cancel()
    manual.advance(1)
    assert len(seen) == pytest.approx(1000, abs=1)
    assert ticker.dropped == 0


class Jumping(ManualReactor):
    """A machine that was busy elsewhere."""

    def jump(self, seconds: float) -> None:
        self._now += seconds
        self.turn()


@pytest.mark.parametrize(("seconds", "made_up", "dropped"), [(0.3, 15, 0), (2.0, 26, 74)])
def test_late_ticks_are_made_up_for_within_a_bound(
    seconds: float, made_up: int, dropped: int
) -> None:
    reactor = Jumping()
    seen: list[int] = []
    ticker = reactor.every(0.02, lambda: seen.append(1), catch_up=25)
    reactor.jump(seconds)
    assert len(seen) == pytest.approx(made_up, abs=1)
    assert ticker.dropped == pytest.approx(dropped, abs=1)
    before = len(seen)
    reactor.advance(1)
    assert len(seen) - before == pytest.approx(50, abs=1)
    reactor.close()


def test_another_thread_gets_its_answer(reactor: Reactor) -> None:
    name = reactor.call(lambda: threading.current_thread().name, 5)
    assert name == "bank"


def test_another_thread_gets_the_error(reactor: Reactor) -> None:
    def fail() -> None:
        raise KeyError("no")

    with pytest.raises(KeyError):
        reactor.call(fail, 5)


def test_an_answer_may_come_later(reactor: Reactor) -> None:
    def begin(reply: Reply[str]) -> None:
        reactor.after(0.01, lambda: reply("later"))

    assert reactor.ask(begin, 5) == "later"


def test_an_answer_that_never_comes_is_a_timeout(reactor: Reactor) -> None:
    def begin(reply: Reply[str]) -> None:
        pass

    with pytest.raises(TimeoutError):
        reactor.ask(begin, 0.05)


def test_one_failing_action_does_not_stop_the_others(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("a terminal's bug")

    reactor.post(fail)
    assert reactor.call(lambda: 1, 5) == 1
    assert "an action of the virtual bank failed" in caplog.text


def test_descriptors_are_watched_until_they_are_removed(reactor: Reactor) -> None:
    read, write = os.pipe()
    got = threading.Event()
    octets: list[bytes] = []

    def take() -> None:
        octets.append(os.read(read, 100))
        got.set()

    reactor.call(lambda: reactor.add_reader(read, take), 5)
    os.write(write, b"ring")
    assert got.wait(5)
    reactor.call(lambda: reactor.remove_reader(read), 5)
    writable = threading.Event()

    def room() -> None:
        reactor.remove_writer(write)
        writable.set()

    reactor.call(lambda: reactor.add_writer(write, room), 5)
    assert writable.wait(5)
    reactor.call(lambda: reactor.remove_writer(write), 5)
    os.close(read)
    os.close(write)
    assert octets == [b"ring"]


def test_a_stopped_reactor_refuses_work() -> None:
    reactor = Reactor()
    reactor.close()
    reactor.close()
    reactor.stop()
    with pytest.raises(ReactorStopped):
        reactor.call(lambda: 1, 1)


def test_what_waits_when_it_stops_is_told() -> None:
    reactor = Reactor()
    outcome: list[BaseException] = []

    def ask() -> None:
        try:
            reactor.call(lambda: 1, 5)
        except ReactorStopped as error:
            outcome.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not reactor._inbox:
        threading.Event().wait(0.001)
    reactor.close()
    thread.join(5)
    assert len(outcome) == 1
