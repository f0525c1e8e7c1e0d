"""What a SIM or a modem can't do, and what there is no line for."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.whole.conftest import Play, everywhere
from tests.whole.hearing import BUSY_TONE, tenths
from tests.whole.rig import CONFERENCES, MAKES, NARROW, TRUNK, Rig, number
from tests.whole.scene import ALL, DIALLED, RANG, REFUSED, Scene, at_once

NOT_SUBSCRIBED = 50


def shown_to(scene: Scene) -> list[str]:
    """Return the numbers that B's phone has shown, in order."""
    return [call["number"] for call in scene.b.look()["calls"] if call["direction"] == "in"]


def join_is_refused(scene: Scene) -> None:
    """A dials X, B answers, and begins to hear that it will be called again."""
    scene.dials()
    assert scene.rings() == scene.x
    scene.b.do("answer")
    scene.rig.until(lambda: tenths(scene.b, BUSY_TONE)[1] >= 2, "words to B")


@pytest.mark.parametrize("lacks", NARROW)
def test_a_sim_that_lacks_a_service(play: Play, rig: Rig, lacks: str) -> None:
    def bridges(scene: Scene) -> None:
        bridged = number(scene.make, "x")  # the first other number of the application
        scene.bind()
        if lacks == "no-hold":
            scene.dials()
        else:
            # The conference fails only when B has answered: B is told, and called again.
            join_is_refused(scene)
            rig.until(lambda: len(shown_to(scene)) == 2, "a second call of B")
        assert scene.rings() == bridged
        scene.b.do("answer")
        scene.told("answer")
        scene.a.until("active")
        scene.a.do("hangup")
        call = scene.only()
        scene.check_ended(call, ALL, 0, by="caller", shown=bridged)
        assert call.record["strategy"] == "bridge"
        assert any("refused" in note for note in call.record["notes"])
        assert shown_to(scene) == ([bridged] if lacks == "no-hold" else [scene.x, bridged])

    def bridges_at_once(scene: Scene) -> None:
        bridged = number(scene.make, "x")
        scene.bind()
        scene.dials()
        assert scene.rings() == bridged
        scene.b.do("answer")
        scene.told("answer")
        scene.b.do("hangup")
        scene.check_ended(scene.only(), ALL, 0, by="callee", shown=bridged)
        assert shown_to(scene) == [bridged]

    for make in CONFERENCES:
        rig.forgets(number(make, lacks))
    at_once(bridges, [play(make, lacks) for make in CONFERENCES])
    # Once is enough: what the SIM's network refuses is known from now on.
    at_once(bridges_at_once, [play(make, lacks) for make in CONFERENCES])


def test_a_make_that_bridges_needs_neither(play: Play) -> None:
    scene = play("e1550")
    scene.bind()
    services = {"hold": False, "multiparty": False, "join_refused": True}
    scene.rig.services(scene.x, **services)
    try:
        scene.talks()
        scene.a.do("hangup")
        scene.check_ended(scene.only(), ALL, 0, by="caller")
    finally:
        scene.rig.services(scene.x, **{name: not value for name, value in services.items()})
    assert shown_to(scene) == [scene.second]


def test_b_leaves_when_the_join_is_refused(play: Play, rig: Rig) -> None:
    """B hangs up instead of waiting for the second call, and does not take that one."""

    def leaves(scene: Scene) -> None:
        bridged = number(scene.make, "x")
        scene.bind()
        join_is_refused(scene)
        scene.b.do("hangup")
        rig.until(lambda: len(shown_to(scene)) == 2, "a second call of B")
        scene.b.do("reject")
        call = scene.only()
        scene.check_ended(call, RANG, 7503, q850=21, sip=603, by="callee", shown=bridged)

    for make in CONFERENCES:
        rig.forgets(number(make, "no-multiparty"))
    at_once(leaves, [play(make, "no-multiparty") for make in CONFERENCES])


def test_a_leaves_when_the_join_is_refused(play: Play, rig: Rig) -> None:
    """Nobody is called again for a caller who has gone."""

    def leaves(scene: Scene) -> None:
        scene.bind()
        join_is_refused(scene)
        scene.a.do("hangup")
        scene.check_ended(scene.only(), RANG, 7502, sip=487, by="caller")
        assert shown_to(scene) == [scene.x]

    for make in CONFERENCES:
        rig.forgets(number(make, "join-refused"))
    at_once(leaves, [play(make, "join-refused") for make in CONFERENCES])


def test_no_second_line_when_the_join_is_refused(play: Play, rig: Rig) -> None:
    """The conference was all there is: B is released, and A is told."""
    for make, lacks in zip(CONFERENCES, ("no-multiparty", "join-refused"), strict=True):
        with rig.alone(make, lacks) as x:
            rig.forgets(x)
            scene = play(make, lacks, f"{make}-alone")
            scene.bind()
            scene.dials()
            scene.rings()
            scene.b.do("answer")
            call = scene.only()
        scene.check_ended(call, RANG, 7506, q850=NOT_SUBSCRIBED, sip=503, by="box")


def check_refused_alone(play: Play, rig: Rig, state: int, sip: int) -> None:
    """On every make: a bridge is all that is allowed, and no line is there for it."""

    def is_rejected(scene: Scene) -> None:
        scene.bind()
        scene.dials()
        call = scene.only(rest=False)
        scene.check_ended(call, REFUSED, state, sip=sip, by="box")
        scene.check_paid_nothing()
        assert scene.b.look()["calls"] == []

    with ExitStack() as stack:
        for make in MAKES:
            stack.enter_context(rig.alone(make))
            stack.enter_context(rig.settings(f"{make}-alone", connect=["bridge"]))
        at_once(is_rejected, [play(make, "x", f"{make}-alone") for make in MAKES])


def test_no_second_line(play: Play, rig: Rig) -> None:
    """The application has no other number, and there is no trunk."""
    check_refused_alone(play, rig, 7508, 403)


def test_the_only_second_line_has_no_network(play: Play, rig: Rig) -> None:
    with rig.trunk(), rig.fault(TRUNK, "no-network", "network", "no-network"):
        check_refused_alone(play, rig, 522, 503)


@pytest.mark.parametrize("make", MAKES)
def test_two_calls_and_one_trunk(play: Play, rig: Rig, make: str) -> None:
    other = MAKES[MAKES.index(make) - 1]
    with (
        rig.trunk(),
        rig.alone(make),
        rig.alone(other),
        rig.settings(f"{make}-alone", connect=["bridge"]),
        rig.settings(f"{other}-alone", connect=["bridge"]),
    ):
        first, second = play(make, "x", f"{make}-alone"), play(other, "x", f"{other}-alone")
        first.bind()
        second.bind()
        first.dials()
        assert first.rings() == TRUNK
        second.dials()
        refused = second.only(rest=False)
        first.b.do("answer")
        first.told("answer")
        first.a.do("hangup")
        call = first.only()
    first.check_ended(call, ALL, 0, by="caller", shown=TRUNK)
    second.check_ended(refused, REFUSED, 522, sip=503, by="box")
    second.check_paid_nothing()


@pytest.mark.parametrize("make", MAKES)
def test_two_lines_that_need_each_other(play: Play, rig: Rig, make: str) -> None:
    """Both are dialled at the same time, and each is the only second line of the other.

    Which of them comes first is the network's chance. Nobody may be left waiting for anybody.
    """
    name = f"{make}-alone"
    with rig.alone(make), rig.alone(make, "second"), rig.settings(name, connect=["bridge"]):
        scene = play(make, "x", name)
        scene.bind()
        c, d = scene.person(), scene.person()
        other = Scene(rig, make, "second", name)
        other.bind(c, d)

        def over() -> bool:
            for callee in (scene.b, d):
                if callee.look()["state"] == "ringing":
                    callee.do("reject")
            return {phone.look()["state"] for phone in (scene.a, c)} == {"idle"} and rig.rests()

        scene.dials()
        other.dials(c)
        rig.until(over, "two callers who were told")
        other.customer.unbind(relationNum=other.x)
        calls = {call.fee["bindNum"]: call for call in scene.over(len(scene.records()))}
    ends = {x: (call.kinds, call.fee["ulFailReason"]) for x, call in calls.items()}
    no_line, rejected, crossed, busy = (
        (REFUSED, 522),
        (RANG, 7503),
        (DIALLED, 7506),  # lent, and rung by the other call before it was dialled
        (REFUSED, 8102),
    )
    if len(ends) == 1:  # a line that sets a call up is busy for its network: there is no record
        assert rejected in ends.values()
    else:
        pair = [end for end in (no_line, rejected, crossed, busy) if end in ends.values()]
        assert pair in ([no_line], [rejected, busy], [crossed, busy])


@everywhere
def test_b_calls_the_second_line_back(scene: Scene) -> None:
    """The return route leads to the binding whose call showed that number."""
    with scene.rig.settings(scene.make, connect=["bridge"]):
        scene.talks()
        scene.a.do("hangup")
        scene.check_ended(scene.only(), ALL, 0, by="caller", shown=scene.second)
        scene.dials(scene.b, to=scene.second)
        shown = scene.rings(scene.a)
        assert shown in {number(scene.make, role) for role in ("x", "false")}
        scene.a.do("answer")
        scene.told("answer", scene.b)
        scene.b.do("hangup")
        back = scene.over(2)[1]
    # It is told as a call to X: the application knows no other number of this binding.
    scene.check_ended(back, ALL, 0, by="caller", caller=scene.b, callee=scene.a, shown=shown)
    assert back.record["dialled"] == scene.second
