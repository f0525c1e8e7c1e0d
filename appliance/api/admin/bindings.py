"""Bindings as an operator sees them: listed, added, removed."""

from __future__ import annotations

from sqlite_utils import Database

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.errors import BadInput, NotFound
from appliance.model import records
from appliance.model.bindings import AxbTerms
from appliance.model.records import Mode


def _answer(binding: records.Binding, app: str) -> schemas.Binding:
    return schemas.Binding(
        subscription_id=binding.subscription_id,
        app=app,
        mode=binding.mode,
        x=binding.x,
        a=binding.a,
        b=binding.b,
        direction=binding.direction,
        duration=binding.duration,
        max_minutes=binding.max_minutes,
        record=binding.record,
        user_data=binding.user_data,
        changed=binding.changed,
        expires=binding.expires,
    )


def every(box: Box, given: schemas.BindingFilter) -> list[schemas.Binding]:
    """List bindings, by application in the order of their setting."""
    apps = [box.app(given.app)] if given.app else box.store.applications.all()
    x, a, b = (
        box.number(text) if text is not None else None for text in (given.x, given.a, given.b)
    )
    answers: list[schemas.Binding] = []
    skip, now = given.offset, box.clock.now()
    for app in apps:
        wanted = given.limit - len(answers)
        if wanted <= 0:
            break
        total, found = box.store.bindings.find(app, x, a, b, skip, wanted, now=now)
        skip = max(0, skip - total)
        answers += [_answer(binding, app.name) for binding in found]
    return answers


def add(box: Box, given: schemas.BindingNew) -> schemas.Binding:
    """Bind two people on an X of an AXB application."""
    app = box.app(given.app)
    if app.mode is not Mode.AXB:
        raise BadInput(f"application {app.name!r} is of mode {app.mode}, not AXB")
    terms = AxbTerms(
        a=box.number(given.a),
        b=box.number(given.b),
        x=box.number(given.x) if given.x is not None else None,
        area_code=given.city,
        direction=given.direction,
        duration=given.duration,
        max_minutes=given.max_minutes,
        record=given.record,
        user_data=given.user_data,
    )
    now = box.clock.now()
    made = box.store.write(lambda db: box.store.bindings.bind_axb(db, app, terms, now))
    return _answer(made, app.name)


def remove(box: Box, given: schemas.BindingChoice) -> schemas.Binding:
    """End a binding, whosever it is."""
    bindings = box.store.bindings

    def work(db: Database) -> schemas.Binding:
        for app in box.store.applications.all(db):
            if bindings.get(app, given.subscription_id, db) is not None:
                return _answer(bindings.remove(db, app, given.subscription_id), app.name)
        raise NotFound(f"there is no binding {given.subscription_id}")

    return box.store.write(work)


OPERATIONS = (
    operation("GET", "/bindings", "List them", schemas.BindingFilter, list[schemas.Binding], every),
    operation("POST", "/bindings", "Add an AXB", schemas.BindingNew, schemas.Binding, add),
    operation(
        "DELETE",
        "/bindings/{subscription_id}",
        "Remove one",
        schemas.BindingChoice,
        schemas.Binding,
        remove,
    ),
)
