from __future__ import annotations

import threading

import pytest

from appliance.media import Attached, MediaClosed, Played, PortFailed
from appliance.media import leg as leg_module
from drivers.modem import AudioSpec
from tests.media.rig import Room, WirePort, until

ONE, TWO = AudioSpec("serial", "one"), AudioSpec("serial", "two")


def test_a_leg_waits_for_its_voice_to_begin(media_room: Room) -> None:
    media_room.media.attach("c", "a", ONE)
    media_room.media.play("c", "a", 1, ("tone:1004/0.2",))
    assert media_room.ports["one"].opened.wait(5)
    assert media_room.ports["one"].heard.empty()
    assert not media_room.events(Attached)
    media_room.leg("one", 40)

    assert media_room.wait(Attached) == Attached("c", "a")

    def played() -> bool:
        media_room.leg("one", 1)
        return bool(media_room.events(Played))

    until(played, "the end of a play, which may begin late: it is read meanwhile")
    assert media_room.wait(Played) == Played("c", "a", 1, interrupted=False)


def test_a_port_that_cannot_be_opened_is_told_with_its_cause(media_room: Room) -> None:
    media_room.ports["one"].refuses_open = "held by another program"
    media_room.media.attach("c", "a", ONE)

    assert media_room.wait(PortFailed) == PortFailed("c", "a", "held by another program")
    assert not media_room.events(Attached)


def test_a_specification_nobody_can_follow_is_a_failed_port(media_room: Room) -> None:
    media_room.media.attach("c", "a", AudioSpec("serial", "no such wire"))

    assert media_room.wait(PortFailed).cause == "internal: KeyError"


def test_whatever_ends_a_leg_ends_its_play_as_interrupted_once(media_room: Room) -> None:
    media_room.attach()
    media_room.media.play("c", "a", 1, ("tone:busy",), loop=True)
    media_room.media.play("c", "b", 2, ("tone:busy",), loop=True)
    media_room.talk(frames=5)
    media_room.ports["one"].lost = "unplugged"
    media_room.wait(PortFailed)
    media_room.wait(Played)
    media_room.media.detach("c", "b")
    media_room.wait(Played, 2)
    media_room.media.close("c")
    media_room.wait(MediaClosed)

    assert sorted((e.leg, e.play_id, e.interrupted) for e in media_room.events(Played)) == [
        ("a", 1, True),
        ("b", 2, True),
    ]


def test_a_play_on_a_leg_that_has_failed_is_over_at_once(media_room: Room) -> None:
    media_room.attach()
    media_room.ports["one"].lost = "unplugged"
    media_room.wait(PortFailed)
    until(lambda: media_room.ports["one"].closed.is_set(), "the port to be closed")
    media_room.media.play("c", "a", 9, ("tone:busy",))

    assert media_room.wait(Played) == Played("c", "a", 9, interrupted=True)


def test_closing_ends_every_thread_of_the_call_and_says_so_once(media_room: Room) -> None:
    media_room.attach()
    media_room.media.bridge("c", on=True)
    media_room.media.close("c")
    media_room.media.close("c")
    media_room.wait(MediaClosed)

    assert media_room.ports["one"].closed.is_set()
    assert media_room.ports["two"].closed.is_set()
    assert media_room.media.figures() == []


def test_closing_what_nobody_knows_is_answered_too(media_room: Room) -> None:
    media_room.media.close("nobody")
    assert media_room.wait(MediaClosed) == MediaClosed("nobody")


def test_the_next_call_gets_the_port_when_the_last_has_closed_it(media_room: Room) -> None:
    media_room.attach("first")
    media_room.media.close("first")
    media_room.media.attach("second", "a", ONE)
    media_room.leg("one", 3)
    media_room.wait(MediaClosed)

    assert media_room.wait(Attached, 3) == Attached("second", "a")
    assert not media_room.events(PortFailed)
    assert {f.call for f in media_room.media.figures()} == {"second"}


def test_a_port_that_is_never_given_back_fails_the_next_leg(
    media_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leg_module, "PREDECESSOR", 0.05)
    port = StuckPort()
    media_room.ports["one"] = port
    media_room.media.attach("first", "a", ONE)
    assert port.opened.wait(5)
    media_room.media.attach("second", "a", ONE)

    failed = media_room.wait(PortFailed)
    port.release.set()
    assert (failed.call, failed.cause) == ("second", "the port is still held by its last call")


def test_a_leg_attached_anew_to_another_port_goes_on_there(media_room: Room) -> None:
    media_room.ports["three"] = WirePort()
    media_room.attach()
    media_room.media.bridge("c", on=True)
    media_room.media.attach("c", "b", AudioSpec("serial", "three"))
    assert media_room.ports["two"].closed.wait(5)
    said = b"\x11\x22" * 160
    heard = b""
    for _ in range(6):
        media_room.clock.advance(0.02)
        media_room.step("one", said)
        heard = media_room.step("three")

    assert heard == said


def test_commands_about_what_is_not_there_do_nothing(media_room: Room) -> None:
    media_room.media.detach("nobody", "a")
    media_room.media.stop_play("nobody", "a")
    media_room.media.listen("nobody", "a", on=True)
    media_room.media.bridge("nobody", on=True)
    media_room.media.stop_record("nobody")

    assert media_room.seen == []


def test_two_calls_do_not_hear_each_other(media_room: Room) -> None:
    media_room.ports |= {"three": WirePort(), "four": WirePort()}
    media_room.attach("c")
    media_room.media.bridge("c", on=True)
    media_room.media.attach("d", "a", AudioSpec("serial", "three"))
    media_room.media.attach("d", "b", AudioSpec("serial", "four"))
    media_room.media.bridge("d", on=True)
    heard = []
    for _ in range(20):
        media_room.clock.advance(0.02)
        media_room.step("one", b"\x11\x22" * 160)
        media_room.step("two", b"\x11\x22" * 160)
        heard += [media_room.step("three"), media_room.step("four")]

    assert set(heard) == {bytes(320)}


class StuckPort(WirePort):
    """A driver that does not come back from a read."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()

    def read(self, timeout: float) -> bytes | None:
        self.release.wait(5)
        return None
