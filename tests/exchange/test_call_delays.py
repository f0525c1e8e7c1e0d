"""The main calls again while every worker is slow in its own, seeded way."""

from __future__ import annotations

import random
import threading

import pytest

from appliance.exchange.line import LineWorker
from appliance.model.records import Role
from drivers.modem import Facts
from tests.exchange.box import ALL, TRUNK, A, B, TestBox, X
from tests.exchange.fake_network import REFUSED_JOIN

LONGEST = 0.05


@pytest.fixture(params=range(4))
def slow_box(
    request: pytest.FixtureRequest, box: TestBox, monkeypatch: pytest.MonkeyPatch
) -> TestBox:
    seeded = random.Random(request.param)
    handle = LineWorker._handle
    pause = threading.Event()

    def slowly(self: LineWorker, message: object) -> None:
        pause.wait(seeded.uniform(0, LONGEST))
        handle(self, message)

    monkeypatch.setattr(LineWorker, "_handle", slowly)
    return box


@pytest.mark.parametrize("way", ["conference", "bridge", "join refused"])
def test_a_call_comes_through_on_slow_workers(slow_box: TestBox, way: str) -> None:
    box = slow_box
    modem = box.line(X, facts=Facts(multiparty=way != "bridge"))
    box.line(TRUNK, role=Role.TRUNK)
    if way == "join refused":
        modem.fails["join"] = REFUSED_JOIN
    box.bind()
    # A lender may answer late here: the owner must not take it for busy.
    box.start(reserve_seconds=5.0)
    box.network.call(A, X)
    box.talking()
    box.network.hang_up(B)
    [record] = box.over()
    assert box.told(record) == ALL
    assert [kind for kind, _ in box.pushes()] == ALL
    box.until(box.network.quiet, "no leg is left")
    assert record.strategy == ("conference" if way == "conference" else "bridge")


def test_a_lender_that_is_too_slow_is_passed_over_and_gets_its_line_back(box: TestBox) -> None:
    """The owner does not wait: a late grant is given back."""
    box.line(X, facts=Facts(multiparty=False))
    box.line(TRUNK, role=Role.TRUNK)
    box.bind()
    box.start()
    worker = box.exchange._workers[f"virtual:{TRUNK}"]
    blocked, go = threading.Event(), threading.Event()

    def block() -> None:
        blocked.set()
        go.wait(10)

    from appliance.exchange.messages import Ask

    worker.post(Ask(block))
    assert blocked.wait(5)
    box.network.call(A, X)
    box.until(lambda: any(line.call for line in box.exchange.lines()), "the call is there")

    def passed_over() -> bool:
        box.fires(0.06)
        return bool(box.records()) and not box.store.calls.unfinished()

    box.until(passed_over, "the call is rejected")
    [record] = box.over()
    assert record.state_code == 522
    go.set()
    box.until(lambda: not any(line.call for line in box.exchange.lines()), "nothing is lent")
    box.network.call(A, X)
    box.talking()
