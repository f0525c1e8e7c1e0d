"""Recordings: the address of one (301), and the file behind that address.

The address is on the API's own scheme, host and port, carries its own proof and needs no signed
headers: ``/rest/recordings/<key>/<file>?expires=<unix>&proof=<hex>``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from appliance.api.cloud import wire
from appliance.api.cloud.request import Answer, Cloud, CloudRequest
from appliance.api.cloud.results import (
    FOUND_ELSEWHERE,
    RECORD_UNKNOWN,
    RECORDING_OFF,
    CloudError,
)
from appliance.model.records import Application, CallRecord

PATH = "/rest/recordings/<key>/<name>"
KEPT = timedelta(days=7)
_NAME = re.compile(r"[0-9A-Za-z_@-][0-9A-Za-z_.@-]{0,127}")


def address(request: CloudRequest) -> Answer:
    """GetRecordingDownloadUrl: 301 with the absolute address in ``Location``."""
    given = request.query_parameters()
    name = given.required("fileName", 128)
    given.required("recordDomain", 128)
    if not request.app.record:
        raise CloudError(RECORDING_OFF)
    cloud, app = request.cloud, request.app
    record = _record(cloud, app, name)
    ended = record.ended_at if record else None
    now = cloud.clock.now()
    if ended is None or now - ended > KEPT or not _file(cloud, name).is_file():
        raise CloudError(RECORD_UNKNOWN)
    until = now + timedelta(days=cloud.settings.api.recording_link_days)
    expires = int(min(until, ended + KEPT).timestamp())
    location = (
        f"{request.base}/rest/recordings/{quote(app.key, safe='')}/{name}"
        f"?expires={expires}&proof={_proof(app, name, expires)}"
    )
    return Answer(wire.success(), FOUND_ELSEWHERE.status, {"Location": location})


def download(cloud: Cloud, key: str, name: str, expires: str, proof: str) -> Path | None:
    """Return the file that an address stands for, or None when its proof is void or over."""
    app = cloud.store.applications.by_key(key)
    if app is None or not _NAME.fullmatch(name) or not re.fullmatch(r"[0-9]{1,12}", expires):
        return None
    if not hmac.compare_digest(_proof(app, name, int(expires)).encode(), proof.encode()):
        return None
    if cloud.clock.now().timestamp() > int(expires):
        return None
    file = _file(cloud, name)
    return file if file.is_file() else None


def _record(cloud: Cloud, app: Application, name: str) -> CallRecord | None:
    if not _NAME.fullmatch(name):
        return None
    record = cloud.store.calls.by_record_file(name)
    return record if record is not None and record.app_id == app.app_id else None


def _file(cloud: Cloud, name: str) -> Path:
    return cloud.settings.box.recordings / name


def _proof(app: Application, name: str, expires: int) -> str:
    words = f"recording\n{app.key}\n{name}\n{expires}".encode()
    return hmac.new(app.secret.encode(), words, hashlib.sha256).hexdigest()
