"""A modem that says "answered" as soon as B's phone rings.

Where B has to press 1 nothing is believed but the key. Where it has not, the modem's word is all
that there is, and the record says how much it is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.whole.conftest import Play
from tests.whole.rig import CONFERENCES, MAKES, Rig, number
from tests.whole.scene import ALL, RANG, Scene, at_once

Lies = Callable[..., Scene]


@pytest.fixture
def lies(play: Play, rig: Rig) -> Iterator[Lies]:
    """Opens scenes whose leg to B is on a modem that lies, with the application's settings."""
    with ExitStack() as stack:

        def opens(make: str, **settings: object) -> Scene:
            name = make if make in CONFERENCES else f"{make}-alone"
            if name != make:  # the only other number is that of the modem that lies
                stack.enter_context(rig.alone(make))
                stack.enter_context(rig.alone(make, "false"))
            stack.enter_context(rig.settings(name, **settings))
            scene = play(make, "false" if name == make else "x", name)
            scene.bind()
            return scene

        yield opens


def shown(scene: Scene) -> str:
    """Return the number that B sees."""
    return number(scene.make, "false")


def test_b_presses_1(lies: Lies) -> None:
    def presses_1(scene: Scene) -> None:
        scene.dials()
        assert scene.rings() == shown(scene)
        scene.told("alerting")
        scene.b.do("answer")
        scene.b.until("active")
        assert "answer" not in [push["body"]["eventType"] for push in scene.pushes()]

        def taken() -> bool:
            if scene.b.look()["state"] == "active":
                scene.b.do("digits", digits="1")
            return "answer" in [push["body"]["eventType"] for push in scene.pushes()]

        scene.rig.until(taken, "an effect of the key")
        scene.a.until("active")
        scene.a.do("hangup")
        scene.check_ended(scene.only(), ALL, 0, by="caller", shown=shown(scene))

    at_once(presses_1, [lies(make, press_1=True) for make in MAKES])


def test_b_rejects_and_was_to_press_1(lies: Lies) -> None:
    def rejects(scene: Scene) -> None:
        scene.dials()
        scene.rings()
        scene.told("alerting")
        scene.b.do("reject")
        call = scene.only()
        scene.check_ended(call, RANG, 7503, q850=21, sip=603, by="callee", shown=shown(scene))
        scene.check_paid_nothing(scene.b)

    at_once(rejects, [lies(make, press_1=True) for make in MAKES])


def test_b_does_not_answer_and_was_to_press_1(lies: Lies) -> None:
    def rings_out(scene: Scene) -> None:
        scene.dials()
        call = scene.only()
        scene.check_ended(call, RANG, 8101, q850=19, sip=480, by="callee", shown=shown(scene))
        scene.check_paid_nothing(scene.b)

    at_once(rings_out, [lies(make, press_1=True) for make in MAKES])


def test_the_modem_is_believed(lies: Lies, rig: Rig) -> None:
    """A network joins no phone that only rings: B is called again. A bridge talks to ringback."""

    def is_called_again(scene: Scene) -> None:
        bridged = number(scene.make, "x")
        scene.dials()
        assert scene.rings() == shown(scene)
        rig.until(lambda: scene.b.look()["shown"] == bridged, "a second call of B")
        scene.b.do("answer")
        scene.told("answer")
        scene.b.do("hangup")
        scene.check_ended(scene.only(), ALL, 0, by="callee", shown=bridged)

    def is_taken_for_talking(scene: Scene) -> None:
        scene.dials()
        assert scene.rings() == shown(scene)
        scene.told("answer")
        scene.b.do("reject")
        scene.check_ended(scene.only(), ALL, 0, by="callee", shown=shown(scene))
        scene.check_paid_nothing(scene.b)

    def goes_wrong(scene: Scene) -> None:
        (is_called_again if scene.conference else is_taken_for_talking)(scene)

    at_once(goes_wrong, [lies(make) for make in MAKES])
