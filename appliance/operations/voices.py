"""Voice files of applications: uploaded, checked, approved or rejected, then usable in bindings.

The folder is the truth: ``<application id>/<name>`` is approved, ``<application
id>/pending/<name>`` waits, ``<application id>/rejected/<name>`` was refused. A name becomes visible
by a rename, so that a half-written file is never played. What was found out about an upload lies
beside it, in ``notes/<state>-<name>.json``.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from appliance.errors import BadInput, NotFound
from appliance.operations.voice_checks import Check

if TYPE_CHECKING:
    from appliance.media.g711 import Samples

LARGEST = 6 << 20  # octets of an upload, whatever its coding; the cloud takes 2 MB of A-law
LARGEST_STORED = 2 << 20
_HEADER = 58  # octets in front of the samples of a stored file
_NAME = re.compile(r"[0-9A-Za-z_@-][0-9A-Za-z_.@-]{0,123}\.wav", re.IGNORECASE)

State = Literal["approved", "pending", "rejected"]
STATES: tuple[State, ...] = ("approved", "pending", "rejected")


@dataclass(frozen=True, slots=True)
class VoiceFile:
    """One file.

    Args:
        name: As bindings name it.
        octets: Its size as stored: A-law, 8 kHz, mono.
        changed: When it was uploaded.
        seconds: Its length.
        description: The uploader's words.
        checks: What was looked at when it was uploaded.
        reason: Why it was rejected.
    """

    name: str
    state: State
    octets: int
    changed: datetime
    seconds: float = 0.0
    description: str | None = None
    checks: tuple[Check, ...] = ()
    reason: str | None = None


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

    def add(
        self, app_id: int, name: str, octets: bytes, description: str | None = None
    ) -> VoiceFile:
        """Keep an upload until it is approved; it is stored as A-law, 8 kHz, mono.

        Args:
            octets: A sound file of any common kind, at most 6 MB.
            description: For whoever reviews it.

        Raises:
            BadInput: The name is not one, or the file is no sound, or longer than 2 MB of A-law.
        """
        # The codecs bring numpy, which most processes that look for a file never need.
        from appliance.media import wav
        from appliance.operations.voice_checks import check

        self._check(name)
        if len(octets) > LARGEST:
            raise BadInput(f"{name}: {len(octets)} octets, at most {LARGEST} allowed")
        samples, source = _decoded(octets, name)
        if len(samples) > LARGEST_STORED:
            raise BadInput(f"{name}: {len(samples) // 8000} seconds, at most 262 allowed")
        path = self._place(app_id, "pending", name)
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        wav.write_alaw(part, samples)
        found = [asdict(one) for one in check(samples, source)]
        self._note(app_id, "pending", name, {"description": description, "checks": found})
        _publish(part, path)
        return self._described(app_id, "pending", name)

    def all(self, app_id: int) -> list[VoiceFile]:
        """Return the application's files by name; a waiting replacement stands beside the old."""
        return sorted(
            [
                self._described(app_id, state, path.name)
                for state in STATES
                for path in _files(self._place(app_id, state, "x").parent)
            ],
            key=lambda file: (file.name, file.state),
        )

    def approve(self, app_id: int, name: str) -> VoiceFile:
        """Make a waiting or rejected file usable, in place of an older namesake. Raises NotFound.

        The reviewer's word counts: a check that failed is advice, and stays to be seen.
        """
        self._check(name)
        state = self._reviewed(app_id, name)
        facts = self._facts(app_id, state, name)
        self._note(app_id, "approved", name, {**facts, "reason": None})
        _publish(self._place(app_id, state, name), self._place(app_id, "approved", name))
        self._forget_notes(app_id, state, name)
        return self._described(app_id, "approved", name)

    def reject(self, app_id: int, name: str, reason: str) -> VoiceFile:
        """Refuse a waiting file, for a reason that its uploader is told. Raises NotFound."""
        self._check(name)
        waiting, path = self._place(app_id, "pending", name), self._place(app_id, "rejected", name)
        if not waiting.is_file():
            raise NotFound(f"no voice file {name} waits for approval")
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        facts = self._facts(app_id, "pending", name)
        self._note(app_id, "rejected", name, {**facts, "reason": reason})
        _publish(waiting, path)
        self._forget_notes(app_id, "pending", name)
        return self._described(app_id, "rejected", name)

    def content(self, app_id: int, name: str, state: State | None = None) -> bytes:
        """Return a file as stored; without ``state`` the approved one first. Raises NotFound."""
        self._check(name)
        for each in STATES if state is None else (state,):
            path = self._place(app_id, each, name)
            if path.is_file():
                return path.read_bytes()
        raise NotFound(f"there is no voice file {name}")

    def remove(self, app_id: int, name: str) -> None:
        """Remove a file, in whatever state. Raises NotFound."""
        self._check(name)
        found = False
        for state in STATES:
            path = self._place(app_id, state, name)
            if path.is_file():
                path.unlink()
                self._forget_notes(app_id, state, name)
                found = True
        if not found:
            raise NotFound(f"there is no voice file {name}")

    def _check(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise BadInput(
                f"{name!r} is no voice file's name: digits, letters, - _ . @, ending in .wav"
            )

    def _place(self, app_id: int, state: State, name: str) -> Path:
        folder = self._folder / str(app_id)
        return folder / name if state == "approved" else folder / state / name

    def _approved(self, app_id: int, name: str) -> Path:
        return self._place(app_id, "approved", name)

    def _reviewed(self, app_id: int, name: str) -> State:
        for state in ("pending", "rejected"):
            if self._place(app_id, state, name).is_file():
                return state
        raise NotFound(f"no voice file {name} waits for approval")

    def _notes(self, app_id: int, state: State, name: str) -> Path:
        return self._folder / str(app_id) / "notes" / f"{state}-{name}.json"

    def _note(self, app_id: int, state: State, name: str, facts: dict[str, Any]) -> None:
        path = self._notes(app_id, state, name)
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        part.replace(path)

    def _forget_notes(self, app_id: int, state: State, name: str) -> None:
        self._notes(app_id, state, name).unlink(missing_ok=True)

    def _facts(self, app_id: int, state: State, name: str) -> dict[str, Any]:
        """Return what was noted of a file; a file that older software kept has no notes."""
        try:
            facts = json.loads(self._notes(app_id, state, name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def _described(self, app_id: int, state: State, name: str) -> VoiceFile:
        path, facts = self._place(app_id, state, name), self._facts(app_id, state, name)
        there = path.stat()
        return VoiceFile(
            name,
            state,
            there.st_size,
            datetime.fromtimestamp(there.st_mtime, UTC),
            seconds=round(max(0, there.st_size - _HEADER) / 8000, 1),
            description=facts.get("description"),
            checks=tuple(Check(**one) for one in facts.get("checks", ())),
            reason=facts.get("reason"),
        )


def _decoded(octets: bytes, name: str) -> tuple[Samples, str]:
    """Return the samples of an upload, and what it was; a plain WAV needs no decoder."""
    from appliance.media import wav
    from appliance.operations.transcode import decode

    if octets[:4] == b"RIFF":
        try:
            return wav.parse(octets, name), "WAV"
        except BadInput:
            pass  # of a coding that only the decoders know
    found = decode(octets, name)
    return found.samples, found.source


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_file()]
    except FileNotFoundError:
        return []


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
