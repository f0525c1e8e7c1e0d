"""Voice files: uploaded, listed, approved, removed."""

from __future__ import annotations

import base64

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.errors import BadInput


def add(box: Box, given: schemas.VoiceNew) -> schemas.Voice:
    """Upload a WAV file; it can be used once it is approved."""
    try:
        octets = base64.b64decode(given.content, validate=True)
    except ValueError as error:
        raise BadInput("the content is not Base64") from error
    file = box.voices.add(box.app(given.app).app_id, given.name, octets)
    return schemas.Voice.model_validate(file)


def every(box: Box, given: schemas.VoicesOf) -> list[schemas.Voice]:
    """List an application's voice files."""
    found = box.voices.all(box.app(given.app).app_id)
    return [schemas.Voice.model_validate(file) for file in found]


def approve(box: Box, given: schemas.VoiceChoice) -> schemas.Voice:
    """Make an uploaded file usable."""
    return schemas.Voice.model_validate(box.voices.approve(box.app(given.app).app_id, given.name))


def remove(box: Box, given: schemas.VoiceChoice) -> schemas.Done:
    """Remove a file."""
    box.voices.remove(box.app(given.app).app_id, given.name)
    return schemas.Done()


OPERATIONS = (
    operation("POST", "/voices/{app}/{name}", "Upload", schemas.VoiceNew, schemas.Voice, add),
    operation("GET", "/voices/{app}", "List them", schemas.VoicesOf, list[schemas.Voice], every),
    operation(
        "POST",
        "/voices/{app}/{name}/approve",
        "Approve one",
        schemas.VoiceChoice,
        schemas.Voice,
        approve,
    ),
    operation(
        "DELETE", "/voices/{app}/{name}", "Remove one", schemas.VoiceChoice, schemas.Done, remove
    ),
)
