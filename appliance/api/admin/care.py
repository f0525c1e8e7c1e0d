"""How a box is looked after: what is wrong, which generation it is, retention, test calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from appliance.api.admin.context import Box, operation
from appliance.api.admin.schemas import Nothing
from appliance.api.admin.schemas import care as schemas
from appliance.errors import NotFound, Refused
from appliance.model.numbers import dial_check
from appliance.operations import recovery
from appliance.operations.findings import Inspector
from appliance.operations.retention import retain
from appliance.store.identity import Identity
from appliance.words import cure, say


def findings(box: Box, _given: Nothing) -> list[schemas.Finding]:
    """Say what is wrong, each with its cause and what helps."""
    inspector = Inspector(box.store, box.exchange, box.settings, box.clock.now)
    return [
        schemas.Finding(
            code=one.code,
            subject=one.subject,
            facts={name: _told(value) for name, value in one.facts.items()},
            text=say(one.code, "en", **one.facts),
            cure=cure(one.code),
        )
        for one in inspector.findings()
    ]


def _told(fact: object) -> str:
    return say(fact["code"], **fact["facts"]) if isinstance(fact, Mapping) else str(fact)


def generation(box: Box, _given: Nothing) -> schemas.Generation:
    """Say which generation of which box this is."""
    mine = Identity(box.store.reader).generation()
    marked = box.marks.marked if box.marks is not None else 0
    return schemas.Generation(lineage=mine.lineage, generation=mine.number, marked_sims=marked)


def restored(box: Box, _given: Nothing) -> list[schemas.Restored]:
    """List what the last restore left unknown."""
    return [schemas.Restored(**asdict(one)) for one in Identity(box.store.reader).restored()]


def retention(box: Box, _given: Nothing) -> schemas.Retained:
    """Remove records that are older than they are kept."""
    return schemas.Retained(**retain(box.store, box.settings.retention, box.clock.now()))


def phrase(box: Box, given: schemas.PhraseNew) -> schemas.Phrase:
    """Make the recovery phrase of backups; it is told in this answer and nowhere else."""
    data = box.settings.box.data
    if recovery.kept(data) is not None and not given.replace:
        raise Refused("phrase", "there is a recovery phrase already; replace makes another")
    words = recovery.new_phrase()
    public = recovery.recipient(words)
    recovery.keep(data, public)
    return schemas.Phrase(phrase=words, recipient=public)


def tone(box: Box, given: schemas.ToneNew) -> schemas.Toned:
    """Let a phone hear a tone from a line: proof of its voice to a person's ear."""
    line, phone = _named(box, given.line), box.number(given.phone)
    own = {str(one.msisdn) for one in box.exchange.lines() if one.msisdn}
    dial_check(phone, own, box.settings.box.region)
    name = str(line.iccid or line.msisdn or line.imei)
    done = box.exchange.commissionings.tone_call(name, phone, given.seconds, given.ring)
    return schemas.Toned(answered=done.answered, played=done.played, why=done.why)


def _named(box: Box, name: str) -> Any:
    for line in box.exchange.lines():
        if name in (line.msisdn, line.iccid, line.imei):
            return line
    raise NotFound(f"there is no line {name}")


OPERATIONS = (
    operation("GET", "/findings", "What is wrong", Nothing, list[schemas.Finding], findings),
    operation(
        "GET", "/generation", "Which generation it is", Nothing, schemas.Generation, generation
    ),
    operation("GET", "/restored", "What is unknown", Nothing, list[schemas.Restored], restored),
    operation("POST", "/recovery", "Make the phrase", schemas.PhraseNew, schemas.Phrase, phrase),
    operation("POST", "/retention", "Remove what is old", Nothing, schemas.Retained, retention),
    operation(
        "POST", "/lines/{line}/tone", "A tone to a phone", schemas.ToneNew, schemas.Toned, tone
    ),
)
