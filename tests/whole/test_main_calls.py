"""The calls that go well, per make of the line that was dialled."""

from __future__ import annotations

import pytest

from tests.whole.conftest import Play
from tests.whole.hearing import tenths
from tests.whole.rig import MAKES
from tests.whole.scene import ALL, Scene, seconds_between

A_SAYS, B_SAYS = 700.0, 1900.0  # Hz


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("leaves", ["a", "b"])
def test_they_talk_until_either_hangs_up(play: Play, make: str, leaves: str) -> None:
    scene = play(make)
    scene.bind()
    scene.talks()
    scene.a.until("active")
    shown = scene.b.look()["shown"]
    assert shown == (scene.x if scene.conference else scene.second)
    says, hears = (A_SAYS, scene.b) if leaves == "a" else (B_SAYS, scene.a)
    speaker = scene.a if leaves == "a" else scene.b
    speaker.do("say", tone=says, seconds=3.0)
    scene.rig.until(lambda: tenths(hears, says)[0] >= 3, "the voice of the other side")
    getattr(scene, leaves).do("hangup")
    call = scene.only()
    scene.ended(call, ALL, 0, by={"a": "caller", "b": "callee"}[leaves])
    assert call.record["strategy"] == ("conference" if scene.conference else "bridge")


@pytest.mark.parametrize("make", MAKES)
def test_b_reaches_a_the_same_way(play: Play, make: str) -> None:
    scene = play(make)
    scene.bind()
    scene.dials(scene.b)
    scene.rings(scene.a)
    scene.a.do("answer")
    scene.told("answer")
    scene.a.do("hangup")
    scene.ended(scene.only(), ALL, 0, by="callee", caller=scene.b, callee=scene.a)


@pytest.mark.parametrize("make", MAKES)
def test_the_application_ends_a_call(play: Play, make: str) -> None:
    scene = play(make)
    scene.bind()
    scene.customer.stop_call(scene.talks()["sessionId"])
    scene.ended(scene.only(), ALL, 0, by="application")


def test_the_limit_ends_the_call(limited: list[Scene]) -> None:
    """``maxDuration`` of one minute, counted from the answer."""
    for scene in limited:
        scene.rig.until(lambda s=scene: s.fees(), "the end of a limited call", 90.0)
        call = scene.only()
        scene.ended(call, ALL, 8010, by="box")
        talked = seconds_between(call.fee["fwdAnswerTime"], call.fee["callEndTime"])
        assert 60 <= talked <= 62
