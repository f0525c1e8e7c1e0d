"""The OpenAPI 3.1 document, built from the operations and their models."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from appliance.api.admin import schemas
from appliance.api.admin.context import Operation
from appliance.operations import tables
from appliance.store.snapshots import software_version

_REFS = "#/components/schemas/{model}"
DOWNLOADS: dict[str, tables.Format] = {tables.CSV_TYPE: "csv", tables.XLSX_TYPE: "xlsx"}
"""What a list can be had as beside JSON, by the media type that a request accepts."""


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the document of these operations."""
    listed = list(operations)
    paths: dict[str, dict[str, Any]] = {}
    models: dict[str, Any] = {}
    for one in listed:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, models)
    _, shared = models_json_schema([(schemas.Error, "serialization")], ref_template=_REFS)
    models.update(shared.get("$defs", {}))
    paths["/metrics"] = {"get": _text("metrics", "Prometheus metrics", "text/plain")}
    paths["/openapi.json"] = {"get": _text("openapi", "This document", "application/json")}
    return {
        "openapi": "3.1.0",
        "info": {"title": "simveil admin interface", "version": software_version()},
        "paths": paths,
        "components": {"schemas": models},
    }


def _operation(one: Operation, models: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "description": (one.run.__doc__ or "").strip(),
        "parameters": [],
        "responses": {
            "200": {"description": "Done", "content": _contents(one, models)},
            "default": {
                "description": "One sentence",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    given = one.given.model_json_schema(ref_template=_REFS, by_alias=True)
    models.update(given.pop("$defs", {}))
    properties: dict[str, Any] = dict(given.get("properties", {}))
    required = set(given.get("required", []))
    for name in one.in_path:
        described["parameters"].append(_parameter(name, "path", properties.pop(name), True))
        required.discard(name)
    if one.method in ("GET", "DELETE"):
        described["parameters"] += [
            _parameter(name, "query", schema, name in required)
            for name, schema in properties.items()
        ]
    elif properties:
        body = {
            "type": "object",
            "title": given["title"],
            "properties": properties,
            "required": sorted(required),
            "additionalProperties": False,
        }
        models[given["title"]] = body
        reference = {"$ref": f"#/components/schemas/{given['title']}"}
        described["requestBody"] = {
            "required": bool(required),
            "content": {"application/json": {"schema": reference}},
        }
    return described


def _parameter(name: str, where: str, schema: dict[str, Any], required: bool) -> dict[str, Any]:
    return {"name": name, "in": where, "required": required, "schema": schema}


def _answer(one: Operation, models: dict[str, Any]) -> dict[str, Any]:
    schema = adapter(one).json_schema(ref_template=_REFS, mode="serialization")
    models.update(schema.pop("$defs", {}))
    if isinstance(one.gives, type) and issubclass(one.gives, BaseModel):
        models[one.gives.__name__] = schema
        return {"$ref": f"#/components/schemas/{one.gives.__name__}"}
    return schema


def is_list(one: Operation) -> bool:
    """Whether an operation answers with a list, which can be downloaded as a file."""
    return not isinstance(one.gives, type)


def _contents(one: Operation, models: dict[str, Any]) -> dict[str, Any]:
    contents: dict[str, Any] = {"application/json": {"schema": _answer(one, models)}}
    if is_list(one):
        contents |= {media: {"schema": {}} for media in DOWNLOADS}
    return contents


@lru_cache(maxsize=256)
def adapter(one: Operation) -> TypeAdapter[Any]:
    """Return what turns an operation's answer into JSON."""
    return TypeAdapter(one.gives)


def _text(name: str, summary: str, media: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": {"description": "Text", "content": {media: {"schema": {}}}},
        },
    }
