"""What a line shows, and the steps of its recovery."""

from __future__ import annotations

from datetime import datetime

from appliance.api.admin.schemas.base import Schema


class LineCondition(Schema):
    """One condition; its sentences are in English, ``name`` and ``facts`` make them elsewhere."""

    name: str
    facts: dict[str, str]
    explanation: str
    advice: str


class RecoveryStep(Schema):
    """One step of a recovery: why it was taken and what came of it."""

    at: datetime
    rung: str
    cause: str
    outcome: str
