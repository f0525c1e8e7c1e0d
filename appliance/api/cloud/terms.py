"""Arguments that several modes have in common, by our names."""

from __future__ import annotations

from typing import Any

from appliance.api.cloud.params import Parameters
from appliance.api.cloud.request import CloudRequest
from appliance.api.cloud.results import INVALID_REQUEST, CloudError, Result
from appliance.model.bindings import MAX_MINUTES


def recording_terms(given: Parameters) -> dict[str, Any]:
    """Return ``recordFlag``, ``recordHintTone`` and ``userData``, absent ones left out."""
    return _present(
        record=given.flag("recordFlag"),
        record_hint=given.voice("recordHintTone"),
        user_data=given.user_data(),
    )


def call_terms(given: Parameters) -> dict[str, Any]:
    """Return what AXB and AX have in common at bind and modify, absent ones left out.

    ``lastMinVoice`` and the two tones of ``preVoice`` may be empty, which takes them away.
    """
    tones = given.pre_voice()
    changes = _present(
        direction=given.whole("callDirection", 0, 2),
        max_minutes=given.whole("maxDuration", 0, MAX_MINUTES),
        private_sms=given.flag("privateSms"),
        **recording_terms(given),
    )
    last = given.voice("lastMinVoice", shortest=0)
    if given.has("lastMinVoice"):
        changes["last_minute_voice"] = last
    for ours, theirs in (
        ("pre_voice_caller", "callerHintTone"),
        ("pre_voice_callee", "calleeHintTone"),
    ):
        if theirs in tones:
            changes[ours] = tones[theirs]
    return changes


def check_own(
    request: CloudRequest, x: str | None, *, unknown: Result, foreign: Result
) -> str | None:
    """Return the X that a request names if it is the application's; None when it names none.

    Args:
        unknown: What is answered when no such number is enrolled, or it is badly written.
        foreign: … when it is another application's.

    Raises:
        CloudError: One of them.
    """
    if x is None:
        return None
    number = request.cloud.store.numbers.by_msisdn(x)
    if number is None:
        raise CloudError(unknown)
    if number.app_id != request.app.app_id:
        raise CloudError(foreign)
    return x


def missing(*names: str) -> CloudError:
    """Return the error of a request that names none of several arguments."""
    return CloudError(INVALID_REQUEST, f"{' or '.join(names)} is missing")


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
