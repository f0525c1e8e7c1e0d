"""The admin interface as a Bottle application: arguments checked, operation run, answer written."""

from __future__ import annotations

import json
import logging
import re
from typing import Any
from urllib.parse import parse_qsl

import bottle
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import ValidationError

from appliance.api.admin import (
    applications,
    bindings,
    care,
    commission,
    desk,
    history,
    hooks,
    house,
    line_conditions,
    lines,
    metrics,
    moving,
    numbers,
    openapi,
    sticks,
    tasks,
    usage,
    voices,
    watch,
)
from appliance.api.admin.context import Box, Operation, RunsLines
from appliance.api.refusals import Refusals
from appliance.config import Settings
from appliance.errors import BadInput, NotFound, Refused, SimveilError
from appliance.exchange.witness import Witness
from appliance.operations import tables
from appliance.operations.generation import Marks
from appliance.operations.jobs import Jobs
from appliance.operations.voices import Voices
from appliance.store import Store
from drivers.clock import Clock
from drivers.errors import CommandTimeout, DriverError

_log = logging.getLogger(__name__)

OPERATIONS: tuple[Operation, ...] = (
    *house.OPERATIONS,
    *care.OPERATIONS,
    *applications.OPERATIONS,
    *numbers.OPERATIONS,
    *usage.OPERATIONS,
    *tasks.OPERATIONS,
    *moving.OPERATIONS,
    *hooks.OPERATIONS,
    *bindings.OPERATIONS,
    *lines.OPERATIONS,
    *line_conditions.OPERATIONS,
    *sticks.OPERATIONS,
    *commission.OPERATIONS,
    *desk.OPERATIONS,
    *watch.OPERATIONS,
    *history.OPERATIONS,
    *voices.OPERATIONS,
)


def admin_app(
    store: Store,
    exchange: RunsLines,
    clock: Clock,
    settings: Settings,
    *,
    voices_folder: Voices | None = None,
    registry: CollectorRegistry | None = None,
    jobs: Jobs | None = None,
    refusals: Refusals | None = None,
    witness: Witness | None = None,
    marks: Marks | None = None,
) -> bottle.Bottle:
    """Return the admin interface as a WSGI application.

    Args:
        store: Everything durable.
        exchange: The lines.
        clock: Time of day, and of the uptime.
        settings: The box's.
        voices_folder: Voice files; those under ``box.data`` when None.
        registry: What ``/metrics`` shows; store and exchange when None.
        jobs: Works off tasks; when None they are entered, and wait for a box that does.
        refusals: Where the mirrored interface keeps why it refused requests.
        witness: Sees what is pushed to applications.
        marks: Of the generation, on the SIMs.
    """
    box = Box(
        store=store,
        exchange=exchange,
        clock=clock,
        settings=settings,
        voices=voices_folder or Voices(settings.box.voices),
        started=clock.monotonic(),
        jobs=jobs or Jobs(store, clock),
        refusals=refusals or Refusals(),
        witness=witness or Witness(),
        marks=marks,
    )
    app = bottle.Bottle()
    app.config["catchall"] = False
    app.default_error_handler = lambda error: _failed(error.status_code, error.body)
    for operation in OPERATIONS:
        path = re.sub(r"{(\w+)}", r"<\1>", operation.path)
        app.route(path, method=operation.method, callback=_answerer(box, operation))
    document = json.dumps(openapi.document(OPERATIONS), ensure_ascii=False).encode()
    app.route("/openapi.json", callback=lambda: _json(200, document))
    attach_metrics(app, registry or metrics.registry(store, exchange))
    return app


def attach_metrics(app: bottle.Bottle, registry: CollectorRegistry) -> None:
    """Let an application answer ``GET /metrics``."""

    def answer() -> bottle.HTTPResponse:
        return bottle.HTTPResponse(
            body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    app.route("/metrics", callback=answer)


def metrics_app(registry: CollectorRegistry) -> bottle.Bottle:
    """Return an application with ``/metrics`` alone, for a port of its own."""
    app = bottle.Bottle()
    attach_metrics(app, registry)
    return app


def _answerer(box: Box, operation: Operation) -> Any:
    def answer(**in_path: str) -> bottle.HTTPResponse:
        try:
            # The server leaves a quoted slash as it is, so that it splits no path.
            named = {name: text.replace("%2F", "/") for name, text in in_path.items()}
            given = _given(operation, named)
            kind = _wanted(operation, bottle.request.environ.get("HTTP_ACCEPT", ""))
            octets = openapi.adapter(operation).dump_json(operation.run(box, given), by_alias=True)
            if kind is not None:
                return _file(tables.written(json.loads(octets), kind), kind)
        except Exception as error:  # noqa: BLE001 - the operator gets a sentence
            return _failure(error, operation)
        return _json(200, octets)

    return answer


def _wanted(operation: Operation, accept: str) -> tables.Format | None:
    """Return as what a list is to be downloaded, None for JSON."""
    named = accept.partition(",")[0].partition(";")[0].strip().lower()
    return openapi.DOWNLOADS.get(named) if openapi.is_list(operation) else None


def _file(octets: bytes, kind: tables.Format) -> bottle.HTTPResponse:
    media = next(media for media, each in openapi.DOWNLOADS.items() if each == kind)
    named = f'attachment; filename="simveil.{kind}"'
    headers = {"Content-Type": media, "Content-Disposition": named}
    return bottle.HTTPResponse(body=octets, status=200, headers=headers)


def _given(operation: Operation, in_path: dict[str, str]) -> Any:
    environ = bottle.request.environ
    try:
        if operation.method in ("GET", "DELETE"):
            query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
            return operation.given.model_validate({**query, **in_path})
        # A body has types of its own: there "1" is no number and 0 is not false.
        named = {name: _in_path(operation, name, text) for name, text in in_path.items()}
        octets = json.dumps({**_body(environ), **named}).encode("utf-8", "surrogatepass")
        return operation.given.model_validate_json(octets, strict=True)
    except ValidationError as error:
        raise BadInput("; ".join(_sentence(detail) for detail in error.errors())) from error


def _in_path(operation: Operation, name: str, text: str) -> str | int:
    whole = operation.given.model_fields[name].annotation is int
    return int(text) if whole and text.isascii() and text.isdigit() and len(text) < 20 else text


def _sentence(detail: Any) -> str:
    where = ".".join(str(part) for part in detail["loc"])
    return f"{where}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _body(environ: dict[str, Any]) -> dict[str, Any]:
    if environ.get("simveil.oversize"):
        raise BadInput("the body is too long")
    octets = environ["wsgi.input"].read()
    if not octets:
        return {}
    try:
        value = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise BadInput("the body is not JSON") from error
    if not isinstance(value, dict):
        raise BadInput("the body is not a JSON object")
    return value


def _failure(error: Exception, operation: Operation) -> bottle.HTTPResponse:
    if isinstance(error, NotFound):
        return _failed(404, str(error))
    if isinstance(error, BadInput):
        return _failed(400, str(error))
    if isinstance(error, Refused) and error.reason == "modem":
        return _failed(502, str(error))
    if isinstance(error, Refused):
        return _failed(409, str(error))
    if isinstance(error, CommandTimeout | TimeoutError):
        return _failed(504, str(error))
    if isinstance(error, DriverError):
        return _failed(502, str(error))
    if isinstance(error, SimveilError):
        return _failed(503, str(error))
    _log.error("%s failed", operation.name, exc_info=error)
    return _failed(500, "the box failed to do this; its log says why")


def _failed(status: int, sentence: str) -> bottle.HTTPResponse:
    return _json(status, json.dumps({"error": sentence}, ensure_ascii=False).encode())


def _json(status: int, octets: bytes) -> bottle.HTTPResponse:
    return bottle.HTTPResponse(
        body=octets, status=status, headers={"Content-Type": "application/json"}
    )
