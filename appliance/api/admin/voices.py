"""Voice files: uploaded, checked, listed, fetched, approved, rejected, removed."""

from __future__ import annotations

import base64
from dataclasses import asdict

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.errors import BadInput, NotFound
from appliance.operations.voices import VoiceFile


def _answer(file: VoiceFile) -> schemas.Voice:
    return schemas.Voice.model_validate({**asdict(file), "checks": list(file.checks)})


def add(box: Box, given: schemas.VoiceNew) -> schemas.Voice:
    """Upload a sound file; it is converted and checked, and can be used once it is approved."""
    try:
        octets = base64.b64decode(given.content, validate=True)
    except ValueError as error:
        raise BadInput("the content is not Base64") from error
    app_id = box.app(given.app).app_id
    return _answer(box.voices.add(app_id, given.name, octets, given.description))


def every(box: Box, given: schemas.VoicesOf) -> list[schemas.Voice]:
    """List an application's voice files."""
    return [_answer(file) for file in box.voices.all(box.app(given.app).app_id)]


def show(box: Box, given: schemas.VoiceChoice) -> list[schemas.Voice]:
    """Show one file with its checks; a replacement that waits stands beside it."""
    found = [one for one in every(box, schemas.VoicesOf(app=given.app)) if one.name == given.name]
    if not found:
        raise NotFound(f"there is no voice file {given.name}")
    return found


def fetch(box: Box, given: schemas.VoiceChoice) -> schemas.VoiceContent:
    """Fetch a file as it is stored, the approved one first."""
    octets = box.voices.content(box.app(given.app).app_id, given.name)
    return schemas.VoiceContent(name=given.name, content=base64.b64encode(octets).decode())


def approve(box: Box, given: schemas.VoiceChoice) -> schemas.Voice:
    """Make an uploaded file usable, whatever its checks said."""
    return _answer(box.voices.approve(box.app(given.app).app_id, given.name))


def reject(box: Box, given: schemas.VoiceRejection) -> schemas.Voice:
    """Refuse an uploaded file, for a reason that its uploader is told."""
    return _answer(box.voices.reject(box.app(given.app).app_id, given.name, given.reason))


def remove(box: Box, given: schemas.VoiceChoice) -> schemas.Done:
    """Remove a file, in whatever state."""
    box.voices.remove(box.app(given.app).app_id, given.name)
    return schemas.Done()


OPERATIONS = (
    operation("POST", "/voices/{app}/{name}", "Upload", schemas.VoiceNew, schemas.Voice, add),
    operation("GET", "/voices/{app}", "List them", schemas.VoicesOf, list[schemas.Voice], every),
    operation(
        "GET",
        "/voices/{app}/{name}",
        "Show one",
        schemas.VoiceChoice,
        list[schemas.Voice],
        show,
    ),
    operation(
        "GET",
        "/voices/{app}/{name}/content",
        "Fetch one",
        schemas.VoiceChoice,
        schemas.VoiceContent,
        fetch,
    ),
    operation(
        "POST",
        "/voices/{app}/{name}/approve",
        "Approve one",
        schemas.VoiceChoice,
        schemas.Voice,
        approve,
    ),
    operation(
        "POST",
        "/voices/{app}/{name}/reject",
        "Reject one",
        schemas.VoiceRejection,
        schemas.Voice,
        reject,
    ),
    operation(
        "DELETE", "/voices/{app}/{name}", "Remove one", schemas.VoiceChoice, schemas.Done, remove
    ),
)
