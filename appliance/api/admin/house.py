"""The box itself: its health, its backup."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.operations import backup as backups
from appliance.store.snapshots import software_version


def health(box: Box, _given: schemas.Nothing) -> schemas.Health:
    """Say how the box is."""
    states = Counter(str(getattr(line.state, "value", line.state)) for line in box.exchange.lines())
    outbox = box.store.outbox.depth()
    well = set(states) <= {"ready"} and not outbox["parked"]
    return schemas.Health(
        state="ok" if well else "degraded",
        name=box.settings.box.name,
        version=software_version(),
        uptime_seconds=round(box.clock.monotonic() - box.started, 1),
        lines=dict(states),
        outbox=outbox,
    )


def backup(box: Box, given: schemas.BackupNew) -> schemas.Backup:
    """Write an archive while the box runs."""
    configured = box.settings.configured_files(None)
    written = backups.backup(box.store.path, Path(given.path), configured)
    return schemas.Backup.model_validate(_told(written))


def _told(written: backups.Archive) -> dict[str, object]:
    told = asdict(written) | {"path": str(written.path)}
    del told["unknown"]  # a matter of restores
    return told


OPERATIONS = (
    operation("GET", "/health", "How the box is", schemas.Nothing, schemas.Health, health),
    operation("POST", "/backup", "Write an archive", schemas.BackupNew, schemas.Backup, backup),
)
