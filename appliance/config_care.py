"""The sections of the configuration by which a box is looked after: backup, retention, alerts."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
Clock = Annotated[str, Field(pattern=_CLOCK)]
Days = Annotated[float, Field(gt=0, le=3650)]


class Section(BaseModel):
    """A table of the file; keys that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BackupSection(Section):
    """``[backup]``: where the nightly archive goes.

    Args:
        target: A folder (a stick with the label SIMVEIL is ``/media/simveil``), ``https://…/`` for
            PUT, or ``ssh://user@host/folder`` for rsync; None: no nightly backup.
        keep: Archives that are kept in a folder; servers tidy by themselves.
        max_age_hours: An older last backup is a finding.
        token: Bearer token for ``https``.
        ca_file: Certificates that ``https`` trusts instead of the system's.
        identity: Private key for ``ssh``; the server's own is known by a file ``known_hosts``
            beside it, or as ssh knows others.
    """

    target: str | None = None
    keep: int = Field(default=14, ge=1, le=1000)
    max_age_hours: float = Field(default=50, gt=0, le=8760)
    token: SecretStr | None = None
    ca_file: Path | None = None
    identity: Path | None = None

    @field_validator("target")
    @classmethod
    def _usable(cls, value: str | None) -> str | None:
        if value is None or value.startswith("/"):
            return value
        url = urlsplit(value)
        if url.scheme not in ("https", "http", "ssh") or not url.hostname:
            raise ValueError(
                "is neither a folder nor https://HOST/FOLDER/ nor ssh://user@host/folder"
            )
        if url.scheme == "http" and url.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("is HTTP without TLS, which is for loopback only")
        if url.scheme == "ssh" and not re.fullmatch(r"/[A-Za-z0-9/._-]*", url.path):
            raise ValueError("has a folder that is not plain letters, digits and ._-/")
        return value


class RetentionSection(Section):
    """``[retention]``: days after which records go; recordings have ``[recordings]``.

    Args:
        calls: Of a call's end; ``texts``: of a text's end, with its words.
        inbox: Texts that only the operator reads.
        replaced: Data that a restore put aside.
    """

    calls: Days = 365
    texts: Days = 180
    inbox: Days = 180
    replaced: Days = 30


class AlertSection(Section):
    """``[alert]``: who is told that something is wrong, once, and once that it is over.

    Args:
        webhook: URL that gets a JSON object by POST.
        texts_to: Numbers that get a text through a healthy SIM.
        after: Seconds that something must be wrong before it is told.
        quiet_from, quiet_until: Local times between which texts wait; webhooks do not.
        daily: Local time of a report of one line, None for none.
        certificate_days: A certificate that ends within so many days is a finding.
        disk_percent: A data disk that is this full is a finding.
        parked: So many pushes of an application given up, or failed in a row, and it is dead.
        ca_file: Certificates that the webhook is checked by instead of the system's.
    """

    webhook: str | None = Field(default=None, pattern=r"^https?://[^/\s]+")
    texts_to: list[Annotated[str, Field(pattern=r"^\+[0-9]{6,15}$")]] = Field(
        default=[], max_length=5
    )
    after: float = Field(default=120.0, ge=0, le=86400)
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    daily: Clock | None = None
    certificate_days: int = Field(default=21, ge=1, le=365)
    disk_percent: int = Field(default=90, ge=10, le=100)
    parked: int = Field(default=3, ge=1)
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _both(self) -> AlertSection:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet_from and quiet_until belong together")
        return self

    @property
    def quiet(self) -> tuple[time, time] | None:
        """When texts wait, local time."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_until)
