"""Voice files of applications: uploaded, approved, then usable in bindings and prompts.

The folder is the truth: ``<application id>/<name>`` is approved, ``<application
id>/pending/<name>`` waits. A name becomes visible by a rename, so that a half-written file is never
played.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from appliance.errors import BadInput, NotFound

LARGEST = 6 << 20  # octets of an upload, whatever its coding; the cloud takes 2 MB of A-law
LARGEST_STORED = 2 << 20
_NAME = re.compile(r"[0-9A-Za-z_@-][0-9A-Za-z_.@-]{0,123}\.wav", re.IGNORECASE)
_PENDING = "pending"

State = Literal["approved", "pending"]


@dataclass(frozen=True, slots=True)
class VoiceFile:
    """One file.

    Args:
        name: As bindings name it.
        octets: Its size as stored: A-law, 8 kHz, mono.
        changed: When it was uploaded.
    """

    name: str
    state: State
    octets: int
    changed: datetime


class Voices:
    """The voice files under one folder. Safe from any thread: every change is one rename.

    Args:
        folder: Made on first use.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def exists(self, app_id: int, name: str) -> bool:
        """Whether the application has an approved file of that name."""
        return _NAME.fullmatch(name) is not None and self._approved(app_id, name).is_file()

    def add(self, app_id: int, name: str, octets: bytes) -> VoiceFile:
        """Keep an upload until it is approved; it is stored as A-law, 8 kHz, mono.

        Args:
            octets: A WAV file, at most 6 MB, of any rate that the player knows.

        Raises:
            BadInput: The name is not one, or the file is no such WAV, or longer than 2 MB of A-law.
        """
        # The codec brings numpy, which most processes that look for a file never need.
        from appliance.media import wav

        self._check(name)
        if len(octets) > LARGEST:
            raise BadInput(f"{name}: {len(octets)} octets, at most {LARGEST} allowed")
        samples = wav.parse(octets, name)
        if len(samples) > LARGEST_STORED:
            raise BadInput(f"{name}: {len(samples) // 8000} seconds, at most 262 allowed")
        path = self._waiting(app_id, name)
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        wav.write_alaw(part, samples)
        _publish(part, path)
        return _described(path, "pending")

    def all(self, app_id: int) -> list[VoiceFile]:
        """Return the application's files by name; a waiting replacement stands beside the old."""
        return sorted(
            [
                *(_described(path, "approved") for path in _files(self._folder / str(app_id))),
                *(_described(path, "pending") for path in _files(self._waiting(app_id, "").parent)),
            ],
            key=lambda file: (file.name, file.state),
        )

    def approve(self, app_id: int, name: str) -> VoiceFile:
        """Make a waiting file usable, in place of an older namesake. Raises NotFound."""
        self._check(name)
        path = self._approved(app_id, name)
        try:
            _publish(self._waiting(app_id, name), path)
        except FileNotFoundError as error:
            raise NotFound(f"no voice file {name} waits for approval") from error
        return _described(path, "approved")

    def remove(self, app_id: int, name: str) -> None:
        """Remove a file, approved or waiting. Raises NotFound."""
        self._check(name)
        found = False
        for path in (self._approved(app_id, name), self._waiting(app_id, name)):
            if path.is_file():
                path.unlink()
                found = True
        if not found:
            raise NotFound(f"there is no voice file {name}")

    def _check(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise BadInput(
                f"{name!r} is no voice file's name: digits, letters, - _ . @, ending in .wav"
            )

    def _approved(self, app_id: int, name: str) -> Path:
        return self._folder / str(app_id) / name

    def _waiting(self, app_id: int, name: str) -> Path:
        return self._folder / str(app_id) / _PENDING / (name or "x")


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_file()]
    except FileNotFoundError:
        return []


def _described(path: Path, state: State) -> VoiceFile:
    facts = path.stat()
    return VoiceFile(path.name, state, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))


def _publish(part: Path, path: Path) -> None:
    """Rename once the octets are on the disk, and the name after them."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
