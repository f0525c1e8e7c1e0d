"""Call stop: ``/rest/httpsessions/callStop/v2.0``, for every mode."""

from __future__ import annotations

from appliance.api.cloud import wire
from appliance.api.cloud.request import Answer, CloudRequest
from appliance.api.cloud.results import SESSION_INVALID, STOP_PARAMETER, CloudError
from appliance.model.records import CallRecord

_STOP_SECONDS = 2.0


def stop(request: CloudRequest) -> Answer:
    """TerminateCall: hang up both legs; a call over, or another's, is an invalid session."""
    given = request.body_parameters()
    session_id = given.required("sessionid", 128)
    if given.required("signal", 128) != "call_stop":
        raise CloudError(STOP_PARAMETER)
    record = _record(request, session_id)
    if record is None or record.app_id != request.app.app_id or record.ended_at is not None:
        raise CloudError(SESSION_INVALID)
    if not request.cloud.exchange.stop_call(session_id, _STOP_SECONDS):
        raise CloudError(SESSION_INVALID)
    return Answer(wire.success())


def _record(request: CloudRequest, session_id: str) -> CallRecord | None:
    """Return the call's record, also one that is being written.

    X mode's question waits for no disk: its application may know a session before the disk does.
    """
    store = request.cloud.store
    record = store.calls.get(session_id)
    if record is None or record.app_id is None:
        store.write(lambda _db: None)  # behind everything that was written before
        record = store.calls.get(session_id)
    return record
