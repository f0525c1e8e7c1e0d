"""Bindings as an operator sees them: listed, added, removed."""

from __future__ import annotations

from sqlite_utils import Database

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.errors import BadInput, NotFound
from appliance.model import records
from appliance.model.bindings import AxbTerms
from appliance.model.bindings_ax import AxTerms
from appliance.model.bindings_axe import AxeTerms
from appliance.model.records import AxeDetails, Binding, Mode


def _answer(binding: records.Binding, app: str, place: int) -> schemas.Binding:
    details = binding.details
    return schemas.Binding(
        extension=details.extension if isinstance(details, AxeDetails) else None,
        subscription_id=binding.subscription_id,
        place=place,
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
    """List bindings in the order of their setting."""
    x, a, b = (
        box.number(text) if text is not None else None for text in (given.x, given.a, given.b)
    )
    names = {app.app_id: app.name for app in box.store.applications.all()}
    found = box.store.bindings.placed(
        box.clock.now(),
        app=box.app(given.app) if given.app else None,
        x=x,
        a=a,
        b=b,
        after=given.after,
        offset=given.offset,
        limit=given.limit,
    )
    return [_answer(binding, names.get(binding.app_id, ""), place) for place, binding in found]


def add(box: Box, given: schemas.BindingNew) -> schemas.Binding:
    """Bind by hand, in an application of mode AX, AXB or AXE."""
    app = box.app(given.app)
    binders = {Mode.AX: _bind_ax, Mode.AXB: _bind_axb, Mode.AXE: _bind_axe}
    if app.mode not in binders:
        raise BadInput(f"application {app.name!r} is of mode {app.mode}: not bound by hand")
    _check_fits(app.mode, given)

    def work(db: Database) -> schemas.Binding:
        made = binders[app.mode](box, db, app, given)
        return _answer(made, app.name, box.store.bindings.place(made.subscription_id, db))

    return box.store.write(work)


_ONLY_IN: dict[str, frozenset[Mode]] = {
    "b": frozenset({Mode.AXB}),
    "direction": frozenset({Mode.AX, Mode.AXB}),
    "max_minutes": frozenset({Mode.AX, Mode.AXB}),
    "duration": frozenset({Mode.AXB, Mode.AXE}),
    "extension": frozenset({Mode.AXE}),
    "callback_number": frozenset({Mode.AXE}),
}


def _check_fits(mode: Mode, given: schemas.BindingNew) -> None:
    for name, modes in _ONLY_IN.items():
        if mode not in modes and getattr(given, name):
            raise BadInput(f"a binding of {mode} has no {name}")
    if mode is Mode.AXB and given.b is None:
        raise BadInput("b is missing")
    if given.x is None and given.city is None and mode is not Mode.AXB:
        raise BadInput("neither x nor city is given")


def _optional(box: Box, number: str | None) -> str | None:
    return None if number is None else box.number(number)


def _bind_axb(
    box: Box, db: Database, app: records.Application, given: schemas.BindingNew
) -> Binding:
    terms = AxbTerms(
        a=box.number(given.a),
        b=box.number(given.b or ""),
        x=_optional(box, given.x),
        area_code=given.city,
        direction=given.direction,
        duration=given.duration,
        max_minutes=given.max_minutes,
        record=given.record,
        user_data=given.user_data,
    )
    return box.store.bindings.bind_axb(db, app, terms, box.clock.now())


def _bind_ax(
    box: Box, db: Database, app: records.Application, given: schemas.BindingNew
) -> Binding:
    terms = AxTerms(
        a=box.number(given.a),
        x=_optional(box, given.x),
        area_code=given.city,
        direction=given.direction,
        max_minutes=given.max_minutes,
        record=given.record,
        user_data=given.user_data,
    )
    return box.store.ax.bind(db, app, terms, box.clock.now())


def _bind_axe(
    box: Box, db: Database, app: records.Application, given: schemas.BindingNew
) -> Binding:
    if given.duration % 60:
        raise BadInput("a binding of AXE lives whole minutes")
    terms = AxeTerms(
        a=box.number(given.a),
        x=_optional(box, given.x),
        area_code=given.city,
        extension=given.extension,
        record=given.record,
        call_back_number=_optional(box, given.callback_number),
        unit="1",
        bind_time=given.duration // 60,
        user_data=given.user_data,
    )
    return box.store.axe.bind(db, app, terms, box.clock.now())


def remove(box: Box, given: schemas.BindingChoice) -> schemas.Binding:
    """End a binding, whosever it is."""
    bindings = box.store.bindings

    def work(db: Database) -> schemas.Binding:
        for app in box.store.applications.all(db):
            if bindings.get(app, given.subscription_id, db) is not None:
                place = bindings.place(given.subscription_id, db)
                removed = bindings.remove(db, app, given.subscription_id)
                return _answer(removed, app.name, place)
        raise NotFound(f"there is no binding {given.subscription_id}")

    return box.store.write(work)


OPERATIONS = (
    operation("GET", "/bindings", "List them", schemas.BindingFilter, list[schemas.Binding], every),
    operation("POST", "/bindings", "Add one", schemas.BindingNew, schemas.Binding, add),
    operation(
        "DELETE",
        "/bindings/{subscription_id}",
        "Remove one",
        schemas.BindingChoice,
        schemas.Binding,
        remove,
    ),
)
