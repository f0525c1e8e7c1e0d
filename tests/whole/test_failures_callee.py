"""B can't be had: what the application is told, per make of the line that was dialled."""

from __future__ import annotations

from tests.whole.conftest import everywhere
from tests.whole.hearing import BUSY_TONE, tenths
from tests.whole.scene import DIALLED, RANG, Scene


@everywhere
def test_b_rejects(scene: Scene) -> None:
    scene.dials()
    scene.rings()
    scene.b.do("reject")
    call = scene.only()
    scene.check_ended(call, RANG, 7503, q850=21, sip=603, by="callee")
    scene.check_paid_nothing(scene.b)
    assert tenths(scene.a, BUSY_TONE)[0] >= 2


@everywhere
def test_b_presses_busy(scene: Scene) -> None:
    scene.dials()
    scene.rings()
    scene.b.do("reject", cause=17)
    scene.check_ended(scene.only(), RANG, 8102, q850=17, sip=486, by="callee")


@everywhere
def test_b_is_in_another_call(scene: Scene) -> None:
    other = scene.person(answers=0)
    scene.b.do("dial", to=other.msisdn)
    scene.b.until("active")
    scene.dials()
    scene.told("disconnect")
    assert (scene.b.look()["state"], other.look()["state"]) == ("active", "active")
    scene.b.do("hangup")
    scene.check_ended(scene.only(), DIALLED, 8102, q850=17, sip=486, by="callee")


@everywhere
def test_b_does_not_answer(scene: Scene) -> None:
    scene.dials()
    call = scene.only()
    scene.check_ended(call, RANG, 8101, q850=19, sip=480, by="callee")
    scene.check_paid_nothing(scene.b)


@everywhere
def test_b_is_switched_off(scene: Scene) -> None:
    scene.b.do("power", on=False)
    scene.dials()
    scene.check_ended(scene.only(), DIALLED, 8104, q850=20, sip=480, by="callee")


@everywhere
def test_b_switches_off_while_it_rings(scene: Scene) -> None:
    scene.dials()
    scene.rings()
    scene.b.do("power", on=False)
    scene.check_ended(scene.only(), RANG, 8104, q850=20, sip=480, by="callee")


@everywhere
def test_b_does_not_exist(scene: Scene) -> None:
    nobody = scene.people.pop(1)
    nobody.leave()
    scene.dials()
    scene.check_ended(scene.only(), DIALLED, 8100, q850=1, sip=404, by="callee")


@everywhere
def test_the_network_says_why(scene: Scene) -> None:
    """B can't be reached, its service is suspended, the network is congested."""
    causes = [(27, 8103, 502), (55, 8105, 403), (42, 7506, 503)]
    for count, (cause, state, sip) in enumerate(causes, start=1):
        body = {"to": scene.b.msisdn, "cause": cause, "times": 1}
        scene.rig.bank.post("/network/calls", body)
        scene.dials()
        call = scene.over(count)[-1]
        scene.check_ended(call, DIALLED, state, q850=cause, sip=sip, by="callee")


@everywhere
def test_a_hangs_up_while_it_is_told(scene: Scene) -> None:
    """Why the call failed is decided before A hears it: that A leaves then changes nothing."""
    with scene.rig.settings(scene.make, prompts={"callee-rejected": "default"}):
        scene.dials()
        scene.rings()
        scene.b.do("reject")
        scene.rig.until(lambda: tenths(scene.a, BUSY_TONE)[1] >= 5, "words of the application")
        scene.a.do("hangup")
        call = scene.only()
    scene.check_ended(call, RANG, 7503, q850=21, sip=603, by="callee")
