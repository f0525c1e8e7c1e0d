"""A gives up, at every step before and in the conversation."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.whole.conftest import everywhere
from tests.whole.scene import ALL, DIALLED, RANG, REFUSED, Scene


@everywhere
def test_a_leaves_while_b_is_dialled(scene: Scene) -> None:
    scene.dials()
    scene.told("callout")
    scene.a.do("hangup")
    call = scene.only()
    # The network may have let B ring before it knows that A has gone.
    rang = "alerting" in call.kinds
    kinds, state = (RANG, 7502) if rang else (DIALLED, 7501)
    scene.check_ended(call, kinds, state, sip=487, by="caller")


@everywhere
def test_a_leaves_while_b_rings(scene: Scene) -> None:
    """In a conference A is held all the while."""
    scene.dials()
    scene.rings()
    if scene.conference:
        scene.a.until("held")
    scene.told("alerting")
    scene.a.do("hangup")
    scene.check_ended(scene.only(), RANG, 7502, sip=487, by="caller")
    scene.check_paid_nothing(scene.b)


@everywhere
def test_a_leaves_at_the_moment_of_the_answer(scene: Scene) -> None:
    scene.dials()
    scene.rings()
    scene.told("alerting")
    scene.b.do("answer")
    scene.a.do("hangup")
    call = scene.only()
    answered = "answer" in call.kinds
    kinds, state, sip = (ALL, 0, 0) if answered else (RANG, 7502, 487)
    scene.check_ended(call, kinds, state, sip=sip, by="caller")


def early(scene: Scene) -> AbstractContextManager[None]:
    """B is dialled while A's call still rings."""
    return scene.rig.settings(scene.make, early_dial=True, connect=["bridge"])


@everywhere
def test_a_leaves_before_it_is_answered(scene: Scene) -> None:
    with early(scene):
        scene.dials()
        assert scene.rings() == scene.second
        scene.told("alerting")
        scene.a.do("hangup")
        call = scene.only()
    scene.check_ended(call, RANG, 7502, sip=487, by="caller", shown=scene.second)
    scene.check_paid_nothing()
    scene.check_paid_nothing(scene.b)


@everywhere
def test_b_rejects_before_a_is_answered(scene: Scene) -> None:
    with early(scene):
        scene.dials()
        scene.rings()
        scene.b.do("reject")
        call = scene.only()
    scene.check_ended(call, RANG, 7503, q850=21, sip=603, by="callee", shown=scene.second)
    scene.check_paid_nothing()


@everywhere
def test_b_is_given_up_before_the_network_of_a_would(scene: Scene) -> None:
    with early(scene):
        scene.dials()
        call = scene.only()
    scene.check_ended(call, RANG, 8035, sip=408, by="box", shown=scene.second)
    scene.check_paid_nothing()
    scene.check_paid_nothing(scene.b)


@everywhere
def test_a_is_answered_when_b_has_answered(scene: Scene) -> None:
    with early(scene):
        scene.dials()
        scene.rings()
        scene.check_paid_nothing()
        scene.b.do("answer")
        scene.told("answer")
        scene.a.until("active")
        scene.b.do("hangup")
        call = scene.only()
    scene.check_ended(call, ALL, 0, by="callee", shown=scene.second)


@everywhere
def test_a_stranger_tries_again_and_again(scene: Scene) -> None:
    """Each try is a call of its own, whatever the modem still tells of the one before."""
    stranger, tries = scene.person(), 4
    for _ in range(tries):
        scene.dials(stranger)
        stranger.until("idle")
    for call in scene.over(tries):
        scene.check_ended(call, REFUSED, 8014, sip=403, by="box", caller=stranger, bound="")
    assert all(call["answered"] is None for call in stranger.look()["calls"])


@everywhere
def test_a_calls_again_at_once(scene: Scene) -> None:
    """The line may still be busy with the first call: then A's network says so, or the box."""
    scene.dials()
    scene.rings()
    scene.told("alerting")
    scene.a.do("hangup")
    scene.b.until("idle")
    scene.b.do("auto", answer_after=0)

    def through() -> bool:
        if scene.a.look()["state"] == "idle":
            scene.dials()
        return any(push["body"]["eventType"] == "answer" for push in scene.pushes())

    scene.rig.until(through, "a conversation")
    scene.a.do("hangup")
    calls = scene.over(len(scene.records()))
    scene.check_ended(calls[0], RANG, 7502, sip=487, by="caller")
    scene.check_ended(calls[-1], ALL, 0, by="caller")
    for call in calls[1:-1]:
        assert call.kinds == REFUSED
        assert call.info["disconnect"]["stateCode"] == 8102
