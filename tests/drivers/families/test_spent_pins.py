"""A PIN is given once, and one that was refused not by the next start either."""

from __future__ import annotations

from pathlib import Path

from drivers.families.spent_pins import SpentPins


def test_a_refused_pin_outlives_the_process_and_is_not_readable(tmp_path: Path) -> None:
    file = tmp_path / "refused-pins"
    pins = SpentPins()
    pins.keep(file)
    key = pins.spend("8986000000000000001", "4711")
    assert key is not None
    assert pins.spend("8986000000000000001", "4711") is None
    pins.refused(key)
    assert file.stat().st_mode & 0o077 == 0
    assert "4711" not in file.read_text()

    later = SpentPins()
    later.keep(file)
    assert later.spend("8986000000000000001", "4711") is None
    assert later.spend("8986000000000000001", "4712") is not None
    assert later.spend("8986000000000000002", "4711") is not None


def test_a_pin_that_was_taken_is_given_again_after_a_reboot() -> None:
    pins = SpentPins()
    key = pins.spend("1", "4711")
    pins.taken(key)
    assert pins.spend("1", "4711") is not None


def test_a_file_that_cannot_be_used_costs_only_the_memory(tmp_path: Path) -> None:
    pins = SpentPins()
    pins.keep(tmp_path)
    key = pins.spend("1", "4711")
    assert key is not None
    pins.refused(key)
    assert pins.spend("1", "4711") is None
