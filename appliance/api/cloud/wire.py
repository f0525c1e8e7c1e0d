"""The cloud's JSON: how bodies are read, how answers are spelt and in which order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from appliance.api.cloud.results import INVALID_REQUEST, SUCCESS, CloudError
from appliance.model.records import Binding

CONTENT_TYPE = "application/json;charset=utf-8"
_MOST_PARAMETERS = 64


def dump(answer: Mapping[str, Any]) -> bytes:
    """Return compact UTF-8 JSON without a byte-order mark."""
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def error(failure: CloudError) -> bytes:
    """Return the body of an error: exactly two keys, in this order."""
    return dump({"resultcode": failure.result.code, "resultdesc": failure.text})


def success(**more: Any) -> dict[str, Any]:
    """Return a success with further keys behind the two that every answer has."""
    return {"resultcode": SUCCESS.code, "resultdesc": SUCCESS.text, **more}


def body_object(octets: bytes) -> dict[str, Any]:
    """Return the JSON object that a request carries.

    Raises:
        CloudError: 1010002; it is not UTF-8, not strict JSON, has a key twice, nests too deep, or
            is no object.
    """
    try:
        text = octets.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise CloudError(INVALID_REQUEST, "body is not valid JSON") from problem
    if not isinstance(value, dict):
        raise CloudError(INVALID_REQUEST, "body is not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def query_parameters(query: str) -> dict[str, Any]:
    """Return the parameters of a query string; one without a value counts as absent.

    Raises:
        CloudError: 1010002; broken escapes, a parameter twice, or more than anybody needs.
    """
    try:
        pairs = parse_qsl(
            query.encode("latin-1").decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=_MOST_PARAMETERS,
            errors="strict",
        )
        return {name: value for name, value in _unique(pairs).items() if value != ""}
    except ValueError as problem:
        raise CloudError(INVALID_REQUEST, "query string") from problem


def moment(at: datetime | None) -> str:
    """Return ``yyyy-MM-dd HH:mm:ss`` in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def flag(value: bool) -> str:
    """Return a boolean as the cloud sends it: a string."""
    return "true" if value else "false"


def present(**values: Any) -> dict[str, Any]:
    """Return the values that are there, by the cloud's names."""
    return {name: value for name, value in values.items() if value is not None}


def pre_voice(binding: Binding) -> dict[str, str] | None:
    """Return ``preVoice`` of AXB and AX, None without a tone."""
    tones = {
        "callerHintTone": binding.pre_voice_caller,
        "calleeHintTone": binding.pre_voice_callee,
    }
    return {name: tone for name, tone in tones.items() if tone} or None


def axb_bound(binding: Binding) -> dict[str, Any]:
    """Return the answer to an AXB bind."""
    return success(relationNum=binding.x, subscriptionId=binding.subscription_id)


def axb_element(binding: Binding) -> dict[str, Any]:
    """Return one element of ``relationNumList``."""
    return {
        "subscriptionId": binding.subscription_id,
        "relationNum": binding.x,
        "callerNum": binding.a,
        "calleeNum": binding.b or "",
        "callDirection": binding.direction,
        "duration": binding.duration,
        "maxDuration": binding.max_minutes,
        "recordFlag": flag(binding.record),
        **present(
            recordHintTone=binding.record_hint,
            privateSms=None if binding.private_sms is None else flag(binding.private_sms),
            lastMinVoice=binding.last_minute_voice,
            preVoice=pre_voice(binding),
            userData=binding.user_data,
        ),
        "subscribeTime": moment(binding.changed),
    }


def axb_list(
    key: str, found: list[Binding], total: int, page_index: int, page_size: int
) -> dict[str, Any]:
    """Return the answer to an AXB query."""
    return success(
        app_key=key,
        totalCount=total,
        pageIndex=page_index,
        pageSize=page_size,
        relationNumList=[axb_element(binding) for binding in found],
    )
