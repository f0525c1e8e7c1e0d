"""Recordings of calls that a power cut ended are in those calls' records before their fee."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from appliance.media import wav
from appliance.media.tones import sine
from appliance.model.records import CallRecord
from appliance.operations.recordings import complete
from appliance.store import Store
from drivers.clock import ManualClock

CUT = (wav.alaw_header(8000) + bytes(8000 * 5), ".part")  # the header knows of one second only
SHORT = (wav.alaw_header(8000) + bytes(8000 * 2), ".part")
WHOLE = (wav.alaw_header(32000) + bytes(32000), "")


@pytest.mark.parametrize(
    ("left", "seconds"), [(CUT, 5.0), (WHOLE, 4.0), (SHORT, None), (None, None)]
)
def test_what_was_cut_off_is_entered(
    tmp_path: Path, left: tuple[bytes, str] | None, seconds: float | None
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    if left is not None:
        (folder / f"c.wav{left[1]}").write_bytes(left[0])
    clock = ManualClock()
    store = Store(tmp_path / "simveil.db", clock=clock)
    store.start()
    try:
        for name, legs in (("s-1", {"recording": "c.wav"}), ("s-2", {})):
            record = CallRecord(
                name, f"i-{name}", None, None, "+8617000000001", "+8617000000001",
                call_in_at=clock.now(), legs=legs,
            )  # fmt: skip
            store.write(lambda db, record=record: store.calls.save(db, record))
        given = complete(store, folder)
        told, other = store.calls.get("s-1"), store.calls.get("s-2")
    finally:
        store.stop()

    assert told is not None
    assert other is not None
    assert not other.recorded
    assert not list(folder.glob("*.part"))
    if seconds is None:
        assert given == 0
        assert not told.recorded
        return
    octets = (folder / "c.wav").read_bytes()
    assert given == 1
    assert (told.recorded, told.record_file) == (True, "c.wav")
    assert told.record_sha256 == hashlib.sha256(octets).hexdigest()
    assert len(wav.read(folder / "c.wav")) == seconds * 8000


def test_the_samples_stay_as_they_were(tmp_path: Path) -> None:
    wav.write_alaw(tmp_path / "c.wav", sine(500.0, 4.0))
    before = wav.read(tmp_path / "c.wav")
    (tmp_path / "c.wav").rename(tmp_path / "c.wav.part")
    store = Store(tmp_path / "simveil.db", clock=ManualClock())
    store.start()
    try:
        complete(store, tmp_path)
    finally:
        store.stop()
    assert (wav.read(tmp_path / "c.wav") == before).all()
