"""The media room in a process of its own: the same contract, and what its death costs."""

from __future__ import annotations

import hashlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.config import parse
from appliance.errors import BadInput
from appliance.media import (
    Attached,
    DigitHeard,
    MediaClosed,
    MediaEvent,
    MediaProcess,
    Played,
    PortFailed,
    Recorded,
    RecordingFailed,
    wav,
)
from appliance.media.events import LevelNote
from appliance.media.listening import CHIRP_A, CHIRP_B, absent, find
from appliance.media.owed import CAUSE, Owed
from appliance.media.tones import keys
from appliance.media.wire import decode, decode_event, encode, encode_event
from appliance.operations.doctor import examine
from drivers.modem import AudioSpec
from tests.media.ptymodem import PtyModem, pause
from tests.media.rig import Room, until
from tests.media.test_on_ptys import heard_by
from tests.media.tries import within_tries
from tests.threads import Since

EVENTS: list[MediaEvent] = [
    Attached("c", "a"),
    PortFailed("c", "b", "gone"),
    Played("c", "a", 7, interrupted=True),
    DigitHeard("c", "a", "#", 80),
    Recorded("c", "x/c.wav", 3.5, "ab"),
    RecordingFailed("c", "x/c.wav", "disk full"),
    LevelNote("c", "b", "clipping"),
    MediaClosed("c"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_events_cross_as_they_are(event: MediaEvent) -> None:
    line = encode_event(event)
    assert line.endswith(b"\n")
    name, arguments, options = decode(line)
    assert arguments == []
    assert decode_event(name, options) == event


def test_what_is_owed_is_told_once_and_in_order() -> None:
    owed = Owed()
    for leg in "ab":
        owed.attached("c", leg)
    owed.attached("d", "a")
    owed.playing("c", "a", 1)
    owed.playing("c", "a", 2)
    owed.recording("c", "c.wav")
    owed.recording("d", "d.wav")
    owed.detached("c", "b")
    owed.told(Played("c", "a", 1, interrupted=False))
    owed.told(Recorded("d", "d.wav", 4.0, "ab"))
    owed.closing("d")

    assert owed.settle() == [
        Played("c", "a", 2, interrupted=True),
        PortFailed("c", "a", CAUSE),
        RecordingFailed("c", "c.wav", CAUSE),
        MediaClosed("d"),
    ]
    assert owed.settle() == []


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Room]:
    since = Since()
    room = Room(tmp_path)
    old = room.recordings / "old.wav"
    old.write_bytes(b"old")
    os.utime(old, (1, 1))
    media = MediaProcess(
        room._take, prompts=room.prompts, recordings=room.recordings, stereo=True, keep=3600.0
    )
    room.media = media  # type: ignore[assignment]
    media.start()
    yield room
    media.stop(10.0)
    assert not since.names("media-")
    assert media.pid is not None
    assert not Path(f"/proc/{media.pid}").exists()


def test_a_call_its_recording_and_the_death_of_the_voice_process(apart: Room) -> None:
    a, b = PtyModem(), PtyModem()
    media = apart.media
    for each, leg in ((a, "a"), (b, "b")):
        each.start()
        media.attach("c", leg, each.spec)
    apart.wait(Attached, 2)
    media.bridge("c", on=True)
    media.listen("c", "a", on=True)
    media.record("c", "day/c.wav")

    def conversation() -> None:
        since_a, since_b = len(a.heard), len(b.heard)
        a.say(np.concatenate([pause(0.3), CHIRP_A.samples()]))
        b.say(np.concatenate([pause(0.3), CHIRP_B.samples()]))
        heard_by(b, CHIRP_A, since_b)
        heard_by(a, CHIRP_B, since_a)

    within_tries(conversation)
    a.say(keys("4", on=0.2))
    assert apart.wait(DigitHeard).digit == "4"
    with pytest.raises(BadInput):
        media.record("c", "../c.wav")
    figures = {leg.leg: leg for leg in media.figures()}
    assert figures["a"].counts.received > 50
    assert set(figures) == {"a", "b"}
    media.play("c", "a", 9, ("tone:ringback",), loop=True)
    part = apart.recordings / "day/c.wav.part"
    until(lambda: part.stat().st_size > 8000 * 2 * 3.5, "seconds of recording", 10.0)

    pid = media.pid  # type: ignore[attr-defined]
    os.kill(pid, signal.SIGKILL)
    apart.wait(PortFailed, 2)
    done = apart.wait(Recorded)
    assert {event.leg for event in apart.events(PortFailed)} == {"a", "b"}
    assert apart.wait(Played) == Played("c", "a", 9, interrupted=True)
    assert done.seconds >= 3.5
    octets = (apart.recordings / done.name).read_bytes()
    assert hashlib.sha256(octets).hexdigest() == done.sha256
    left, right = wav.channels(apart.recordings / done.name)
    assert find(left, CHIRP_A)
    assert find(right, CHIRP_B)
    assert absent(left, CHIRP_B)
    assert absent(right, CHIRP_A)
    assert not (apart.recordings / "old.wav").exists()

    # The next call has a new process.
    media.attach("d", "a", a.spec)
    apart.wait(Attached, 3)
    assert media.pid != pid  # type: ignore[attr-defined]
    media.close("d")
    assert apart.wait(MediaClosed).call == "d"
    a.close()
    b.close()


def test_a_box_that_was_killed_with_words_unread_leaves_a_whole_recording(tmp_path: Path) -> None:
    modem = PtyModem()
    modem.start()
    ours, theirs = socket.socketpair()
    folders = ["--prompts", str(tmp_path), "--recordings", str(tmp_path)]
    command = [sys.executable, "-m", "appliance.media.child", *folders]
    with theirs:
        child = subprocess.Popen(command, stdin=theirs.fileno())
    spec = modem.spec
    ours.sendall(encode("attach", "c", "a", spec.kind, spec.address, spec.rate))
    ours.sendall(encode("record", "c", "c.wav"))
    part = tmp_path / "c.wav.part"
    until(
        lambda: part.exists() and part.stat().st_size > 8000 * 3.5, "a recording that is kept", 20.0
    )
    until(lambda: select.select([ours], [], [], 0)[0], "something told")
    ours.close()
    assert child.wait(20) == 0
    assert not part.exists()
    assert len(wav.channels(tmp_path / "c.wav")[0]) > 8000 * 3.5


def test_a_port_that_cannot_be_opened_is_told_through_the_wire(apart: Room) -> None:
    apart.media.attach("c", "a", AudioSpec("serial", "/dev/nothing-of-the-kind"))
    assert "nothing-of-the-kind" in apart.wait(PortFailed).cause
    apart.media.play("c", "a", 1, ("tone:busy",))
    assert apart.wait(Played).interrupted
    apart.media.close("c")
    apart.wait(MediaClosed)


@pytest.mark.parametrize("granted", [True, False])
def test_it_runs_in_real_time_where_that_is_allowed_and_the_doctor_knows(
    tmp_path: Path, granted: bool
) -> None:
    settings = parse(f'[box]\ndata = "{tmp_path}"\n')
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "appliance.media.child", "--prompts", str(tmp_path)]
    command += ["--recordings", str(settings.box.recordings)]
    if not granted:  # as a service without the right, and whose unit has no LimitRTPRIO
        drop = ["setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice"]
        command = [*drop, "prlimit", "--rtprio=0", *command]
    with theirs, subprocess.Popen(command, stdin=theirs.fileno()) as child, ours:
        ours.settimeout(20.0)
        ours.sendall(encode("figures", 1))
        assert ours.recv(4096)  # it serves, so it has asked for its priority
        policy = os.sched_getscheduler(child.pid)
        found = [one.good for one in examine(settings, None, answers=True) if one.code == "DOC-009"]
        ours.sendall(encode("stop", 1.0))
        child.wait(10)

    assert (policy == os.SCHED_RR) is granted
    assert found == [granted]
    gone = [one for one in examine(settings, None, answers=True) if one.code == "DOC-009"]
    assert gone == []
