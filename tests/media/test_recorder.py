from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from appliance.errors import BadInput
from appliance.media import MediaClosed, Recorded, RecordingFailed, salvage, wav
from appliance.media import recorder as recorder_module
from appliance.media.listening import CHIRP_A, CHIRP_B, find
from appliance.media.recorder import remove_older
from appliance.media.tones import sine
from tests.media.rig import Room, until


def test_under_three_seconds_nothing_is_kept(media_room: Room) -> None:
    media_room.attach()
    media_room.media.record("c", "short.wav")
    media_room.talk(frames=140)
    media_room.media.stop_record("c")
    done = media_room.wait(Recorded)

    assert done.name == "short.wav"
    assert done.seconds == pytest.approx(2.8)
    assert done.sha256 == ""
    assert list(media_room.recordings.iterdir()) == []


def test_closing_the_call_completes_the_recording_before_it_says_closed(
    media_room: Room,
) -> None:
    media_room.attach()
    media_room.media.record("c", "c.wav")
    media_room.talk(sine(500.0, 4.0))
    media_room.media.close("c")
    media_room.wait(MediaClosed)
    kinds = [type(event) for event in media_room.seen]

    assert kinds.index(Recorded) < kinds.index(MediaClosed)
    assert (media_room.recordings / "c.wav").is_file()


def test_another_program_reads_the_recording(media_room: Room) -> None:
    media_room.attach()
    media_room.media.record("c", "c.wav")
    media_room.talk(sine(500.0, 4.0), frames=200)
    media_room.media.stop_record("c")
    media_room.wait(Recorded)
    told = subprocess.run(
        ["soxi", str(media_room.recordings / "c.wav")],
        capture_output=True, text=True, check=True, timeout=20,
    ).stdout  # fmt: skip

    for expected in ("8-bit A-law", ": 8000", "32000 samples", "Channels       : 1"):
        assert expected in told


def test_with_one_leg_only_that_leg_is_recorded(media_room: Room) -> None:
    media_room.attach()
    media_room.media.detach("c", "b")
    media_room.media.record("c", "c.wav")
    media_room.leg("one", 200, CHIRP_A.samples())
    media_room.media.stop_record("c")
    media_room.wait(Recorded)

    assert find(wav.read(media_room.recordings / "c.wav"), CHIRP_A) is not None


def test_when_leg_a_is_lost_leg_b_keeps_the_time(media_room: Room) -> None:
    from appliance.media import PortFailed

    media_room.attach()
    media_room.media.bridge("c", on=True)
    media_room.media.record("c", "c.wav")
    media_room.talk(frames=100)
    media_room.ports["one"].lost = "unplugged"
    media_room.wait(PortFailed)
    media_room.leg("two", 150, CHIRP_B.samples())
    media_room.media.stop_record("c")
    done = media_room.wait(Recorded)

    assert abs(done.seconds - 5.0) < 0.1
    assert find(wav.read(media_room.recordings / "c.wav"), CHIRP_B) is not None


def test_the_growing_file_is_a_valid_wav_and_is_salvaged_after_a_cut(media_room: Room) -> None:
    media_room.attach()
    media_room.media.record("c", "c.wav")
    part = media_room.recordings / "c.wav.part"
    for _ in range(5):
        media_room.talk(sine(500.0, 1.0), frames=50)
        until(lambda: part.is_file() and part.stat().st_size > 4000, "the file to grow")
    until(lambda: len(wav.read(part)) >= 4 * 8000, "the header to follow")
    after_cut = media_room.recordings.parent / "after"
    after_cut.mkdir()
    (after_cut / "c.wav.part").write_bytes(part.read_bytes())
    (after_cut / "short.wav.part").write_bytes(wav.alaw_header(0) + bytes(8000))
    (saved,) = salvage(after_cut)

    assert saved.name == "c.wav"
    assert saved.seconds >= 4.0
    assert [path.name for path in after_cut.iterdir()] == ["c.wav"]
    assert len(wav.read(after_cut / "c.wav")) == round(saved.seconds * 8000)


def test_it_is_synced_about_once_a_second(
    media_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs: list[int] = []
    real = os.fsync
    monkeypatch.setattr(recorder_module.os, "fsync", lambda fd: (syncs.append(fd), real(fd))[1])
    media_room.attach()
    media_room.media.record("c", "c.wav")
    part = media_room.recordings / "c.wav.part"
    for second in range(1, 6):
        media_room.talk(frames=50)
        size = wav.A_LAW_HEADER + second * 8000 - 8000
        until(lambda size=size: part.is_file() and part.stat().st_size >= size, "growth")
    media_room.media.stop_record("c")
    media_room.wait(Recorded)

    assert 4 <= len(syncs) <= 8


def test_a_disk_that_fails_is_told_and_the_call_goes_on(
    media_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recorder_module.os, "fsync", full)
    media_room.attach()
    media_room.media.record("c", "c.wav")
    media_room.talk(frames=120)
    failed = media_room.wait(RecordingFailed)
    heard, _ = media_room.talk(frames=10)
    media_room.media.close("c")
    media_room.wait(MediaClosed)

    assert (failed.name, failed.cause) == ("c.wav", "No space left on device")
    assert len(heard) == 1600
    assert not media_room.events(Recorded)


def test_a_folder_that_cannot_be_written_is_told(media_room: Room) -> None:
    (media_room.recordings / "2026").write_text("a file where a folder should be")
    media_room.attach()
    media_room.media.record("c", "2026/c.wav")

    assert media_room.wait(RecordingFailed).name == "2026/c.wav"


@pytest.mark.parametrize("name", ["/etc/x.wav", "../x.wav", "a/../../x.wav", ""])
def test_a_name_that_would_leave_the_folder_is_refused(media_room: Room, name: str) -> None:
    with pytest.raises(BadInput, match="inside the recordings folder"):
        media_room.media.record("c", name)


def test_both_at_full_scale_are_limited_not_wrapped(media_room: Room) -> None:
    loud = np.full(32000, 30000, np.int16)
    media_room.attach()
    media_room.media.bridge("c", on=True)
    media_room.media.record("c", "c.wav")
    media_room.talk(loud, loud, frames=200)
    media_room.media.stop_record("c")
    media_room.wait(Recorded)
    recorded = wav.read(media_room.recordings / "c.wav")

    assert recorded.min() >= -64
    assert recorded.max() >= 32000


def test_a_recording_ended_by_the_next_is_complete(media_room: Room, tmp_path: Path) -> None:
    media_room.attach()
    media_room.media.record("c", "first.wav")
    media_room.talk(frames=160)
    media_room.media.record("c", "second.wav")
    media_room.talk(frames=160)
    media_room.media.close("c")
    media_room.wait(MediaClosed)

    assert sorted(event.name for event in media_room.events(Recorded)) == [
        "first.wav",
        "second.wav",
    ]


def test_only_finished_recordings_that_are_too_old_are_removed(tmp_path: Path) -> None:
    for name, age in (("old.wav", 100), ("new.wav", 10), ("growing.wav.part", 100)):
        path = tmp_path / "day" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (1000.0 - age, 1000.0 - age))

    assert remove_older(tmp_path, 950.0) == 1
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["growing.wav.part", "new.wav"]
