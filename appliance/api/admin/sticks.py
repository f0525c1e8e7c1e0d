"""Sticks: what is plugged into the machine's USB, and what its owner should know of it."""

from __future__ import annotations

from dataclasses import asdict

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.words import say
from drivers.udev import survey


def every(box: Box, _given: schemas.Nothing) -> list[schemas.Stick]:  # noqa: ARG001 - its place
    """List them, by socket; no port is opened for it."""
    return [
        schemas.Stick(**asdict(each), sentence=say(each.advice) if each.advice else None)
        for each in survey()
    ]


OPERATIONS = (
    operation("GET", "/sticks", "What is plugged in", schemas.Nothing, list[schemas.Stick], every),
)
