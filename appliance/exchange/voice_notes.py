"""What was wrong with the voice of calls: counted, and told of each line's last call."""

from __future__ import annotations

import threading
from collections import Counter

from appliance.media.events import Note

SENTENCES: dict[Note, str] = {
    "clipping": "the far end was so loud that its voice was distorted",
    "silence": "nothing was heard from the far end for 10 s",
    "noise": "the far end's line was noisy for 10 s",
    "stalled": "the modem stopped delivering voice for a second",
    "announcement": "what answered was probably a voicemail or an announcement",
}
"""Of a line's last call."""


class VoiceNotes:
    """Notes by line. Written by line workers, read by everybody."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the two below
        self._total: Counter[Note] = Counter()
        self._last: dict[str, tuple[str, tuple[Note, ...]]] = {}  # by line: call, its notes

    def begin(self, line: str, session_id: str) -> None:
        """A call begins on a line: what was told of the one before is past."""
        with self._lock:
            self._last[line] = (session_id, ())

    def add(self, line: str, session_id: str, note: Note) -> None:
        """Something is wrong with the voice of the call on a line."""
        with self._lock:
            self._total[note] += 1
            call, notes = self._last.get(line, (session_id, ()))
            if call == session_id and note not in notes:
                self._last[line] = (call, (*notes, note))

    def trouble(self, line: str) -> str | None:
        """Return a sentence about the voice of a line's last call, None when all was well.

        That what answered was a machine is nothing that is wrong with the line.
        """
        with self._lock:
            _, notes = self._last.get(line, ("", ()))
        told = [SENTENCES[note] for note in notes if note != "announcement"]
        return f"In its last call {', and '.join(told)}." if told else None

    def counts(self) -> dict[Note, int]:
        """Return how often each note was told since the start."""
        with self._lock:
            return {note: self._total[note] for note in SENTENCES}
