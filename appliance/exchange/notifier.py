"""The bodies of every push, in the cloud's own spelling; nothing of it is decided here.

"§" names a section of the cloud interface's behaviour description. What that description does not
establish is fixed once, in the constants below, each with its mark.
"""

from __future__ import annotations

import itertools
import secrets
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import PurePath
from typing import Any, Literal

from appliance.model.records import Application, CallRecord, Mode

CallEventKind = Literal["callin", "collectInfo", "callout", "alerting", "answer", "disconnect"]
CALL_EVENTS: tuple[CallEventKind, ...] = (
    "callin",
    "collectInfo",
    "callout",
    "alerting",
    "answer",
    "disconnect",
)

WITHHELD = "anonymous"
"""``caller`` and ``callerNum`` of a person who hides the number. [unknown] §1.2: a String(1-32)
that is always there; the description has no sample of it."""

DIRECTION = 1
"""``direction`` of every call record. [inferred] §2.1: 1 in the AX and AXB samples, and its value
list is not established."""

NOTIFY_EVENT = "Text SMS "
"""``event`` of a text's Notify, with the trailing blank of the samples. §3"""
BLOCK_EVENT = "TextSMS"
"""``event`` of a text's Block, as in the samples. §3"""

SERVICE_TYPES = {Mode.AX: "003", Mode.AXB: "004", Mode.X: "004", Mode.AXE: "005", Mode.AXYB: "007"}
_CALL_OUT_REASON = frozenset({Mode.AXB, Mode.AX, Mode.AXYB})  # §2, row callOutUnaswRsn

STATE_DESC_RELEASED = "The user releases the call."
"""``stateDesc`` of state code 0: the only text that is known. §1.2"""
STATE_DESC_OTHER = "The call is released: {code}."
"""``stateDesc`` of any other code when the caller of :func:`call_event` has none. [unknown] §5.1"""


class SendResult(IntEnum):
    """``sendResult`` of a text's Notify. §3"""

    OK = 0
    FROZEN = 1
    NO_BINDING = 2
    SUSPENDED = 3
    INTERNAL = 5
    DISCARDED = 6
    NO_REPLY = 7
    BLACKLISTED = 8
    PARTLY = 9
    FAILED = 10
    NO_ABILITY = 11


class TextDirection(IntEnum):
    """``direction`` of a text's ``extParas``. §3"""

    TO_A = 0
    FROM_A = 1
    UNKNOWN = 2


def call_event(
    kind: CallEventKind,
    record: CallRecord,
    at: datetime,
    *,
    state_desc: str | None = None,
    asked: bool = True,
) -> dict[str, Any]:
    """Return the body of a call event. §1

    Args:
        at: When it happened; whole seconds are told.
        state_desc: English text of ``stateDesc``, used for ``disconnect`` only.
        asked: In X mode a ``callin`` is a question (Block). Of a call that nobody can steer any
            more, such as one that met a busy line, it is told like the rest (Notify).
    """
    info: dict[str, Any] = {"timestamp": wire_time(at), "sessionId": record.session_id}
    if kind == "collectInfo":
        info["digitInfo"] = record.extension or ""
        return {"eventType": kind, "statusInfo": info}
    if kind == "callin" or record.forward_at is None or record.callee is None:
        # [inferred] §1.3: a call that ends before its second leg is told as it came in.
        info["caller"] = record.caller or WITHHELD
        info["called"] = called_number(record)
    else:
        info["caller"] = _displayed(record)
        info["called"] = record.callee
    subscription = _told_subscription(kind, record)
    if subscription is not None:
        info["subscriptionId"] = subscription
    if record.user_data and (kind == "callin" or record.mode is Mode.X):
        info["userData"] = record.user_data
    if kind == "disconnect":
        code = record.state_code or 0
        info["stateCode"] = code
        info["stateDesc"] = state_desc or (
            STATE_DESC_RELEASED if code == 0 else STATE_DESC_OTHER.format(code=code)
        )
    if record.mode is Mode.X:
        info["notifyMode"] = "Block" if kind == "callin" and asked else "Notify"
    return {"eventType": kind, "statusInfo": info}


def called_number(record: CallRecord) -> str:
    """Return the private number that the caller dialled, as applications know it.

    A second line that is called back stands for its relation's X. In AXYB the two numbers are both
    the relation's: A dials Y, B dials X. [inferred] §6.5.
    """
    return record.dialled if record.mode is Mode.AXYB else record.bind_number


def _displayed(record: CallRecord) -> str:
    """Return the private number that the callee is shown, as applications know it. §1.3"""
    return record.shown or record.bind_number if record.mode is Mode.AXYB else record.bind_number


def _told_subscription(kind: CallEventKind, record: CallRecord) -> str | None:
    """Return ``subscriptionId`` of a call event, None where the event has no such key. §1.2

    In AXB, AX and AXYB every event has it, empty for a stranger, whom no relation knows. In AXE it
    comes with the extension, in X mode never.
    """
    if record.mode is Mode.AXE:
        return None if kind == "callin" else record.subscription_id or None
    return _subscription(record.subscription_id, record.mode)


def _subscription(of_relation: str | None, mode: Mode | None) -> str | None:
    """Return ``subscriptionId`` of a record or a text: empty where no relation matched. §2

    None, which is no key, in X mode: it has no relations.
    """
    return None if mode is Mode.X else of_relation or ""


def fee(record: CallRecord, application: Application, host_name: str) -> dict[str, Any]:
    """Return one element of ``feeLst``, keys in the order of §2.1.

    What did not happen is absent: ``fwdAnswerTime`` of an unanswered call, everything about a
    second leg that never started, the record's place when nothing was recorded. The extension has
    both names: the field table and the vendor's programs spell it differently.

    Args:
        host_name: The box's name, 1-128 characters; also the host that holds recordings.
    """
    mode = record.mode or application.mode
    forwarded = record.forward_at is not None
    subscription = _subscription(record.subscription_id, mode)
    extension = record.extension if mode is Mode.AXE else None
    entry: dict[str, Any] = {
        "direction": DIRECTION,
        "spId": str(application.settings.get("sp_id") or application.name),
        "appKey": application.key,
        "icid": record.icid,
        "bindNum": record.bind_number,
        "sessionId": record.session_id,
        "subscriptionId": subscription,
        "callerNum": record.caller or WITHHELD,
        "calleeNum": called_number(record),
        "fwdDisplayNum": (record.shown or record.bind_number) if forwarded else None,
        "fwdDstNum": record.callee if forwarded else None,
        "callInTime": _optional(record.call_in_at),
        "fwdStartTime": _optional(record.forward_at),
        "fwdAlertingTime": _optional(record.alerting_at),
        "fwdAnswerTime": _optional(record.answered_at),
        "callEndTime": _optional(record.ended_at),
        "fwdUnaswRsn": record.q850,
        "failTime": _optional(record.ended_at) if record.answered_at is None else None,
        "ulFailReason": record.release_point,
        "sipStatusCode": record.sip_status,
        "callOutUnaswRsn": 0 if mode in _CALL_OUT_REASON else None,
        "recordFlag": int(record.recorded),
        **_recording(record, application, host_name),
        "ttsPlayTimes": 0,
        "ttsTransDuration": 0,
        "mptyId": subscription,
        "serviceType": SERVICE_TYPES[mode],
        "hostName": host_name,
        "extendNumber": extension,
        "extendNum": extension,
        "notifyMode": "Block" if mode is Mode.X else None,
        "userData": record.user_data,
    }
    return {key: value for key, value in entry.items() if value is not None}


def _recording(
    record: CallRecord, application: Application, host_name: str
) -> dict[str, str | None]:
    if not record.recorded or record.record_file is None:
        return {}
    return {
        "recordStartTime": _optional(record.record_started_at or record.answered_at),
        "recordDomain": host_name,
        "recordBucketName": record_bucket(application.key),
        "recordObjectName": PurePath(record.record_file).name,
    }


def record_bucket(app_key: str) -> str:
    """Return ``recordBucketName`` of an application. §2"""
    return f"sp-{app_key.lower()}"


def fees(entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the body that carries these call records, at most 50 of them. §2"""
    return {"eventType": "fee", "feeLst": list(entries)}


def sms_event(
    application: Application,
    *,
    identifier: str,
    calling: str,
    x: str,
    at: datetime,
    send_result: int,
    parts: int,
    direction: int,
    called: str | None = None,
    subscription_id: str | None = None,
    content: str | None = None,
    user_data: str | None = None,
) -> dict[str, Any]:
    """Return the Notify of one text. §3

    Args:
        identifier: 1-64 characters, the same whenever this text is told.
        calling: The real sender; ``called`` the real receiver, told only if all of it was sent.
        x: The private number that was written to.
        at: When the text had come, whole; the same as in the Block before it.
        send_result: See :class:`SendResult`.
        parts: How many parts were sent on, 0 for none.
        direction: See :class:`TextDirection`.
        content: The text; told only if the application may have it.
    """
    event: dict[str, Any] = {
        "smsIdentifier": identifier,
        "notificationMode": "Notify",
        "calling": calling,
        "called": called if send_result == SendResult.OK else None,
        "virtualNumber": x,
        "event": NOTIFY_EVENT,
        "timeStamp": wire_time_ms(at),
        "subscriptionId": _subscription(subscription_id, application.mode),
        "smsContent": content if application.sms_content else None,
        "sendResult": int(send_result),
        "extInfo": {"extParas": _ext_paras(parts, direction)},
        "userData": user_data,
    }
    return {
        "appKey": application.key,
        "smsEvent": {key: value for key, value in event.items() if value is not None},
    }


def sms_question(
    application: Application,
    *,
    identifier: str,
    calling: str,
    x: str,
    at: datetime,
    parts: int,
    direction: int,
    subscription_id: str | None = None,
    content: str | None = None,
    user_data: str | None = None,
) -> dict[str, Any]:
    """Return the Block of one text: what its application is asked. §3

    Args:
        identifier: Told again in the Notify that follows.
        at: When the text was complete.
        parts: In how many it came, or would be sent on.
        content: The text, whole; told only if the application may have it.
    """
    event: dict[str, Any] = {
        "smsIdentifier": identifier,
        "notificationMode": "Block",
        "calling": calling,
        "virtualNumber": x,
        "event": BLOCK_EVENT,
        "timeStamp": wire_time_ms(at),
        "subscriptionId": _subscription(subscription_id, application.mode),
        "smsContent": content if application.sms_content else None,
        "extInfo": {"extParas": _ext_paras(parts, direction)},
        "userData": user_data,
    }
    return {
        "appKey": application.key,
        "smsEvent": {key: value for key, value in event.items() if value is not None},
    }


def _ext_paras(parts: int, direction: int) -> list[dict[str, str]]:
    return [
        {"key": "splitNum", "value": str(parts)},
        {"key": "direction", "value": str(int(direction))},
    ]


def number_status(numbers: Iterable[tuple[str, int, str | None]]) -> dict[str, Any]:
    """Return the body that tells the state of private numbers, 1 to 100 of them. §4

    Args:
        numbers: Number, status (5, 9, 10, 11) and the cause, told only with status 10.
    """
    return {
        "eventType": "numStatus",
        "numInfo": [
            {"number": number, "status": str(status)}
            | ({"cause": cause} if cause is not None and status == 10 else {})
            for number, status, cause in numbers
        ],
    }


def wire_time(at: datetime) -> str:
    """Return ``yyyy-MM-dd HH:mm:ss`` UTC. §1.2, §2"""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def wire_time_ms(at: datetime) -> str:
    """Return ``yyyy-MM-ddTHH:mm:ss.SSSZ`` UTC. §3"""
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def _optional(at: datetime | None) -> str | None:
    return None if at is None else wire_time(at)


class Identifiers:
    """Makes ids in the shape of the samples, unique over restarts and boxes. §0, §2

    Args:
        node: 0-999, the ``NNN`` of ``callenabler<NNN>``.
        domain: What stands behind it; ids are opaque to applications.
    """

    def __init__(self, node: int = 1, domain: str = "huaweicaas.com") -> None:
        self._host = f"callenabler{node:03d}.{domain}"
        self._start = 1000 + secrets.randbelow(9000)
        self._serial = itertools.count(1 + secrets.randbelow(1000))

    def session_id(self, at: datetime) -> str:
        """Return a new ``<4 digits>_<n>_4294967295_<yyyyMMddHHmmss>@callenabler<NNN>.<domain>``."""
        stamp = at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
        return f"{self._start}_{next(self._serial)}_4294967295_{stamp}@{self._host}"

    def icid(self, at: datetime) -> str:
        """Return a new ``<32 hex>.<10 digits>.<9 digits>.<n>``: NTP seconds, ns, serial."""
        seconds = int(at.timestamp()) + 2_208_988_800  # RFC 5905 §6: from 1900 to 1970
        return f"{uuid.uuid4().hex}.{seconds}.{at.microsecond * 1000:09d}.{next(self._serial)}"

    def recording(self, at: datetime) -> str:
        """Return a new ``<23 digits>.wav`` that begins with ``yyMMddHHmmss`` UTC."""
        stamp = at.astimezone(UTC).strftime("%y%m%d%H%M%S")
        return f"{stamp}{self._start}{next(self._serial) % 10_000_000:07d}.wav"

    def text(self) -> str:
        """Return a new ``smsIdentifier``."""
        return str(uuid.uuid4())
