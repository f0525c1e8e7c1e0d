"""Recordings of calls that a crash or a power cut has ended: completed, and in their records.

Before the exchange takes up what was left open, so that such a call's ``fee`` names its recording
as any other's.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from appliance.media import salvage
from appliance.model.records import CallRecord
from appliance.store import Store

_log = logging.getLogger(__name__)


def complete(store: Store, folder: Path) -> int:
    """Complete what was cut off and enter it; return how many calls were given their recording.

    Args:
        store: Started; the exchange is not yet.
        folder: Where recordings lie.

    Raises:
        OSError: The folder cannot be read or written.
        StoreFailed: The records cannot be written.
    """
    for saved in salvage(folder):
        _log.info("a recording that was cut off is complete: %s, %.0f s", saved.name, saved.seconds)
    found = 0
    for record in store.calls.unfinished():
        name = record.legs.get("recording")
        path = folder / str(name)
        if isinstance(name, str) and record.record_file is None and path.is_file():
            _enter(store, record, name, path)
            found += 1
    return found


def _enter(store: Store, record: CallRecord, name: str, path: Path) -> None:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    facts = {"recorded": True, "record_file": name, "record_sha256": digest}
    store.write(lambda db: store.calls.update(db, record.session_id, **facts))
