"""Relations of the cloud move in: a dry run first, then for good."""

from __future__ import annotations

from datetime import UTC, timedelta

from appliance.api.admin.context import Box, operation
from appliance.api.admin.schemas import moving as schemas
from appliance.errors import BadInput
from appliance.model.records import Application
from appliance.operations import cloud_answers, moving_in
from appliance.store import Store


def move_in(box: Box, given: schemas.ImportNew) -> schemas.Import:
    """Enter the relations of query answers, with their ids and what is left of their lives."""
    numbers = {box.number(old): box.number(new) for old, new in given.numbers.items()}
    app = _application(box, given, list(numbers.values()))
    since = given.since
    wanted = moving_in.Import(
        app=app,
        offers=cloud_answers.offers(given.content),
        numbers=numbers,
        reading=cloud_answers.Reading(
            now=box.clock.now(),
            zone=timedelta(hours=given.zone_hours),
            since=since.replace(tzinfo=since.tzinfo or UTC) if since else None,
            region=box.settings.box.region,
        ),
        voice_exists=lambda name: box.voices.exists(app.app_id, name),
    )
    rows = _run(box.store, wanted, apply=given.apply)
    return schemas.Import(
        app=app.name,
        applied=given.apply,
        accepted=sum(row.state == "accepted" for row in rows),
        refused=sum(row.state == "refused" for row in rows),
        rows=[schemas.Moved.model_validate(row) for row in rows],
    )


def _run(store: Store, wanted: moving_in.Import, *, apply: bool) -> list[moving_in.Moved]:
    return moving_in.move_in(store, wanted) if apply else moving_in.rehearse(store, wanted)


def _application(box: Box, given: schemas.ImportNew, numbers: list[str]) -> Application:
    if given.app is not None:
        return box.app(given.app)
    key = cloud_answers.app_key(given.content)
    found = None if key is None else box.store.applications.by_key(key)
    for number in numbers:
        if found is not None:
            break
        enrolled = box.store.numbers.by_msisdn(number)
        if enrolled is not None and enrolled.app_id is not None:
            found = box.store.applications.by_id(enrolled.app_id)
    if found is None:
        raise BadInput("say which application the relations are of")
    return found


OPERATIONS = (operation("POST", "/import", "Move in", schemas.ImportNew, schemas.Import, move_in),)
