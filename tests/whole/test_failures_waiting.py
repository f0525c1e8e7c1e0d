"""A third caller, C, dials X at every step of the call from A to B.

Where the box sees the call waiting it refuses it as busy, or lets it ring out while A is held, and
tells of it. Where the network itself finds the line busy there is nothing to see: while the line
rings, while it sets up a call of its own, and always on the make whose call waiting is not proven.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from appliance.demo import ears
from tests.whole.conftest import Play, everywhere
from tests.whole.hearing import BUSY_TONE, tenths
from tests.whole.rig import CONFERENCES, VOICE, Json, Rig, number
from tests.whole.scene import ALL, RANG, REFUSED, Call, Scene, at_once

BUSY = 17


def third(scene: Scene, seen: bool, x: str | None = None) -> None:
    """C dials, and is refused: by the box, or unseen by the network."""
    c = scene.person()
    scene.dials(c, to=x)
    c.until("idle")
    assert c.look()["calls"][-1]["cause"] == BUSY
    if seen:
        scene.told("disconnect", c)


def both(scene: Scene) -> tuple[Call, Call]:
    """Return the call of A and that of C, once they are over."""
    calls = {call.info["callin"]["caller"]: call for call in scene.over(2)}
    return calls[scene.a.msisdn], calls[scene.people[-1].msisdn]


def check_told(scene: Scene, seen: bool, kinds: list[str], state: int, **facts: object) -> Json:
    """Check what was told of A's call, and of C's where the box saw it; returns A's record."""
    if not seen:
        call = scene.only()
    else:
        call, refused = both(scene)
        check_refused_as_busy(scene, refused)
    scene.check_ended(call, kinds, state, **facts)
    return call.record


def check_refused_as_busy(scene: Scene, call: Call, by: str = "box") -> None:
    """Check what was told of C's call."""
    c = scene.people[-1]
    scene.check_ended(call, REFUSED, 8102, sip=486, by=by, caller=c, bound="")
    scene.check_paid_nothing(c)


def bridging(scene: Scene, **settings: object) -> AbstractContextManager[None]:
    """Have calls bridged, whatever the make can do."""
    return scene.rig.settings(scene.make, connect=["bridge"], **settings)


@everywhere
def test_while_x_rings(scene: Scene) -> None:
    with bridging(scene, early_dial=True):
        scene.dials()
        scene.rings()
        third(scene, seen=False)
        scene.b.do("answer")
        scene.told("answer")
        scene.b.do("hangup")
        check_told(scene, False, ALL, 0, by="callee", shown=scene.second)


@everywhere(bound=False)
def test_while_a_hears_the_waiting_tone(scene: Scene) -> None:
    scene.bind(preVoice={"callerHintTone": VOICE})
    scene.dials()
    scene.a.until("active")
    scene.rig.until(lambda: tenths(scene.a, BUSY_TONE)[1] >= 2, "a waiting tone")
    third(scene, scene.conference)
    scene.rings()
    scene.b.do("answer")
    scene.told("answer")
    scene.a.do("hangup")
    check_told(scene, scene.conference, ALL, 0, by="caller")


@everywhere
def test_while_b_rings(scene: Scene) -> None:
    scene.dials()
    scene.rings()
    third(scene, seen=False)  # a conference sets up a call on this line; the other make never sees
    scene.b.do("answer")
    scene.told("answer", scene.a)
    scene.b.do("hangup")
    check_told(scene, False, ALL, 0, by="callee")


@everywhere(makes=CONFERENCES)
def test_while_b_rings_on_the_second_line(scene: Scene) -> None:
    with bridging(scene):
        scene.dials()
        scene.rings()
        third(scene, seen=True)
        scene.b.do("answer")
        scene.told("answer", scene.a)
        scene.b.do("hangup")
        check_told(scene, True, ALL, 0, by="callee", shown=scene.second)


@everywhere
def test_while_they_talk(scene: Scene) -> None:
    scene.talks()
    third(scene, scene.conference)
    assert (scene.a.look()["state"], scene.b.look()["state"]) == ("active", "active")
    scene.b.do("hangup")
    record = check_told(scene, scene.conference, ALL, 0, by="callee")
    assert record["strategy"] == ("conference" if scene.conference else "bridge")


@everywhere
def test_while_a_is_told_that_b_rejected(scene: Scene) -> None:
    with scene.rig.settings(scene.make, prompts={"callee-rejected": "default"}):
        scene.dials()
        scene.rings()
        scene.b.do("reject")
        scene.rig.until(lambda: tenths(scene.a, BUSY_TONE)[1] >= 5, "words of the application")
        third(scene, scene.conference)
        assert scene.a.look()["state"] == "active"
        scene.a.do("hangup")
        check_told(scene, scene.conference, RANG, 7503, q850=21, sip=603, by="callee")


@everywhere
def test_on_the_second_line(scene: Scene) -> None:
    """A stranger dials the number that B sees: busy, for its line is lent."""
    with bridging(scene):
        scene.dials()
        scene.rings()
        third(scene, seen=False, x=scene.second)
        scene.b.do("answer")
        scene.told("answer", scene.a)
        third(scene, scene.conference, x=scene.second)
        scene.a.do("hangup")
        if scene.conference:
            call, refused = both(scene)
            assert refused.kinds == REFUSED
            assert refused.info["disconnect"]["stateCode"] == 8102
            assert refused.fee["bindNum"] == scene.second
        else:
            call = scene.only()
        scene.check_ended(call, ALL, 0, by="caller", shown=scene.second)


@everywhere(makes=CONFERENCES)
def test_while_a_is_held_and_b_confirms(scene: Scene) -> None:
    """Anything done to a call now would take C's: they are joined when C has given up."""
    with scene.rig.settings(scene.make, press_1=True):
        scene.dials()
        scene.rings()
        scene.b.do("answer")
        scene.b.until("active")
        assert scene.a.look()["state"] == "held"
        c = scene.person()
        scene.dials(c)
        scene.told("callin", c)
        scene.rig.until(lambda: is_taken(scene), "an end of the prompt")
        assert (scene.a.look()["state"], c.look()["state"]) == ("held", "dialling")
        c.do("hangup")
        scene.told("answer", scene.a)
        scene.a.until("active")
        scene.a.do("hangup")
        call, waited = both(scene)
    scene.check_ended(call, ALL, 0, by="caller")
    check_refused_as_busy(scene, waited, by="caller")


def is_taken(scene: Scene) -> bool:
    """B presses 1; tells whether the prompt has been cut, so that the key was heard."""
    scene.b.do("digits", digits="1")
    samples = ears.recording(scene.b)[-ears.RATE // 4 :]
    return len(samples) > 0 and int(abs(samples).max()) <= 8


def test_while_b_hears_that_it_is_called_again(play: Play, rig: Rig) -> None:
    """A is held while C waits. B hangs up: A comes back by its index, then C is refused."""

    def goes_on(scene: Scene) -> None:
        bridged = number(scene.make, "x")
        scene.bind()
        scene.dials()
        assert scene.rings() == scene.x
        scene.b.do("answer")
        rig.until(lambda: tenths(scene.b, BUSY_TONE)[1] >= 2, "words to B")
        c = scene.person()
        scene.dials(c)
        scene.told("callin", c)
        assert (scene.a.look()["state"], c.look()["state"]) == ("held", "dialling")
        scene.b.do("hangup")
        c.until("idle")
        assert c.look()["calls"][-1]["cause"] == BUSY
        scene.rings()
        scene.b.do("answer")
        scene.told("answer", scene.a)
        scene.a.do("hangup")
        check_told(scene, True, ALL, 0, by="caller", shown=bridged)

    for make in CONFERENCES:
        rig.forgets(number(make, "join-refused"))
    at_once(goes_on, [play(make, "join-refused") for make in CONFERENCES])
