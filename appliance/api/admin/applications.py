"""Applications: made, listed, shown, changed."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, Final

from sqlite_utils import Database

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.api.cloud.auth import ACCESS_TOKEN
from appliance.errors import BadInput, NotFound
from appliance.model import controls, records


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
            "settings": _shown(app, secret=secret),
        }
    )


def _shown(app: records.Application, *, secret: bool) -> dict[str, Any]:
    """Return the settings; a token is a secret."""
    hidden = () if secret else (ACCESS_TOKEN,)
    return {name: value for name, value in app.settings.items() if name not in hidden}


_IN_SETTINGS = (
    "extension_repeats",
    "callback_number",
    "push_number_status",
    "access_token",
    "language",
)
"""Switches that are kept among an application's settings, under these names."""
NOTICE: Final[schemas.Slot] = "recording-notice"


def _fields(
    box: Box, given: schemas.ApplicationSwitches, before: records.Application | None = None
) -> dict[str, Any]:
    apart = {"name", "mode", "urls", "key", "secret", "prompts"}
    fields = given.model_dump(exclude_none=True, exclude=apart, by_alias=False)
    settings = {name: fields.pop(name) for name in _IN_SETTINGS if name in fields}
    if settings.get("callback_number"):
        settings["callback_number"] = box.number(settings["callback_number"])
    elif "callback_number" in settings:
        settings["callback_number"] = None
    if settings.get(ACCESS_TOKEN) == "":
        settings[ACCESS_TOKEN] = None
    if given.prompts is not None:
        settings["prompts"] = _prompts(box, given.prompts, before)
    if settings:
        fields["settings"] = {**fields.get("settings", {}), **settings}
    controls.read(fields.get("settings", {}))
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


def _prompts(
    box: Box, given: Mapping[schemas.Slot, str], before: records.Application | None
) -> dict[str, str]:
    """Return the prompts that an application has with these slots filled or emptied."""
    known = before.settings.get("prompts") if before is not None else None
    prompts: dict[str, str] = dict(known) if isinstance(known, dict) else {}
    for slot, name in given.items():
        if not name:
            prompts.pop(slot, None)
            continue
        if name != "default" and not (before and box.voices.exists(before.app_id, name)):
            raise BadInput(f"{slot}: the application has no approved voice file {name}")
        prompts[slot] = name
    return prompts


def add(box: Box, given: schemas.ApplicationNew) -> schemas.Application:
    """Make an application with a fresh key pair, or with one that it brings along."""
    prompts = {NOTICE: "default", **(given.prompts or {})}  # an empty one is the cloud's silence
    fields = _fields(box, given.model_copy(update={"prompts": prompts}))
    if (given.key is None) != (given.secret is None):
        raise BadInput("a key and its secret are adopted together")
    applications = box.store.applications
    made = box.store.write(
        lambda db: applications.add(
            db, given.name, given.mode, key=given.key, secret=given.secret, **fields
        )
    )
    return _answer(made, secret=True)


def every(box: Box, _given: schemas.Nothing) -> list[schemas.Application]:
    """List the applications."""
    return [_answer(app) for app in box.store.applications.all()]


def show(box: Box, given: schemas.ApplicationChoice) -> schemas.Application:
    """Show one application."""
    return _answer(box.app(given.name), secret=given.secret)


def change(box: Box, given: schemas.ApplicationChange) -> schemas.Application:
    """Change an application's switches."""
    applications = box.store.applications

    def work(db: Database) -> records.Application:
        app = applications.by_name(given.name, db)
        if app is None:
            raise NotFound(f"there is no application {given.name!r}")
        return applications.update(db, app.app_id, **_fields(box, given, app))

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
