"""The calls that go well, per make of the line that was dialled."""

from __future__ import annotations

from appliance.demo.people import Phone
from tests.whole.conftest import everywhere
from tests.whole.hearing import tenths
from tests.whole.scene import ALL, Scene, seconds_between

A_SAYS, B_SAYS = 700.0, 1900.0  # Hz


def talk(scene: Scene, speaker: Phone, listener: Phone, hertz: float) -> None:
    """A and B are through, and one hears the other."""
    scene.talks()
    scene.a.until("active")
    assert scene.b.look()["shown"] == (scene.x if scene.conference else scene.second)
    speaker.do("say", tone=hertz, seconds=3.0)
    scene.rig.until(lambda: tenths(listener, hertz)[0] >= 3, "the voice of the other side")


@everywhere
def test_they_talk_until_a_hangs_up(scene: Scene) -> None:
    talk(scene, scene.a, scene.b, A_SAYS)
    scene.a.do("hangup")
    call = scene.only()
    scene.check_ended(call, ALL, 0, by="caller")
    assert call.record["strategy"] == ("conference" if scene.conference else "bridge")


@everywhere
def test_they_talk_until_b_hangs_up(scene: Scene) -> None:
    talk(scene, scene.b, scene.a, B_SAYS)
    scene.b.do("hangup")
    scene.check_ended(scene.only(), ALL, 0, by="callee")


@everywhere
def test_b_reaches_a_the_same_way(scene: Scene) -> None:
    scene.dials(scene.b)
    scene.rings(scene.a)
    scene.a.do("answer")
    scene.told("answer")
    scene.a.do("hangup")
    scene.check_ended(scene.only(), ALL, 0, by="callee", caller=scene.b, callee=scene.a)


@everywhere
def test_the_application_ends_a_call(scene: Scene) -> None:
    scene.customer.stop_call(scene.talks()["sessionId"])
    scene.check_ended(scene.only(), ALL, 0, by="application")


def test_the_limit_ends_the_call(limited: list[Scene]) -> None:
    """``maxDuration`` of one minute, counted from the answer."""
    for scene in limited:
        scene.rig.until(lambda s=scene: s.fees(), "the end of a limited call", 90.0)
        call = scene.only()
        scene.check_ended(call, ALL, 8010, by="box")
        talked = seconds_between(call.fee["fwdAnswerTime"], call.fee["callEndTime"])
        assert 60 <= talked <= 62
