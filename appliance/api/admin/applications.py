"""Applications: made, listed, shown, changed."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from sqlite_utils import Database

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.errors import BadInput, NotFound
from appliance.model import records


def _answer(app: records.Application, *, secret: bool = False) -> schemas.Application:
    return schemas.Application.model_validate(
        {
            "name": app.name,
            "appKey": app.key,
            "appSecret": app.secret if secret else None,
            "mode": app.mode,
            "active": app.active,
            "frozen": app.frozen,
            "record": app.record,
            "sms": app.sms,
            "sms_content": app.sms_content,
            "sign": app.sign,
            "digits": app.extension_digits,
            "urls": {kind.value: url for kind, url in app.urls.items()},
            "allowed_addresses": app.allowed_addresses,
            "settings": app.settings,
        }
    )


def _fields(given: schemas.ApplicationSwitches) -> dict[str, Any]:
    fields = given.model_dump(exclude_none=True, exclude={"name", "mode", "urls"}, by_alias=False)
    if "digits" in fields:
        fields["extension_digits"] = fields.pop("digits")
    for address in fields.get("allowed_addresses", []):
        try:
            ip_network(address, strict=False)
        except ValueError as error:
            raise BadInput(f"{address!r} is no IP address or network") from error
    urls = given.urls.model_dump(exclude_none=True, by_alias=True)
    if urls:
        fields["urls"] = urls
    return fields


def add(box: Box, given: schemas.ApplicationNew) -> schemas.Application:
    """Make an application with a fresh key pair."""
    fields = _fields(given)
    applications = box.store.applications
    made = box.store.write(lambda db: applications.add(db, given.name, given.mode, **fields))
    return _answer(made, secret=True)


def every(box: Box, _given: schemas.Nothing) -> list[schemas.Application]:
    """List the applications."""
    return [_answer(app) for app in box.store.applications.all()]


def show(box: Box, given: schemas.ApplicationChoice) -> schemas.Application:
    """Show one application."""
    return _answer(box.app(given.name), secret=given.secret)


def change(box: Box, given: schemas.ApplicationChange) -> schemas.Application:
    """Change an application's switches."""
    fields = _fields(given)
    applications = box.store.applications

    def work(db: Database) -> records.Application:
        app = applications.by_name(given.name, db)
        if app is None:
            raise NotFound(f"there is no application {given.name!r}")
        return applications.update(db, app.app_id, **fields)

    return _answer(box.store.write(work))


OPERATIONS = (
    operation(
        "POST", "/applications", "Make one", schemas.ApplicationNew, schemas.Application, add
    ),
    operation(
        "GET", "/applications", "List them", schemas.Nothing, list[schemas.Application], every
    ),
    operation(
        "GET",
        "/applications/{name}",
        "Show one",
        schemas.ApplicationChoice,
        schemas.Application,
        show,
    ),
    operation(
        "PATCH",
        "/applications/{name}",
        "Change one",
        schemas.ApplicationChange,
        schemas.Application,
        change,
    ),
)
