"""The box itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from appliance.api.admin.schemas.base import Schema


class Health(Schema):
    """How the box is: ``ok`` when every line is ready and nothing is parked."""

    state: Literal["ok", "degraded"]
    name: str
    version: str
    uptime_seconds: float
    lines: dict[str, int]
    outbox: dict[str, int]


class BackupNew(Schema):
    """Where the box writes an archive of its database, recordings and voice files."""

    path: str = Field(pattern=r"^/.+")


class Backup(Schema):
    """An archive that was written."""

    path: str
    created: str
    version: str
    files: int
    octets: int
